#include "gradus/report/svg_legend.h"

#include <fmt/format.h>

#include <algorithm>

#include "gradus/report/svg_frame.h"
#include "gradus/report/svg_theme.h"

namespace gradus::report {

namespace {

constexpr double kSwatch = 26;  // length of the piece of line before a name
constexpr double kBeforeName = kSwatch + 6;
constexpr double kLongestName = 300;
constexpr double kBetween = 22;

std::string line_attributes(const LegendItem& item) {
  switch (item.swatch) {
    case Swatch::kThick:
      return fmt::format("class=\"curve c{}\" style=\"stroke-width:3px\"", item.number);
    case Swatch::kFaint:
      return "class=\"faint\"";
    case Swatch::kDashed:
      return "class=\"faint\" stroke-dasharray=\"3 3\"";
    case Swatch::kRaw:
      return fmt::format("class=\"curve c{}\" stroke-opacity=\"0.4\" style=\"stroke-width:1px\"",
                         item.number);
    default:
      return svg_curve_attributes(item.number);
  }
}

double legend_item_width(const std::string& name, double longest) {
  return std::min(kBeforeName + svg_text_width(name, kFontSize), longest);
}

}  // namespace

double longest_legend_item(const std::vector<std::string>& names) {
  double longest = 0;
  for (const std::string& name : names) longest = std::max(longest, legend_item_width(name, kLongestName));
  return longest;
}

void draw_stop_mark(Svg& svg, double x, double y, std::size_t number) {
  constexpr double kRadius = 5;
  SvgPath diamond;
  diamond.move_to(x, y - kRadius);
  diamond.line_to(x + kRadius, y);
  diamond.line_to(x, y + kRadius);
  diamond.line_to(x - kRadius, y);
  diamond.close();
  svg.path(diamond, svg_ring_attributes(number));
}

void draw_legend_item(Svg& svg, double x, double y, const LegendItem& item, double width) {
  if (item.swatch == Swatch::kBand) {
    svg.rect(x, y - 6, kSwatch, 12, "class=\"band\"");
  } else if (item.swatch == Swatch::kStop) {
    draw_stop_mark(svg, x + kSwatch / 2, y, item.number);
  } else {
    SvgPath sample;
    sample.move_to(x, y);
    sample.line_to(x + kSwatch, y);
    svg.path(sample, line_attributes(item));
  }
  svg.text(x + kBeforeName, y + 4, fit_text(item.name, width - kBeforeName, kFontSize), "");
}

Legend::Legend(std::vector<LegendItem> items, double width)
    : items_(std::move(items)), longest_(std::min(width, kLongestName)) {
  double x = 0;
  double y = 0;
  for (const LegendItem& item : items_) {
    const double needed = legend_item_width(item.name, longest_);
    if (x > 0 && x + needed > width) {
      x = 0;
      y += kLegendRow;
    }
    places_.push_back({x, y});
    x += needed + kBetween;
  }
}

double Legend::height() const {
  return places_.empty() ? 0 : places_.back().y + kLegendRow;
}

void Legend::draw(Svg& svg, double x, double y) const {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    draw_legend_item(svg, x + places_[i].x, y + places_[i].y, items_[i], longest_);
  }
}

}  // namespace gradus::report
