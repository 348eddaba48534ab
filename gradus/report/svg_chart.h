// Line charts as SVG: panels over or beside each other that share their x axis; curves with bands over seeds.
#pragma once

#include <string>
#include <vector>

#include "gradus/report/axis.h"
#include "gradus/report/curve.h"

namespace gradus::report {

// A level line through a panel: "printed 0.917".
struct Level {
  double y = 0;
  std::string label = {};
};

struct Panel {
  std::string y_title = {};  // with its unit: "learning rate (1/step)"
  std::vector<Curve> curves = {};
  Scale y_scale = Scale::kLinear;
  std::vector<Level> levels = {};
};

// An upright line through every panel: "best epoch 12".
struct Marker {
  double x = 0;
  std::string label = {};
};

enum class Arrangement { kStacked, kSideBySide };

struct Chart {
  std::string title = {};
  std::string subtitle = {};
  std::string x_title = {};
  Scale x_scale = Scale::kLinear;
  std::vector<Panel> panels = {};
  std::vector<Marker> markers = {};
  Arrangement arrangement = Arrangement::kStacked;
  std::string band_label = {};  // what the bands are: "smallest to largest of 5 seeds"
  double smoothing = 0;         // weight of seed_band.h's `smoothed`; the raw line then stays, faint
  double width = 760;           // of the picture, in pixels; at least 320
  double panel_height = 230;    // of each plotting area; at least 80
};

// The document. Curves of the same name look the same in every panel. Names stand at the ends of the curves
// where there is room, else in a legend. Curves of thousands of points are thinned to what a pixel can show.
[[nodiscard]] std::string svg_chart(const Chart& chart);

}  // namespace gradus::report
