// Lines and regions of equal height on a grid, by marching squares.
#pragma once

#include <cstddef>
#include <vector>

namespace gradus::report {

// Heights at columns x rows points, evenly spaced over [x_low, x_high] x [y_low, y_high]; that of a point is
// values[row * columns + column], and row 0 lies at y_low. At least 2 x 2 points. A height that is not finite
// is a hole: lower than every level.
struct HeightGrid {
  double x_low = 0;
  double x_high = 1;
  double y_low = 0;
  double y_high = 1;
  std::size_t columns = 0;
  std::size_t rows = 0;
  std::vector<double> values;
};

struct GridPoint {
  double x, y;
};

// The borders of all places at least `level` high, as closed loops (the last point is joined to the first)
// that also run along the edge of the grid; a place is inside where it is enclosed by an odd number of them.
[[nodiscard]] std::vector<std::vector<GridPoint>> region_borders(const HeightGrid& grid, double level);

// Without the points that lie within `tolerance` of the line that remains (Douglas and Peucker). First and
// last stay.
[[nodiscard]] std::vector<GridPoint> simplified(const std::vector<GridPoint>& points, double tolerance);

}  // namespace gradus::report
