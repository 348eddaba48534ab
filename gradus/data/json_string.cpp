#include "gradus/data/json_string.h"

#include <fmt/format.h>

#include <iterator>

namespace gradus {

void add_json_string(std::string& json, std::string_view text) {
  constexpr std::string_view kMeanings = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  json += '"';
  for (const char c : text) {
    if (const std::size_t place = kMeanings.find(c); place != kMeanings.npos) {
      json += '\\';
      json += kLetters[place];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(json), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      json += c;
    }
  }
  json += '"';
}

}  // namespace gradus
