// One figure for each layer of a network, such as gradient norms by depth. Shares and ratios over time are
// curves: svg_chart.h.
#pragma once

#include <string>
#include <vector>

#include "gradus/report/axis.h"

namespace gradus::report {

// One figure for each layer: of a step, of a contender.
struct LayerSeries {
  std::string name = {};
  std::vector<double> values = {};  // as many as there are layers
};

struct LayerProfile {
  std::string title = {};
  std::string subtitle = {};
  std::string y_title = {};
  Scale y_scale = Scale::kLogarithmic;
  std::vector<std::string> layers = {};  // from the input to the output
  std::vector<LayerSeries> series = {};
  double width = 760;  // in pixels; at least 320
  double panel_height = 260;
};

// The document: depth from left to right, one line a series. Zeros on a logarithmic axis stand as open marks
// at its foot.
[[nodiscard]] std::string svg_layer_profile(const LayerProfile& profile);

}  // namespace gradus::report
