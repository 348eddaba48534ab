#include "gradus/server/decision_surface.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gradus/core/error.h"
#include "gradus/core/names.h"
#include "gradus/train/metrics.h"

namespace gradus::server {
namespace {

std::vector<double> mean_of(MatrixView<const double> rows) {
  std::vector<double> mean(rows.cols);
  for (std::size_t r = 0; r < rows.rows; ++r) {
    for (std::size_t c = 0; c < rows.cols; ++c) mean[c] += rows(r, c);
  }
  for (double& value : mean) value /= static_cast<double>(rows.rows);
  return mean;
}

std::size_t feature_index(const std::vector<std::string>& names, const std::string& name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("drawing the decisions: '{}' is none of the {} features", name, names.size()));
  }
  return static_cast<std::size_t>(found - names.begin());
}

// From the least to the greatest with a twentieth of the way on both sides.
void fit_range(SurfacePlane::Axis& axis) {
  const auto [low, high] = std::ranges::minmax_element(axis.places);
  const double margin = *high > *low ? (*high - *low) / 20 : 1;
  axis.low = *low - margin;
  axis.high = *high + margin;
}

SurfacePlane::Axis axis_along_feature(const LabData& data, const std::string& name, std::size_t feature) {
  SurfacePlane::Axis axis{name, 0, 0, {}};
  const MatrixView<const double> rows = data.sample();
  for (std::size_t r = 0; r < rows.rows; ++r) axis.places.push_back(rows(r, feature));
  fit_range(axis);
  return axis;
}

// What scales the features, one entry for each.
struct Scales {
  std::vector<double> shift;
  std::vector<double> scale;

  Scales(const Transform& transform, std::size_t features) : shift(features, 0), scale(features, 1) {
    for (std::size_t f = 0; f < features && !transform.shift.empty(); ++f) {
      shift[f] = transform.shift[transform.shift.size() == 1 ? 0 : f];
      scale[f] = transform.scale[transform.shift.size() == 1 ? 0 : f];
    }
  }
};

SurfacePlane::Axis axis_along_component(const LabData& data, const Scales& scales, std::size_t number) {
  const PrincipalComponents& components = data.components();
  const double share =
      components.total_variance > 0 ? components.variances[number] / components.total_variance : 0;
  SurfacePlane::Axis axis{
      fmt::format("component {} ({:.1f} % of the variance)", number + 1, 100 * share), 0, 0, {}};
  const MatrixView<const double> rows = data.sample();
  for (std::size_t r = 0; r < rows.rows; ++r) {
    double along = 0;
    for (std::size_t c = 0; c < rows.cols; ++c) {
      const double scaled = (rows(r, c) - scales.shift[c]) / scales.scale[c];
      along += (scaled - components.mean[c]) * components.directions[number][c];
    }
    axis.places.push_back(along);
  }
  fit_range(axis);
  return axis;
}

double between(const SurfacePlane::Axis& axis, std::size_t step, std::size_t size) {
  return axis.low + (axis.high - axis.low) * static_cast<double>(step) / static_cast<double>(size - 1);
}

}  // namespace

SurfacePlane feature_plane(const LabData& data, const std::string& x, const std::string& y) {
  const std::vector<std::string> names = data.data().transform.feature_names();
  const std::size_t along_x = feature_index(names, x);
  const std::size_t along_y = feature_index(names, y);
  const MatrixView<const double> rows = data.sample();
  if (along_x == along_y || std::max(along_x, along_y) >= rows.cols) {
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("drawing the decisions: '{}' and '{}' span no plane; two different features do", x, y));
  }
  SurfacePlane plane{axis_along_feature(data, x, along_x), axis_along_feature(data, y, along_y),
                     mean_of(rows), std::vector<double>(rows.cols), std::vector<double>(rows.cols)};
  plane.origin[along_x] = plane.origin[along_y] = 0;
  plane.u[along_x] = 1;
  plane.v[along_y] = 1;
  return plane;
}

SurfacePlane component_plane(const LabData& data) {
  const Scales scales(data.data().transform, data.sample().cols);
  const PrincipalComponents& components = data.components();
  SurfacePlane plane{
      axis_along_component(data, scales, 0), axis_along_component(data, scales, 1), {}, {}, {}};
  for (std::size_t c = 0; c < components.mean.size(); ++c) {
    plane.origin.push_back(components.mean[c] * scales.scale[c] + scales.shift[c]);
    plane.u.push_back(components.directions[0][c] * scales.scale[c]);
    plane.v.push_back(components.directions[1][c] * scales.scale[c]);
  }
  return plane;
}

DecisionSurface decision_surface(const ModelPredictor& predictor, const SurfacePlane& plane,
                                 std::size_t size) {
  DecisionSurface surface;
  surface.size = size;
  const std::size_t features = plane.origin.size();
  const bool classes = predictor.model().target.task == Task::kClassification;
  std::vector<double> inputs(size * features);  // a row of the picture at a time
  std::vector<double> answers(size * predictor.columns());
  for (std::size_t row = 0; row < size; ++row) {
    const double y = between(plane.y, row, size);
    for (std::size_t column = 0; column < size; ++column) {
      const double x = between(plane.x, column, size);
      for (std::size_t f = 0; f < features; ++f)
        inputs[column * features + f] = plane.origin[f] + x * plane.u[f] + y * plane.v[f];
    }
    const MatrixView<double> found(answers.data(), size, predictor.columns());
    predictor.predict(MatrixView<const double>(inputs.data(), size, features), found);
    for (std::size_t column = 0; column < size; ++column) {
      const std::span<const double> answer = found.row(column);
      const std::size_t winner = classes ? argmax(answer) : 0;
      if (classes) surface.winners.push_back(static_cast<int>(winner));
      surface.values.push_back(answer[winner]);
    }
  }
  return surface;
}

}  // namespace gradus::server
