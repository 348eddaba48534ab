// Whole blocks of 64 bytes into a SHA-256 state, plainly or by the processor's own instructions, which are some
// six times as fast. Internal.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace gradus::internal {

using Sha256State = std::array<std::uint32_t, 8>;

// The constants of the 64 rounds, FIPS 180-4 section 4.2.2.
extern const std::array<std::uint32_t, 64> kSha256Round;

void add_blocks_plainly(Sha256State& state, std::span<const std::byte> blocks);

[[nodiscard]] bool has_sha_instructions();
// Only where has_sha_instructions().
void add_blocks_by_instructions(Sha256State& state, std::span<const std::byte> blocks);

}  // namespace gradus::internal
