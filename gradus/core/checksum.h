// SHA-256 (FIPS 180-4): of downloads, of data, of final weights. Ours, because a cryptographic library for
// one hash would be the largest dependency of the program.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gradus {

class Sha256 {
 public:
  Sha256();
  void add(std::span<const std::byte> bytes);
  void add(std::string_view text) { add(std::as_bytes(std::span(text))); }
  // 64 lower-case hexadecimal digits of everything added so far; more may be added afterwards.
  [[nodiscard]] std::string hex() const;

 private:
  std::array<std::uint32_t, 8> state_;
  std::array<std::byte, 64> pending_{};
  std::uint64_t length_ = 0;  // bytes
};

}  // namespace gradus
