#include "gradus/core/byte_size.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

namespace gradus {

std::optional<std::size_t> parse_bytes(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 10> kUnits = {
      {{"", 1},
       {"b", 1},
       {"kb", 1'000},
       {"mb", 1'000'000},
       {"gb", 1'000'000'000},
       {"tb", 1'000'000'000'000},
       {"kib", std::uint64_t{1} << 10},
       {"mib", std::uint64_t{1} << 20},
       {"gib", std::uint64_t{1} << 30},
       {"tib", std::uint64_t{1} << 40}}};
  constexpr std::uint64_t kMost = std::uint64_t{1} << 62;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  std::string unit(end, text.data() + text.size());
  if (unit.starts_with(' ')) unit.erase(0, 1);
  std::ranges::transform(unit, unit.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const auto* const found = std::ranges::find(kUnits, unit, [](const auto& entry) { return entry.first; });
  if (found == kUnits.end() || number > kMost / found->second) return std::nullopt;
  return number * found->second;
}

}  // namespace gradus
