#include "gradus/report/display_text.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "gradus/report/ansi.h"

namespace gradus::report {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct CodePoint {
  char32_t value;
  std::size_t bytes;
  bool valid;
};

// The code point at the front of a non-empty text; an invalid one is one byte long.
CodePoint front_code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1, lead >= 0x20 && lead != 0x7F};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {0, 1, false};
  char32_t value = lead & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0u) != 0x80u) return {0, 1, false};
    value = value << 6 | (byte(i) & 0x3Fu);
  }
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool overlong = value < kSmallest[bytes];
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (overlong || surrogate || value > 0x10FFFF) return {0, 1, false};
  const bool control =
      value < 0xA0 || (value >= 0x202A && value <= 0x202E) || (value >= 0x2066 && value <= 0x2069);
  return {value, bytes, !control};
}

int columns(char32_t c) {
  struct Interval {
    char32_t first, last;
  };
  constexpr std::array<Interval, 5> kNone = {
      {{0x300, 0x36F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}}};
  constexpr std::array<Interval, 9> kTwo = {{{0x1100, 0x115F},
                                             {0x2E80, 0xA4CF},
                                             {0xAC00, 0xD7A3},
                                             {0xF900, 0xFAFF},
                                             {0xFE30, 0xFE6F},
                                             {0xFF00, 0xFF60},
                                             {0xFFE0, 0xFFE6},
                                             {0x1F300, 0x1FAFF},
                                             {0x20000, 0x3FFFD}}};
  const auto holds = [c](const Interval& i) { return c >= i.first && c <= i.last; };
  if (std::any_of(kNone.begin(), kNone.end(), holds)) return 0;
  return std::any_of(kTwo.begin(), kTwo.end(), holds) ? 2 : 1;
}

// Letters, digits and signs of ASCII alone: a byte is a column. Nearly all texts are.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

// Bytes of the colour that `text` begins with, as ansi.h writes them; 0 where it begins with none.
std::size_t colour_length(std::string_view text) {
  if (text.starts_with(ansi::kReset)) return ansi::kReset.size();
  constexpr std::string_view kForeground = "\x1b[38;5;";
  if (!text.starts_with(kForeground) && !text.starts_with("\x1b[48;5;")) return 0;
  const std::size_t end = text.find_first_not_of("0123456789", kForeground.size());
  return end > kForeground.size() && end < text.size() && text[end] == 'm' ? end + 1 : 0;
}

std::size_t padding(std::string_view text, int width) {
  return static_cast<std::size_t>(std::max(0, width - display_width(text)));
}

}  // namespace

std::string printable(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = front_code_point(text);
    result += point.valid ? text.substr(0, point.bytes) : kReplacement;
    text.remove_prefix(point.bytes);
  }
  return result;
}

std::string printable_lines(std::string_view text) {
  std::string result;
  while (true) {
    const std::size_t end = std::min(text.find_first_of("\n\t"), text.size());
    result += printable(text.substr(0, end));
    if (end == text.size()) return result;
    result += text[end];
    text.remove_prefix(end + 1);
  }
}

std::string printable_report(std::string_view text) {
  std::string result;
  for (std::size_t at = text.find('\x1b'); at < text.size(); at = text.find('\x1b')) {
    result += printable_lines(text.substr(0, at));
    text.remove_prefix(at);
    const std::size_t length = colour_length(text);
    result += length > 0 ? text.substr(0, length) : kReplacement;
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result + printable_lines(text);
}

int display_width(std::string_view text) {
  if (is_plain(text)) return static_cast<int>(text.size());
  int width = 0;
  while (!text.empty()) {
    const CodePoint point = front_code_point(text);
    width += point.valid ? columns(point.value) : 1;
    text.remove_prefix(point.bytes);
  }
  return width;
}

std::string shorten(std::string_view text, int width) {
  if (width <= 0) return "";
  if (display_width(text) <= width) return printable(text);
  std::string result;
  int used = 0;
  while (!text.empty()) {
    const CodePoint point = front_code_point(text);
    used += point.valid ? columns(point.value) : 1;
    if (used > width - 1) break;
    result += point.valid ? text.substr(0, point.bytes) : kReplacement;
    text.remove_prefix(point.bytes);
  }
  return result + "…";
}

std::string pad_right(std::string_view text, int width) {
  std::string result = shorten(text, width);
  result.append(padding(result, width), ' ');
  return result;
}

std::string pad_left(std::string_view text, int width) {
  std::string result = shorten(text, width);
  result.insert(0, padding(result, width), ' ');
  return result;
}

std::string wrap(std::string_view text, int width, int indent) {
  if (width <= 0) return std::string(text);
  std::string result;
  int used = 0;           // columns of the line so far
  bool has_word = false;  // a line keeps one word at least
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t word = std::min(text.find_first_not_of(' ', at), text.size());
    const std::size_t end = std::min(text.find_first_of(" \n", word), text.size());
    const int needed = static_cast<int>(word - at) + display_width(text.substr(word, end - word));
    if (has_word && used + needed > width) {
      result += "\n" + repeat(" ", indent);
      result += text.substr(word, end - word);
      used = indent + display_width(text.substr(word, end - word));
    } else {
      result += text.substr(at, end - at);
      used += needed;
      has_word = has_word || end > word;
    }
    at = end;
    if (at < text.size() && text[at] == '\n') {
      result += '\n';
      used = 0;
      has_word = false;
      ++at;
    }
  }
  return result;
}

std::string repeat(std::string_view text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

}  // namespace gradus::report
