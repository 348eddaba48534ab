#include "gradus/report/picture_shape.h"

#include <cmath>

namespace gradus::report {

PictureShape picture_shape(const Transform& transform) {
  const std::size_t features = transform.block_features;
  if (features == 0 || !transform.inputs.empty()) return {};
  const std::size_t size = transform.picture_rows * transform.picture_cols;
  if (size > 0) return {transform.picture_rows, transform.picture_cols, features / size};
  const auto side = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(features))));
  if (side < 8 || side * side != features) return {};
  return {side, side, 1};
}

}  // namespace gradus::report
