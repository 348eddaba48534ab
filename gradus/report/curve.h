// A named curve: what charts of every kind draw.
#pragma once

#include <string>
#include <vector>

namespace gradus::report {

// x and y have the same length. A point with a non-finite coordinate is a gap in the line.
struct Curve {
  std::string name;
  std::vector<double> x;
  std::vector<double> y;
};

}  // namespace gradus::report
