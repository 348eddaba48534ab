#include "gradus/report/descent_picture.h"

#include <algorithm>
#include <utility>

namespace gradus::report {

namespace {

HeightGrid heights(const Function2& function, std::span<const NamedDescent> descents, std::size_t points) {
  HeightGrid grid;
  grid.x_low = grid.y_low = function.low;
  grid.x_high = grid.y_high = function.high;
  const double width = function.high - function.low;
  const auto widen = [&](double value, double& low, double& high) {
    if (value < function.low - width || value > function.high + width) return;
    constexpr double kMargin = 0.03;
    if (value < function.low) low = std::min(low, value - kMargin * width);
    if (value > function.high) high = std::max(high, value + kMargin * width);
  };
  for (const NamedDescent& one : descents) {
    for (const DescentStep& step : one.descent.path) {
      widen(step.point.x, grid.x_low, grid.x_high);
      widen(step.point.y, grid.y_low, grid.y_high);
    }
  }
  grid.columns = grid.rows = points;
  const auto place = [points](double low, double high, std::size_t i) {
    return low + (high - low) * static_cast<double>(i) / static_cast<double>(points - 1);
  };
  for (std::size_t r = 0; r < points; ++r) {
    for (std::size_t c = 0; c < points; ++c) {
      grid.values.push_back(
          function.value({place(grid.x_low, grid.x_high, c), place(grid.y_low, grid.y_high, r)}));
    }
  }
  return grid;
}

// Levels in equal ratios for functions whose least value is 0 and whose walls are steep.
LevelSpacing spacing(const Function2& function) {
  const bool from_zero = !function.minima.empty() && function.value(function.minima.front()) == 0;
  return from_zero && function.name != "rastrigin" ? LevelSpacing::kLogarithmic : LevelSpacing::kEven;
}

}  // namespace

ContourPicture descent_picture(const Function2& function, std::span<const NamedDescent> descents,
                               std::size_t points) {
  ContourPicture picture;
  picture.grid = heights(function, descents, points);
  picture.spacing = spacing(function);
  for (const NamedDescent& one : descents) {
    DescentPath path;
    path.name = one.name;
    for (const DescentStep& step : one.descent.path) path.points.push_back({step.point.x, step.point.y});
    path.value = one.descent.path.back().value;
    picture.paths.push_back(std::move(path));
  }
  return picture;
}

}  // namespace gradus::report
