// Checks of one number of a configuration; internal to this room.
#pragma once

#include <limits>
#include <string_view>

namespace gradus::internal {

// No range contains NaN.
struct SettingRange {
  std::string_view text;
  bool (*contains)(double);
};

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();
inline constexpr SettingRange kPositive{"a finite number above 0",
                                        [](double v) { return v > 0 && v < kInfinity; }};
inline constexpr SettingRange kNotNegative{"a finite number, 0 or more",
                                           [](double v) { return v >= 0 && v < kInfinity; }};
inline constexpr SettingRange kFromZeroBelowOne{"at least 0 and below 1",
                                                [](double v) { return v >= 0 && v < 1; }};
inline constexpr SettingRange kFromZeroToOne{"from 0 to 1", [](double v) { return v >= 0 && v <= 1; }};
inline constexpr SettingRange kAboveZeroToOne{"above 0, at most 1", [](double v) { return v > 0 && v <= 1; }};
inline constexpr SettingRange kAtLeastOne{"at least 1", [](double v) { return v >= 1; }};

// Throws Error(kBadConfiguration) with owner, field, value and range.
void check_setting(std::string_view owner, std::string_view field, double value, const SettingRange& range);

}  // namespace gradus::internal
