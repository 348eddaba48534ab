// Fits a transform on the training part. Internal to the room.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "gradus/data/transform.h"

namespace gradus::internal {

// The categories seen and the value for missing cells, both from `rows` alone.
[[nodiscard]] InputColumn fit_input(const Column& column, std::span<const std::uint32_t> rows);

// Sets shift and scale for transform.scaling from `rows` of the unscaled features, sums in NumPy's order.
// Truth values and one-hot features stay 0 and 1 under every scaling. `divisor` is that of Scaling::kDivide.
// Throws Error(kBadData) naming a column whose spread a double cannot divide by.
void fit_scaling(Transform& transform, const Features& features, std::span<const std::uint32_t> rows,
                 double divisor);

struct Moments {
  double mean = 0;
  double deviation = 1;  // 1 where all values are equal
};

// numpy.mean and numpy.std of `values`, which must not be empty; right too where their squares would leave
// the range of double. Throws Error(kBadData) naming `what` where the spread itself does, or its reciprocal.
[[nodiscard]] Moments take_moments(std::span<const double> values, const std::string& what);

}  // namespace gradus::internal
