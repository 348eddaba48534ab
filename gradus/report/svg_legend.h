// What the lines and marks of a picture stand for: samples with their names, in rows.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "gradus/report/svg.h"

namespace gradus::report {

inline constexpr double kLegendRow = 20;

enum class Swatch { kCurve, kBand, kRaw, kStop, kThick, kFaint, kDashed };

struct LegendItem {
  std::string name;
  Swatch swatch = Swatch::kCurve;
  std::size_t number = 0;  // of the curve, for its colour and dashes
};

// How much the longest of the names takes with the sample before it.
[[nodiscard]] double longest_legend_item(const std::vector<std::string>& names);
// Sample and name, cut where they would be wider than `width`; their middle is at y.
void draw_legend_item(Svg& svg, double x, double y, const LegendItem& item, double width);

class Legend {
 public:
  Legend() = default;
  // In rows of at most `width` pixels.
  Legend(std::vector<LegendItem> items, double width);
  [[nodiscard]] bool empty() const { return items_.empty(); }
  [[nodiscard]] double height() const;
  // The middle of the first row is at y.
  void draw(Svg& svg, double x, double y) const;

 private:
  struct Place {
    double x, y;
  };
  std::vector<LegendItem> items_;
  double longest_ = 0;
  std::vector<Place> places_;
};

// A small diamond: where training was ended early.
void draw_stop_mark(Svg& svg, double x, double y, std::size_t number);

}  // namespace gradus::report
