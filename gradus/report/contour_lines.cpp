#include "gradus/report/contour_lines.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "gradus/core/error.h"

namespace gradus::report {

namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

// The grid inside a frame of points that are below every level and lie at the same place as the edge: so
// every line closes, and runs along the edge where the region reaches it.
class PaddedGrid {
 public:
  PaddedGrid(const HeightGrid& grid, double level) : grid_(grid), level_(level) {}

  [[nodiscard]] std::size_t columns() const { return grid_.columns + 2; }
  [[nodiscard]] std::size_t rows() const { return grid_.rows + 2; }

  [[nodiscard]] double level() const { return level_; }
  [[nodiscard]] bool high(std::size_t column, std::size_t row) const { return height(column, row) >= level_; }

  [[nodiscard]] double height(std::size_t column, std::size_t row) const {
    const bool inside = column >= 1 && column <= grid_.columns && row >= 1 && row <= grid_.rows;
    if (!inside) return -std::numeric_limits<double>::infinity();
    const double value = grid_.values[(row - 1) * grid_.columns + column - 1];
    return std::isfinite(value) ? value : -std::numeric_limits<double>::infinity();
  }

  [[nodiscard]] GridPoint place(std::size_t column, std::size_t row) const {
    return {coordinate(column, grid_.columns, grid_.x_low, grid_.x_high),
            coordinate(row, grid_.rows, grid_.y_low, grid_.y_high)};
  }

  // Edges are numbered: first those along the rows, then those along the columns.
  [[nodiscard]] std::size_t row_edge(std::size_t column, std::size_t row) const {
    return row * columns() + column;
  }
  [[nodiscard]] std::size_t column_edge(std::size_t column, std::size_t row) const {
    return columns() * rows() + row * columns() + column;
  }
  [[nodiscard]] std::size_t edges() const { return 2 * columns() * rows(); }

  // Where the level crosses the edge of that number.
  [[nodiscard]] GridPoint crossing(std::size_t edge) const {
    const bool along_row = edge < columns() * rows();
    const std::size_t point = along_row ? edge : edge - columns() * rows();
    const std::size_t column = point % columns();
    const std::size_t row = point / columns();
    const std::size_t next_column = column + (along_row ? 1 : 0);
    const std::size_t next_row = row + (along_row ? 0 : 1);
    const double from = height(column, row);
    const double to = height(next_column, next_row);
    const GridPoint a = place(column, row);
    const GridPoint b = place(next_column, next_row);
    if (!std::isfinite(from)) return b;
    if (!std::isfinite(to)) return a;
    const double share = (level_ - from) / (to - from);
    return {a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)};
  }

 private:
  static double coordinate(std::size_t index, std::size_t count, double low, double high) {
    const std::size_t inside = std::clamp<std::size_t>(index, 1, count) - 1;
    return low + (high - low) * static_cast<double>(inside) / static_cast<double>(count - 1);
  }

  const HeightGrid& grid_;
  double level_;
};

// Adds the pieces of line inside one cell: next[edge where it enters] = edge where it leaves, with the high
// side on the left.
void add_cell(const PaddedGrid& grid, std::size_t column, std::size_t row, std::vector<std::size_t>& next) {
  // Corners and edges counter-clockwise from the bottom left; edge i leads from corner i to corner i + 1.
  const std::array<bool, 4> high = {grid.high(column, row), grid.high(column + 1, row),
                                    grid.high(column + 1, row + 1), grid.high(column, row + 1)};
  const std::array<std::size_t, 4> edge = {grid.row_edge(column, row), grid.column_edge(column + 1, row),
                                           grid.row_edge(column, row + 1), grid.column_edge(column, row)};
  std::array<std::size_t, 2> enters{};  // edges that lead from high to low
  std::array<std::size_t, 2> leaves{};  // edges that lead from low to high
  std::size_t lines = 0;
  std::size_t rises = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const bool there = high[(i + 1) % 4];
    if (high[i] && !there) enters[lines++] = i;
    if (!high[i] && there) leaves[rises++] = i;
  }
  if (lines == 0) return;
  if (lines == 1) {
    next[edge[enters[0]]] = edge[leaves[0]];
    return;
  }
  // A saddle: the middle decides whether the two high corners hang together.
  const double middle = (grid.height(column, row) + grid.height(column + 1, row) +
                         grid.height(column + 1, row + 1) + grid.height(column, row + 1)) /
                        4;
  const bool joined = middle >= grid.level();
  for (const std::size_t entering : enters) {
    // Joined: the line cuts off the low corner that follows; apart: the high corner before.
    next[edge[entering]] = edge[joined ? (entering + 1) % 4 : (entering + 3) % 4];
  }
}

double distance_to_line(const GridPoint& p, const GridPoint& a, const GridPoint& b) {
  const double dx = b.x - a.x;
  const double dy = b.y - a.y;
  const double length = std::hypot(dx, dy);
  if (length == 0) return std::hypot(p.x - a.x, p.y - a.y);
  return std::abs(dx * (p.y - a.y) - dy * (p.x - a.x)) / length;
}

}  // namespace

std::vector<std::vector<GridPoint>> region_borders(const HeightGrid& heights, double level) {
  GRADUS_ASSERT(heights.columns >= 2 && heights.rows >= 2, heights.columns, heights.rows);
  GRADUS_ASSERT(heights.values.size() == heights.columns * heights.rows, heights.values.size());
  const PaddedGrid grid(heights, level);
  std::vector<std::size_t> next(grid.edges(), kNone);
  for (std::size_t row = 0; row + 1 < grid.rows(); ++row) {
    for (std::size_t column = 0; column + 1 < grid.columns(); ++column) add_cell(grid, column, row, next);
  }
  std::vector<std::vector<GridPoint>> loops;
  for (std::size_t start = 0; start < next.size(); ++start) {
    if (next[start] == kNone) continue;
    std::vector<GridPoint> loop;
    for (std::size_t edge = start; next[edge] != kNone;) {
      loop.push_back(grid.crossing(edge));
      const std::size_t following = next[edge];
      next[edge] = kNone;
      edge = following;
    }
    loops.push_back(std::move(loop));
  }
  return loops;
}

std::vector<GridPoint> simplified(const std::vector<GridPoint>& points, double tolerance) {
  if (points.size() < 3) return points;
  std::vector<bool> kept(points.size(), false);
  kept.front() = kept.back() = true;
  std::vector<std::pair<std::size_t, std::size_t>> open = {{0, points.size() - 1}};
  while (!open.empty()) {
    const auto [first, last] = open.back();
    open.pop_back();
    std::size_t farthest = first;
    double largest = tolerance;
    for (std::size_t i = first + 1; i < last; ++i) {
      const double distance = distance_to_line(points[i], points[first], points[last]);
      if (distance > largest) {
        largest = distance;
        farthest = i;
      }
    }
    if (farthest == first) continue;
    kept[farthest] = true;
    open.emplace_back(first, farthest);
    open.emplace_back(farthest, last);
  }
  std::vector<GridPoint> result;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (kept[i]) result.push_back(points[i]);
  }
  return result;
}

}  // namespace gradus::report
