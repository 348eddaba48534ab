// One curve out of the curves of several seeds, and a calmer curve out of a noisy one.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "gradus/report/curve.h"

namespace gradus::report {

struct SeedValues {
  double x;
  std::vector<double> values;  // the finite ones, in the order of the runs
};

// What the runs have at each x that any of them has, ascending. A run that ended is missing from there on.
[[nodiscard]] std::vector<SeedValues> values_by_x(std::span<const Curve> runs);

// The median with a band from the smallest to the largest value. Where one run goes on alone the band has no
// height.
[[nodiscard]] Curve median_band(std::string name, std::span<const Curve> runs);

// The exponential moving average s <- weight s + (1 - weight) y, freed of its pull to the first value by
// division by 1 - weight^n. A weight of 0 changes nothing; a non-finite y stays what it is and is passed over.
[[nodiscard]] std::vector<double> smoothed(std::span<const double> y, double weight);

}  // namespace gradus::report
