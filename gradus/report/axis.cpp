#include "gradus/report/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "gradus/report/format_numbers.h"

namespace gradus::report {

namespace {

constexpr double kLargest = 1e300;
constexpr double kSmallestPositive = 1e-300;
constexpr double kSlack = 1e-9;  // of a step: what rounding may cost at the ends
constexpr int kLabelDigits = 9;

// The smallest of 1, 2, 5 times a power of ten that is not below `least`.
double round_step(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least * (1 - kSlack)) return factor * power;
  }
  return 10 * power;
}

double linear_step(const Axis& axis, int most) {
  const double step = round_step((axis.high - axis.low) / std::max(1, most - 1));
  return axis.whole ? std::max(1.0, step) : step;
}

// Decimal places that tell multiples of the step apart.
int decimals_of(double step) {
  return std::max(0, static_cast<int>(-std::floor(std::log10(step) + kSlack)));
}

std::string linear_label(double value, double step, double largest) {
  if (value == 0) return "0";
  if (largest < 1e6 && step >= 0.9e-4) return grouped_digits(format_fixed(value, decimals_of(step)));
  const int digits =
      static_cast<int>(std::floor(std::log10(std::abs(value))) - std::floor(std::log10(step) + kSlack)) + 1;
  return format_significant(value, std::clamp(digits, 1, kLabelDigits));
}

std::vector<Tick> linear_ticks(const Axis& axis, int most) {
  const double step = linear_step(axis, most);
  const double largest = std::max(std::abs(axis.low), std::abs(axis.high));
  const double first = std::ceil(axis.low / step - kSlack);
  const double last = std::floor(axis.high / step + kSlack);
  std::vector<Tick> ticks;
  for (double i = first; i <= last; ++i) {
    const double value = i * step;
    ticks.push_back({std::clamp(value, axis.low, axis.high), linear_label(value, step, largest)});
  }
  return ticks;
}

// The factors times every power of ten, inside the axis.
std::vector<double> logarithmic_values(const Axis& axis, std::initializer_list<double> factors) {
  std::vector<double> values;
  const int first = static_cast<int>(std::floor(std::log10(axis.low)));
  const int last = static_cast<int>(std::ceil(std::log10(axis.high)));
  for (int k = first; k <= last; ++k) {
    for (const double factor : factors) {
      const double value = factor * std::pow(10.0, k);
      if (value >= axis.low * (1 - kSlack) && value <= axis.high * (1 + kSlack)) values.push_back(value);
    }
  }
  return values;
}

// Powers of ten where there are three of them, thinned out to those whose exponent divides; else also their
// doubles and quintuples; else as on a linear axis.
std::vector<Tick> logarithmic_ticks(const Axis& axis, int most) {
  std::vector<double> values = logarithmic_values(axis, {1.0});
  if (values.size() >= 3) {
    const int intervals = static_cast<int>(values.size()) - 1;
    const int stride = (intervals + most - 2) / std::max(1, most - 1);
    const auto exponent = [](double power) { return static_cast<int>(std::lround(std::log10(power))); };
    const auto multiples =
        std::count_if(values.begin(), values.end(), [&](double v) { return exponent(v) % stride == 0; });
    const int base = multiples >= 2 ? 0 : exponent(values.front());
    std::erase_if(values, [&](double v) { return (exponent(v) - base) % stride != 0; });
  } else {
    const std::vector<double> finer = logarithmic_values(axis, {1.0, 2.0, 5.0});
    if (finer.size() >= 3 && static_cast<int>(finer.size()) <= most) values = finer;
    if (values.size() < 2) return linear_ticks(axis, most);
  }
  std::vector<Tick> ticks;
  for (const double value : values) {
    ticks.push_back({std::clamp(value, axis.low, axis.high), grouped_digits(format_significant(value, 1))});
  }
  return ticks;
}

double round_down_logarithmic(double value) {
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  for (const double factor : {5.0, 2.0}) {
    if (factor * power <= value * (1 + kSlack)) return factor * power;
  }
  return power;
}

}  // namespace

bool plottable(double value, Scale scale) {
  if (!(std::abs(value) <= kLargest)) return false;
  return scale == Scale::kLinear || value >= kSmallestPositive;
}

void ValueRange::add(double value) {
  if (!plottable(value, scale_)) return;
  low_ = std::min(low_, value);
  high_ = std::max(high_, value);
  whole_ = whole_ && value == std::floor(value);
}

void ValueRange::add(std::span<const double> values) {
  for (const double value : values) add(value);
}

double Axis::fraction(double value) const {
  if (scale == Scale::kLinear) return (value - low) / (high - low);
  return (std::log(value) - std::log(low)) / (std::log(high) - std::log(low));
}

Axis tight_axis(const ValueRange& range) {
  const bool logarithmic = range.scale() == Scale::kLogarithmic;
  if (range.empty()) return {logarithmic ? 1.0 : 0.0, logarithmic ? 10.0 : 1.0, range.scale(), false};
  Axis axis{range.low(), range.high(), range.scale(), range.whole() && !logarithmic};
  const double largest = std::max(std::abs(axis.low), std::abs(axis.high));
  if (axis.high - axis.low > std::max(1e-10 * largest, kSmallestPositive)) return axis;
  if (logarithmic) {
    axis.low /= 2;
    axis.high *= 2;
  } else {
    const double margin = axis.whole                    ? 0.5 + 1e-9 * largest
                          : largest > kSmallestPositive ? 0.1 * largest
                                                        : 1.0;
    axis.low -= margin;
    axis.high += margin;
  }
  return axis;
}

Axis rounded_axis(const ValueRange& range, int most_ticks) {
  Axis axis = tight_axis(range);
  axis.whole = false;
  if (axis.scale == Scale::kLogarithmic) {
    axis.low = round_down_logarithmic(axis.low);
    axis.high = 10 / round_down_logarithmic(10 / axis.high);
    return axis;
  }
  // Widening may make a coarser step necessary, which widens again; it settles at once in practice.
  for (int round = 0; round < 3; ++round) {
    const double step = linear_step(axis, most_ticks);
    axis.low = std::floor(axis.low / step + kSlack) * step;
    axis.high = std::ceil(axis.high / step - kSlack) * step;
  }
  return axis;
}

std::vector<Tick> axis_ticks(const Axis& axis, int most) {
  return axis.scale == Scale::kLinear ? linear_ticks(axis, most) : logarithmic_ticks(axis, most);
}

std::vector<Tick> fitting_ticks(const Axis& axis, double length, double gap,
                                const std::function<double(std::string_view)>& label_width) {
  constexpr int kMost = 12;
  const auto fit = [&](const std::vector<Tick>& ticks) {
    for (std::size_t i = 1; i < ticks.size(); ++i) {
      const double distance = (axis.fraction(ticks[i].value) - axis.fraction(ticks[i - 1].value)) * length;
      if (distance < (label_width(ticks[i].label) + label_width(ticks[i - 1].label)) / 2 + gap) return false;
    }
    return true;
  };
  for (int most = kMost; most > 2; --most) {
    std::vector<Tick> ticks = axis_ticks(axis, most);
    if (fit(ticks)) return ticks;
  }
  return axis_ticks(axis, 2);
}

}  // namespace gradus::report
