// Estimates and their intervals in figures that suit each other: two digits of the interval's half width, no more;
// counts as whole numbers.
#pragma once

#include <limits>
#include <optional>
#include <string>

namespace gradus::report {

// Gathers the estimates of a table or panel, then writes them all with the same decimals.
class EstimateText {
 public:
  // Values that are not finite count for nothing.
  void add(double estimate, double low, double high);
  // "0.9612"; "no value" for a NaN.
  [[nodiscard]] std::string estimate(double value) const;
  // "[0.9554, 0.9670]"; nothing where a bound is not finite.
  [[nodiscard]] std::string interval(double low, double high) const;

 private:
  [[nodiscard]] std::optional<int> decimals() const;

  double finest_ = std::numeric_limits<double>::infinity();  // half width
  double largest_ = 0;
  bool whole_ = true;  // every number so far
};

}  // namespace gradus::report
