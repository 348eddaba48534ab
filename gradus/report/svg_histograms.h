// Histograms below each other over one axis, in columns: the weights, gradients and activations of every layer.
#pragma once

#include <string>
#include <vector>

namespace gradus::report {

// Counts of equally wide bins from low to high; what lies outside is not drawn.
struct Histogram {
  std::string name = {};  // of the layer
  double low = 0;
  double high = 1;
  std::vector<double> counts = {};
  std::string note = {};  // "sd 0.021"
};

struct HistogramColumn {
  std::string title = {};
  std::string x_title = {};
  std::vector<Histogram> histograms = {};
};

struct HistogramPicture {
  std::string title = {};
  std::string subtitle = {};
  std::vector<HistogramColumn> columns = {};  // with the same layers in the same order
  double width = 760;                         // in pixels; at least 320
};

// The document. Every histogram has the height of its row: shapes are compared, not numbers of parameters.
[[nodiscard]] std::string svg_histograms(const HistogramPicture& picture);

}  // namespace gradus::report
