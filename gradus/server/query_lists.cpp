#include "gradus/server/query_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_set>

#include "gradus/core/error.h"

namespace gradus::server {
namespace {

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "a,b" -> "a", then "b"; `text` is what remains.
std::string_view next_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(','), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

}  // namespace

std::vector<std::uint64_t> run_list(std::string_view text, std::size_t most) {
  std::vector<std::uint64_t> runs;
  std::unordered_set<std::uint64_t> known;
  do {
    const std::string_view word = next_word(text);
    const std::size_t dash = word.find('-');
    const auto first = whole_number(word.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : whole_number(word.substr(dash + 1));
    if (!first || !last || *last < *first)
      refuse(fmt::format("runs: '{}' is no run; expected numbers and ranges such as 3,5-9", word));
    if (*last - *first >= most - runs.size()) refuse(fmt::format("runs: more than {}; choose fewer", most));
    for (std::uint64_t id = *first; id <= *last; ++id) {
      if (known.insert(id).second) runs.push_back(id);
    }
  } while (!text.empty());
  return runs;
}

std::vector<std::string> word_list(std::string_view text, std::size_t most) {
  std::vector<std::string> words;
  while (!text.empty()) {
    if (words.size() == most) refuse(fmt::format("'{}': more than {} names", text, most));
    words.emplace_back(next_word(text));
  }
  return words;
}

std::size_t count_of(std::string_view text, std::size_t least, std::size_t most) {
  if (text.empty()) return most;
  const auto count = whole_number(text);
  if (!count || *count < least || *count > most)
    refuse(fmt::format("'{}' is no whole number from {} to {}", text, least, most));
  return static_cast<std::size_t>(*count);
}

}  // namespace gradus::server
