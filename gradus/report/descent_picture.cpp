#include "gradus/report/descent_picture.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace gradus::report {

namespace {

HeightGrid widened_square(const Function2& function, std::span<const NamedDescent> descents,
                          std::size_t points) {
  HeightGrid grid;
  grid.x_low = grid.y_low = function.low;
  grid.x_high = grid.y_high = function.high;
  grid.columns = grid.rows = points;
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
  return grid;
}

// A typed function is steep where half of the map lies in the lowest eighth of its heights.
bool is_steep(const HeightGrid& grid) {
  std::vector<double> heights;
  for (const double height : grid.values) {
    if (std::isfinite(height)) heights.push_back(height);
  }
  if (heights.empty()) return false;
  std::ranges::sort(heights);
  const double low = heights.front();
  return heights[heights.size() / 2] - low < (heights.back() - low) / 8;
}

// Levels in equal ratios for functions whose least value is 0 and whose walls are steep.
LevelSpacing spacing(const Function2& function, const HeightGrid& grid) {
  const bool logarithmic = function.minima.empty()
                               ? is_steep(grid)
                               : function.value(function.minima.front()) == 0 && function.name != "rastrigin";
  return logarithmic ? LevelSpacing::kLogarithmic : LevelSpacing::kEven;
}

}  // namespace

ContourPicture function_picture(const Function2& function, HeightGrid grid) {
  const auto place = [](double low, double high, std::size_t i, std::size_t count) {
    return low + (high - low) * static_cast<double>(i) / static_cast<double>(count - 1);
  };
  grid.values.clear();
  for (std::size_t r = 0; r < grid.rows; ++r) {
    const double y = place(grid.y_low, grid.y_high, r, grid.rows);
    for (std::size_t c = 0; c < grid.columns; ++c)
      grid.values.push_back(function.value({place(grid.x_low, grid.x_high, c, grid.columns), y}));
  }
  ContourPicture picture;
  picture.spacing = spacing(function, grid);
  picture.grid = std::move(grid);
  return picture;
}

ContourPicture descent_picture(const Function2& function, std::span<const NamedDescent> descents,
                               std::size_t points) {
  ContourPicture picture = function_picture(function, widened_square(function, descents, points));
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
