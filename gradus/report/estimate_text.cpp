#include "gradus/report/estimate_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gradus/report/format_numbers.h"
#include "gradus/report/svg_frame.h"

namespace gradus::report {

namespace {

std::string figure(double value, std::optional<int> decimals) {
  return typeset_number(
      grouped_digits(decimals ? format_fixed(value, *decimals) : format_significant(value)));
}

}  // namespace

void EstimateText::add(double estimate, double low, double high) {
  for (const double value : {estimate, low, high}) {
    if (!std::isfinite(value)) continue;
    largest_ = std::max(largest_, std::abs(value));
    whole_ = whole_ && value == std::floor(value);
  }
  const double half = (high - low) / 2;
  if (std::isfinite(half) && half > 0) finest_ = std::min(finest_, half);
}

// None where there would be many, or where figures are long already.
std::optional<int> EstimateText::decimals() const {
  constexpr int kMost = 5;
  constexpr double kLargest = 1e6;
  if (largest_ == 0 || largest_ >= kLargest) return std::nullopt;
  const bool intervals = std::isfinite(finest_);
  if (whole_ && !intervals) return 0;
  const double digits =
      intervals ? 1 - std::floor(std::log10(finest_)) : 3 - std::floor(std::log10(largest_));
  if (digits > kMost) return std::nullopt;
  return std::max(0, static_cast<int>(digits));
}

std::string EstimateText::estimate(double value) const {
  return std::isnan(value) ? "no value" : figure(value, decimals());
}

std::string EstimateText::interval(double low, double high) const {
  if (!std::isfinite(low) || !std::isfinite(high)) return "";
  return fmt::format("[{}, {}]", figure(low, decimals()), figure(high, decimals()));
}

}  // namespace gradus::report
