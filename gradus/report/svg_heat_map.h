// The results of a grid of two varied fields as a heat map.
#pragma once

#include <string>
#include <vector>

#include "gradus/report/axis.h"

namespace gradus::report {

enum class CellState { kValue, kDiverged, kMissing };

// A value that is not finite counts as diverged.
struct HeatCell {
  double value = 0;
  CellState state = CellState::kValue;
};

enum class Better { kLarger, kSmaller };

struct HeatMap {
  std::string title = {};
  std::string subtitle = {};
  std::string x_title = {};
  std::string y_title = {};
  std::string value_title = {};           // with its unit, beside the scale of colours
  std::vector<std::string> columns = {};  // values of the field along x
  std::vector<std::string> rows = {};     // from the top
  std::vector<HeatCell> cells = {};       // row by row
  Scale scale = Scale::kLinear;           // of the colours
  Better better = Better::kLarger;        // the best cell has a frame
  double width = 760;                     // at most, unless there are many columns; at least 320
};

// The document. Lightness grows with the value throughout, so that a print in grey reads the same; cells
// without a value are hatched. Values stand in the cells where they have room.
[[nodiscard]] std::string svg_heat_map(const HeatMap& map);

}  // namespace gradus::report
