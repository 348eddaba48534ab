// The range of an axis and its ticks, 1-2-5 apart, for terminal and SVG alike.
#pragma once

#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gradus::report {

enum class Scale { kLinear, kLogarithmic };

// Whether a value has a place on an axis of that scale: finite, not so large that differences overflow, and
// positive on a logarithmic one.
[[nodiscard]] bool plottable(double value, Scale scale);

// Smallest and largest plottable value seen.
class ValueRange {
 public:
  explicit ValueRange(Scale scale) : scale_(scale) {}
  void add(double value);
  void add(std::span<const double> values);
  [[nodiscard]] bool empty() const { return low_ > high_; }
  [[nodiscard]] bool whole() const { return whole_; }
  [[nodiscard]] double low() const { return low_; }
  [[nodiscard]] double high() const { return high_; }
  [[nodiscard]] Scale scale() const { return scale_; }

 private:
  Scale scale_;
  double low_ = std::numeric_limits<double>::infinity();
  double high_ = -std::numeric_limits<double>::infinity();
  bool whole_ = true;
};

// low < high. On an axis of whole numbers (epochs) no tick falls between them.
struct Axis {
  double low = 0;
  double high = 1;
  Scale scale = Scale::kLinear;
  bool whole = false;

  // 0 at low, 1 at high. The value must be plottable.
  [[nodiscard]] double fraction(double value) const;
};

// Exactly the values seen. A range without extent is widened around its value, an empty one is 0 to 1 (1 to
// 10 if logarithmic).
[[nodiscard]] Axis tight_axis(const ValueRange& range);

// Widened to round numbers, so that an axis of at most `most_ticks` ticks has one at each end.
[[nodiscard]] Axis rounded_axis(const ValueRange& range, int most_ticks);

struct Tick {
  double value;
  std::string label;
};

// About `most` ticks (never more), all inside the axis.
[[nodiscard]] std::vector<Tick> axis_ticks(const Axis& axis, int most);

// As many ticks as stand beside each other with `gap` between their labels on an axis of this `length`; the
// unit is that of label_width.
[[nodiscard]] std::vector<Tick> fitting_ticks(const Axis& axis, double length, double gap,
                                              const std::function<double(std::string_view)>& label_width);

}  // namespace gradus::report
