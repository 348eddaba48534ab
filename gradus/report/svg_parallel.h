// The runs of a search as lines across parallel axes, one for each varied field and the result as the last.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "gradus/report/axis.h"
#include "gradus/report/svg_heat_map.h"

namespace gradus::report {

struct ParallelAxis {
  std::string name = {};
  Scale scale = Scale::kLinear;
  std::vector<std::string> categories = {};  // not empty: values are indices of these names, scale is unused
};

struct ParallelRun {
  std::string name = {};
  std::vector<double> values =
      {};  // one for each axis; the line has a gap where one has no place on its axis
  double result = std::numeric_limits<double>::quiet_NaN();  // not finite: diverged
};

struct ParallelPicture {
  std::string title = {};
  std::string subtitle = {};
  std::vector<ParallelAxis> axes = {};
  std::vector<ParallelRun> runs = {};
  std::string result_title = {};
  Scale result_scale = Scale::kLinear;
  Better better = Better::kLarger;
  std::size_t best = 5;  // runs that stand out and are named
  double width = 760;    // in pixels; at least 320
};

// The document. The best runs are drawn in colour over the others in grey; diverged ones end below the axis of
// results.
[[nodiscard]] std::string svg_parallel(const ParallelPicture& picture);

}  // namespace gradus::report
