// A named curve: what charts of every kind draw.
#pragma once

#include <limits>
#include <string>
#include <vector>

namespace gradus::report {

// x and y have the same length. A point with a non-finite coordinate is a gap in the line.
struct Curve {
  std::string name;
  std::vector<double> x;
  std::vector<double> y;
  // The edges of a band around the line, such as an interval over seeds; none, or one pair for each point.
  std::vector<double> low = {};
  std::vector<double> high = {};
  // Where training was ended early; marked on the line.
  double stopped_at = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace gradus::report
