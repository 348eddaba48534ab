#include "gradus/report/format_numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace gradus::report {

namespace {

void strip_trailing_zeros(std::string& text) {
  if (text.find('.') == std::string::npos) return;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
}

// "1.230e-07" as "1.23e-7", "4e+12" as "4e12".
std::string tidy_scientific(const std::string& text) {
  const std::size_t e = text.find('e');
  std::string mantissa = text.substr(0, e);
  strip_trailing_zeros(mantissa);
  int exponent = 0;
  const std::size_t first = e + (text[e + 1] == '+' ? 2 : 1);
  std::from_chars(text.data() + first, text.data() + text.size(), exponent);
  return fmt::format("{}e{}", mantissa, exponent);
}

std::string formatted(double value, std::chars_format format, int precision) {
  std::array<char, 64> text;  // room for 40 digits
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value, format, precision).ptr};
}

}  // namespace

std::string format_exact(double value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

std::string format_fixed(double value, int decimals) {
  if (std::isnan(value)) return "nan";  // without the sign that x86 gives it
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text.front() == '-' && text.find_first_not_of("-0.") == std::string::npos) text.erase(0, 1);
  return text;
}

std::string format_significant(double value, int digits) {
  if (std::isnan(value)) return "nan";
  if (!std::isfinite(value)) return fmt::format("{}", value);
  if (value == 0) return "0";
  const std::string scientific = formatted(value, std::chars_format::scientific, digits - 1);
  int exponent = 0;  // after rounding: 9.9996 has the exponent of 10.00
  const std::size_t e = scientific.find('e');
  std::from_chars(scientific.data() + e + (scientific[e + 1] == '+' ? 2 : 1),
                  scientific.data() + scientific.size(), exponent);
  if (exponent < -4 || exponent > std::max(digits, 6) - 1) return tidy_scientific(scientific);
  std::string text = formatted(value, std::chars_format::fixed, std::max(0, digits - 1 - exponent));
  strip_trailing_zeros(text);
  return text;
}

std::string grouped_digits(std::string number) {
  const std::size_t first = number.starts_with('-') ? 1 : 0;
  const std::size_t point = number.find_first_not_of("0123456789", first);
  for (std::size_t place = std::min(point, number.size()); place > first + 3; place -= 3)
    number.insert(place - 3, 1, ',');
  return number;
}

std::string format_count(std::uint64_t count) {
  return grouped_digits(std::to_string(count));
}

std::string format_percent(double share, int decimals) {
  return format_fixed(share * 100, decimals) + " %";
}

std::string format_duration(double seconds) {
  if (!std::isfinite(seconds)) return "-";
  if (seconds < 0.9995e-3) return fmt::format("{:.0f} µs", std::max(0.0, seconds * 1e6));
  if (seconds < 0.0995) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  return format_clock(seconds);
}

std::string format_clock(double seconds) {
  if (!std::isfinite(seconds) || seconds > 1e12) return "-";
  const auto whole = static_cast<std::int64_t>(std::llround(std::max(0.0, seconds)));
  const std::int64_t hours = whole / 3600;
  const std::int64_t minutes = whole / 60 % 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60);
  return fmt::format("{}:{:02}", minutes, whole % 60);
}

std::string format_size(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  constexpr std::array kUnits = {"kB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace gradus::report
