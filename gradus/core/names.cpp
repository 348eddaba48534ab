// Distance between names, and the messages made of it.
#include "gradus/core/names.h"

#include <algorithm>
#include <numeric>

#include "gradus/core/error.h"

namespace gradus {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours, each place edited
// once. From `limit` on it is not counted out: texts of any length are compared with short names.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) >= limit) return limit;
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  std::size_t least_above = 0;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      const bool swapped =
          i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    // A place follows from the row above it or, by a swap, from the one before that.
    const std::size_t least = *std::ranges::min_element(row);
    if (std::min(least, least_above) >= limit) return limit;
    least_above = least;
    before.swap(above);
    above.swap(row);
  }
  return above.back();
}

}  // namespace

std::string nearest_name(std::string_view name, std::span<const std::string_view> candidates) {
  std::string_view nearest;
  std::size_t least = name.size() / 3 + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(name, candidate, least);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return std::string(nearest);
}

std::string unknown_name_message(std::string_view what, std::string_view name,
                                 std::span<const std::string_view> candidates) {
  std::string message = "unknown " + std::string(what) + " '" + std::string(name) + "'; ";
  const std::string nearest = nearest_name(name, candidates);
  if (!nearest.empty()) message += "did you mean '" + nearest + "'? ";
  return message + "known: " + join(candidates);
}

std::size_t index_of_name(std::string_view what, std::string_view name,
                          std::span<const std::string_view> names) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end())
    throw Error(ErrorCode::kBadConfiguration, unknown_name_message(what, name, names));
  return static_cast<std::size_t>(found - names.begin());
}

std::string join(std::span<const std::string_view> names, std::string_view separator) {
  std::string joined;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) joined += separator;
    joined += names[i];
  }
  return joined;
}

}  // namespace gradus
