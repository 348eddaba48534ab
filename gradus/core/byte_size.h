// Sizes as people write them.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace gradus {

// "0", "1000000", "500MB", "2 GB", "64MiB": bytes; of kB, MB, GB, TB a thousand times each, of KiB, MiB, GiB, TiB 1,024
// times, upper or lower case. Nothing for any other text, and for more than 2^62.
[[nodiscard]] std::optional<std::size_t> parse_bytes(std::string_view text);

}  // namespace gradus
