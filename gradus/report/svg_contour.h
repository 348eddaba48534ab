// A function of two variables as a map of heights, with descents on it.
#pragma once

#include <string>
#include <vector>

#include "gradus/report/contour_lines.h"

namespace gradus::report {

// The points of one descent, the start first; one that is not finite ends the path. value is the height at
// the last of them.
struct DescentPath {
  std::string name = {};
  std::vector<GridPoint> points = {};
  double value = 0;
};

// Evenly spaced levels show a bowl; logarithmic ones, dense near the lowest point, a narrow valley
// (Rosenbrock).
enum class LevelSpacing { kEven, kLogarithmic };

struct ContourPicture {
  std::string title = {};
  std::string subtitle = {};
  std::string x_title = "x";
  std::string y_title = "y";
  HeightGrid grid;
  int levels = 50;
  LevelSpacing spacing = LevelSpacing::kEven;
  bool filled = true;  // false: lines only
  std::vector<DescentPath> paths = {};
  double size = 560;  // of the longer side of the map, in pixels; at least 200
};

// The heights of its lines, ascending, between its lowest and its highest place; none where all is level.
[[nodiscard]] std::vector<double> contour_heights(const ContourPicture& picture);

// The document: map, colour bar, paths with their points (start a ring, end a diamond), and a legend with
// each path's end value. Of paths that leave the map only what is inside is seen.
[[nodiscard]] std::string svg_contour(const ContourPicture& picture);

}  // namespace gradus::report
