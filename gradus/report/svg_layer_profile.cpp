#include "gradus/report/svg_layer_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gradus/core/error.h"
#include "gradus/report/svg.h"
#include "gradus/report/svg_frame.h"
#include "gradus/report/svg_legend.h"
#include "gradus/report/svg_theme.h"

namespace gradus::report {

namespace {

constexpr double kLongestName = 110;
constexpr double kFootRoom = 16;  // under the axis of a profile, for zeros

double longest(const std::vector<std::string>& names) {
  double width = 0;
  for (const std::string& name : names) width = std::max(width, svg_text_width(name, kFontSize));
  return std::min(width, kLongestName);
}

bool is_foot(double value, Scale scale) {
  return value == 0 && scale == Scale::kLogarithmic;
}

struct ProfileLayout {
  PlotFrame frame;
  std::vector<Tick> ticks;
  double column = 0;  // of a layer
  bool upright_names = false;
  bool foot = false;  // there are zeros
  double names_height = 0;

  [[nodiscard]] double x(std::size_t layer) const {
    return frame.left + column * (static_cast<double>(layer) + 0.5);
  }
  [[nodiscard]] double y(double value) const {
    return is_foot(value, frame.y.scale) ? frame.bottom() + kFootRoom : frame.pixel_y(value);
  }
};

ProfileLayout profile_layout(const LayerProfile& profile, double width, double top) {
  ProfileLayout layout;
  ValueRange range(profile.y_scale);
  for (const LayerSeries& series : profile.series) {
    GRADUS_ASSERT(series.values.size() == profile.layers.size(), series.name, series.values.size(),
                  profile.layers.size());
    range.add(series.values);
    for (const double value : series.values) layout.foot = layout.foot || is_foot(value, profile.y_scale);
  }
  PlotFrame& frame = layout.frame;
  frame.height = std::max(80.0, profile.panel_height);
  frame.y = rounded_axis(range, static_cast<int>(frame.height / 38) + 1);
  layout.ticks = upright_ticks(frame.y, frame.height);
  frame.left = kPictureMargin + widest_label(layout.ticks) + 8;
  frame.width = width - kPictureMargin - frame.left;
  frame.top = top + 30;
  layout.column = frame.width / std::max<double>(1, static_cast<double>(profile.layers.size()));
  layout.upright_names = longest(profile.layers) > layout.column - 2;
  layout.names_height =
      (layout.upright_names ? longest(profile.layers) + 14 : 22) + (layout.foot ? kFootRoom + 8 : 0);
  return layout;
}

void draw_layer_names(Svg& svg, const LayerProfile& profile, const ProfileLayout& layout) {
  const double top = layout.frame.bottom() + (layout.foot ? kFootRoom + 8 : 0);
  svg.line(layout.frame.left, layout.frame.bottom(), layout.frame.right(), layout.frame.bottom(),
           "class=\"axis\"");
  for (std::size_t i = 0; i < profile.layers.size(); ++i) {
    const double x = layout.x(i);
    const std::string name = fit_text(profile.layers[i], kLongestName, kFontSize);
    if (layout.upright_names) {
      svg.text(x + 4, top + 8, name,
               fmt::format("class=\"muted\" text-anchor=\"end\" transform=\"rotate(-90 {} {})\"",
                           svg_number(x + 4), svg_number(top + 8)));
    } else {
      svg.text(x, top + 18, name, "class=\"muted\" text-anchor=\"middle\"");
    }
  }
  svg.text(layout.frame.left + layout.frame.width / 2, layout.frame.bottom() + layout.names_height + 16,
           "layer, from the input to the output", "text-anchor=\"middle\"");
}

void draw_series(Svg& svg, const LayerSeries& series, const ProfileLayout& layout, std::size_t number) {
  SvgPath path;
  bool gap = true;
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    if (!plottable(series.values[i], layout.frame.y.scale)) {
      gap = true;
      continue;
    }
    const double y = layout.y(series.values[i]);
    gap ? path.move_to(layout.x(i), y) : path.line_to(layout.x(i), y);
    gap = false;
  }
  svg.path(path, svg_curve_attributes(number));
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    const double value = series.values[i];
    if (is_foot(value, layout.frame.y.scale)) {
      svg.circle(layout.x(i), layout.y(value), 4, svg_ring_attributes(number));
    } else if (plottable(value, layout.frame.y.scale)) {
      svg.circle(layout.x(i), layout.y(value), 3.5, svg_mark_attributes(number));
    }
  }
}

}  // namespace

std::string svg_layer_profile(const LayerProfile& profile) {
  const double width = std::max(320.0, profile.width);
  std::vector<LegendItem> items;
  for (std::size_t i = 0; i < profile.series.size() && profile.series.size() > 1; ++i) {
    items.push_back({profile.series[i].name, Swatch::kCurve, i});
  }
  const Legend legend(std::move(items), width - 2 * kPictureMargin);
  const PictureTitle title(profile.title, profile.subtitle, width);
  const double legend_top = title.bottom() + 12;
  const ProfileLayout layout =
      profile_layout(profile, width, legend.empty() ? legend_top - 12 : legend_top + legend.height() - 6);
  const PlotFrame& frame = layout.frame;

  std::string description = fmt::format("{} of {} layers:", profile.y_title, profile.layers.size());
  for (const LayerSeries& series : profile.series) description += " " + series.name + ";";
  Svg svg(width, frame.bottom() + layout.names_height + 34, profile.title, description);
  title.draw(svg);
  legend.draw(svg, kPictureMargin, legend_top);
  svg.text(kPictureMargin, frame.top - 14, fit_text(profile.y_title, width - 2 * kPictureMargin, kFontSize),
           "class=\"heading\"");
  draw_y_axis(svg, frame, layout.ticks, true);
  if (layout.foot) {
    svg.text(frame.left - 8, frame.bottom() + kFootRoom + 4, "0", "class=\"muted\" text-anchor=\"end\"");
  }
  draw_layer_names(svg, profile, layout);
  for (std::size_t i = profile.series.size(); i-- > 0;) draw_series(svg, profile.series[i], layout, i);
  return svg.finish();
}

}  // namespace gradus::report
