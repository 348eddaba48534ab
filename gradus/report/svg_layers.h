// What goes on inside a network, layer by layer: one figure for each layer (gradient norms by depth) and
// histograms. Shares and ratios over time are curves: svg_chart.h.
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

// Counts of equally wide bins from low to high; what lies outside is not drawn.
struct Histogram {
  std::string name = {};  // of the layer
  double low = 0;
  double high = 1;
  std::vector<double> counts = {};
  std::string note = {};  // "sd 0.021"
};

// Histograms below each other over one axis: the weights of every layer.
struct HistogramColumn {
  std::string title = {};
  std::string x_title = {};
  std::vector<Histogram> histograms = {};
};

struct HistogramPicture {
  std::string title = {};
  std::string subtitle = {};
  std::vector<HistogramColumn> columns = {};  // weights, gradients, activations
  double width = 760;                         // in pixels; at least 320
};

// The document. Every histogram has the height of its row: shapes are compared, not numbers of parameters.
[[nodiscard]] std::string svg_histograms(const HistogramPicture& picture);

}  // namespace gradus::report
