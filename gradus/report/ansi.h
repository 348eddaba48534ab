// The escape sequences that reports use. Colours of the 256-colour set that are legible on light and on dark
// ground.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace gradus::report::ansi {

inline constexpr std::string_view kReset = "\x1b[0m";
inline constexpr std::string_view kEraseLine = "\r\x1b[K";

// Near the Okabe-Ito palette: blue, vermillion, green, purple, orange, grey.
inline constexpr std::array<int, 6> kCurveColours = {33, 166, 36, 169, 178, 244};

inline std::string foreground(int colour) {
  return "\x1b[38;5;" + std::to_string(colour) + "m";
}
inline std::string background(int colour) {
  return "\x1b[48;5;" + std::to_string(colour) + "m";
}

}  // namespace gradus::report::ansi
