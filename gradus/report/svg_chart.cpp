#include "gradus/report/svg_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "gradus/core/error.h"
#include "gradus/report/seed_band.h"
#include "gradus/report/svg.h"
#include "gradus/report/svg_curve.h"
#include "gradus/report/svg_frame.h"
#include "gradus/report/svg_legend.h"
#include "gradus/report/svg_theme.h"

namespace gradus::report {

namespace {

constexpr double kLabelHeight = 17;    // of names above each other
constexpr double kHeadingHeight = 30;  // of a panel's title
constexpr double kAxisHeight = 24;     // of tick labels under a panel
constexpr double kBetweenStacked = 14;
constexpr double kBetweenBeside = 40;

using Numbers = std::map<std::string, std::size_t>;

// In the order of first appearance.
std::vector<std::string> curve_names(const Chart& chart) {
  std::vector<std::string> names;
  for (const Panel& panel : chart.panels) {
    for (const Curve& curve : panel.curves) {
      if (std::find(names.begin(), names.end(), curve.name) == names.end()) names.push_back(curve.name);
    }
  }
  return names;
}

// A name beside the end of its curve.
struct EndLabel {
  std::size_t curve;
  double end_x;
  double end_y;
  double y;
};

// Names pushed apart, top to bottom, and kept inside the frame.
std::vector<EndLabel> end_labels(const Panel& panel, const PlotFrame& frame) {
  std::vector<EndLabel> labels;
  for (std::size_t i = 0; i < panel.curves.size(); ++i) {
    const auto end = curve_end(panel.curves[i], frame);
    if (end) labels.push_back({i, end->x, end->y, end->y});
  }
  std::stable_sort(labels.begin(), labels.end(),
                   [](const auto& a, const auto& b) { return a.end_y < b.end_y; });
  double lowest = frame.top - kLabelHeight;
  for (EndLabel& label : labels) lowest = label.y = std::max(label.y, lowest + kLabelHeight);
  double highest = frame.bottom() + kLabelHeight;
  for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
    highest = label->y = std::min(label->y, highest - kLabelHeight);
  }
  return labels;
}

void draw_end_labels(Svg& svg, const Panel& panel, const PlotFrame& frame, const Numbers& numbers,
                     double width) {
  constexpr double kGap = 14;
  for (const EndLabel& label : end_labels(panel, frame)) {
    SvgPath leader;
    leader.move_to(frame.right() + 3, label.end_y);
    leader.line_to(frame.right() + kGap - 2, label.y);
    svg.path(leader, "class=\"axis\" stroke-opacity=\"0.6\"");
    const std::string& name = panel.curves[label.curve].name;
    draw_legend_item(svg, frame.right() + kGap, label.y, {name, Swatch::kCurve, numbers.at(name)}, width);
  }
}

// All lines first, so that none crosses a label.
void draw_markers(Svg& svg, const std::vector<Marker>& markers, const PlotFrame& frame, bool labels) {
  std::vector<Marker> seen;
  for (const Marker& marker : markers) {
    if (marker.x >= frame.x.low && marker.x <= frame.x.high) seen.push_back(marker);
  }
  for (const Marker& marker : seen) {
    const double x = frame.pixel_x(marker.x);
    svg.line(x, frame.top, x, frame.bottom(), "class=\"marker\"");
  }
  double y = frame.top + 10;
  for (const Marker& marker : seen) {
    if (!labels || marker.label.empty()) continue;
    const double x = frame.pixel_x(marker.x);
    const bool left = x + svg_text_width(marker.label, 11) + 6 > frame.right();
    svg.text(x + (left ? -5 : 5), y, marker.label,
             left ? "class=\"small muted halo\" text-anchor=\"end\"" : "class=\"small muted halo\"");
    y += 14;
  }
}

ValueRange x_range(const Chart& chart) {
  ValueRange range(chart.x_scale);
  for (const Panel& panel : chart.panels) {
    for (const Curve& curve : panel.curves) {
      GRADUS_ASSERT(curve.x.size() == curve.y.size(), curve.name, curve.x.size(), curve.y.size());
      range.add(curve.x);
    }
  }
  return range;
}

ValueRange y_range(const Panel& panel, Scale x_scale) {
  ValueRange range(panel.y_scale);
  for (const Curve& curve : panel.curves) {
    for (std::size_t i = 0; i < curve.x.size(); ++i) {
      if (plottable(curve.x[i], x_scale)) range.add(curve.y[i]);
    }
  }
  return range;
}

// Bands widen the axis, but not without end: where the lower edge of an interval comes near zero, a
// logarithmic axis would go down with it.
void add_bands(const Panel& panel, Scale x_scale, ValueRange& range) {
  constexpr double kFarthestBelow = 3;
  const double least = panel.y_scale == Scale::kLogarithmic ? range.low() / kFarthestBelow
                                                            : -std::numeric_limits<double>::infinity();
  for (const Curve& curve : panel.curves) {
    for (std::size_t i = 0; i < std::min(curve.low.size(), curve.high.size()); ++i) {
      if (!plottable(curve.x[i], x_scale) || !plottable(curve.y[i], panel.y_scale)) continue;
      range.add(std::max(curve.low[i], least));
      range.add(curve.high[i]);
    }
  }
}

ValueRange full_y_range(const Panel& panel, Scale x_scale) {
  ValueRange range = y_range(panel, x_scale);
  add_bands(panel, x_scale, range);
  for (const Level& level : panel.levels) range.add(level.y);
  return range;
}

void draw_level_lines(Svg& svg, const Panel& panel, const PlotFrame& frame) {
  for (const Level& level : panel.levels) {
    if (!plottable(level.y, panel.y_scale)) continue;
    const double y = frame.pixel_y(level.y);
    svg.line(frame.left, y, frame.right(), y, "class=\"marker\"");
  }
}

// On the line, over or under it, where the fewest curves are in the way.
void draw_level_label(Svg& svg, const Panel& panel, const PlotFrame& frame, const Level& level) {
  constexpr double kSize = 11;
  const std::string label = fit_text(level.label, frame.width - 8, kSize);
  const double width = svg_text_width(label, kSize);
  const double line = frame.pixel_y(level.y);
  double best_x = 0;
  double best_y = 0;
  auto fewest = static_cast<std::ptrdiff_t>(panel.curves.size()) + 1;
  for (const double share : {1.0, 0.0, 0.75, 0.5, 0.25}) {
    for (const double y : {line - 5, line + 13}) {
      if (y < frame.top + 8 || y > frame.bottom() - 2) continue;
      const double x = frame.left + 4 + share * (frame.width - 8 - width);
      const PixelBox box = {x - 4, y - 13, x + width + 4, y + 5};  // with room for marks
      const auto crossing = std::count_if(panel.curves.begin(), panel.curves.end(), [&](const Curve& curve) {
        return curve_crosses(curve, frame, box);
      });
      if (crossing >= fewest) continue;
      fewest = crossing;
      best_x = x;
      best_y = y;
    }
  }
  svg.text(best_x, best_y, label, "class=\"small muted halo\"");
}

bool any_curve(const Chart& chart, bool (*holds)(const Curve&)) {
  return std::any_of(chart.panels.begin(), chart.panels.end(), [&](const Panel& panel) {
    return std::any_of(panel.curves.begin(), panel.curves.end(), holds);
  });
}

// What the marks other than the curves are.
std::vector<LegendItem> keys_of(const Chart& chart) {
  std::vector<LegendItem> keys;
  if (!chart.band_label.empty()) keys.push_back({chart.band_label, Swatch::kBand});
  if (any_curve(chart, [](const Curve& curve) { return std::isfinite(curve.stopped_at); })) {
    keys.push_back({"stopped early", Swatch::kStop});
  }
  if (chart.smoothing > 0) keys.push_back({"before smoothing", Swatch::kRaw});
  return keys;
}

Chart smoothed_chart(Chart chart) {
  if (chart.smoothing <= 0) return chart;
  for (Panel& panel : chart.panels) {
    for (Curve& curve : panel.curves) curve.y = smoothed(curve.y, chart.smoothing);
  }
  return chart;
}

// Where everything stands.
class ChartLayout {
 public:
  explicit ChartLayout(const Chart& chart)
      : raw_(chart),
        chart_(smoothed_chart(chart)),
        width_(std::max(320.0, chart.width)),
        panel_height_(std::max(80.0, chart.panel_height)),
        title_(chart.title, chart.subtitle, width_),
        names_(curve_names(chart)) {
    for (std::size_t i = 0; i < names_.size(); ++i) numbers_[names_[i]] = i;
    set_axes();
    choose_names_place();
    place_panels();
  }

  [[nodiscard]] std::string draw() const;

 private:
  void set_axes();
  void choose_names_place();
  void place_panels();
  void draw_panel(Svg& svg, std::size_t index) const;
  void draw_curves(Svg& svg, std::size_t index) const;
  [[nodiscard]] bool stacked() const { return chart_.arrangement == Arrangement::kStacked; }
  [[nodiscard]] std::string description() const;

  const Chart& raw_;
  const Chart chart_;  // after smoothing
  double width_;
  double panel_height_;
  double height_ = 0;
  PictureTitle title_;
  std::vector<std::string> names_;
  Numbers numbers_;
  double label_space_ = 0;  // of tick labels left of a panel
  double widest_name_ = 0;
  bool at_ends_ = false;
  Legend legend_;
  double legend_top_ = 0;
  std::vector<PlotFrame> frames_;
};

void ChartLayout::set_axes() {
  const Axis x_axis = tight_axis(x_range(chart_));
  for (const Panel& panel : raw_.panels) {
    PlotFrame frame;
    frame.width = 1;  // until the panels are placed
    frame.height = panel_height_;
    frame.x = x_axis;
    frame.y = rounded_axis(full_y_range(panel, chart_.x_scale), static_cast<int>(panel_height_ / 38) + 1);
    label_space_ = std::max(label_space_, widest_label(upright_ticks(frame.y, panel_height_)) + 8);
    frames_.push_back(frame);
  }
}

// At the ends of the curves where names are short, need not be moved far from their curves, and the curves
// all go on to the right edge.
void ChartLayout::choose_names_place() {
  constexpr double kFarthest = 2.5 * kLabelHeight;
  constexpr double kNearEnd = 0.97;
  std::vector<LegendItem> items;
  if (names_.size() > 1) {
    widest_name_ = longest_legend_item(names_);
    at_ends_ = stacked() && widest_name_ <= width_ / 5 + 32;
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      for (const EndLabel& label : end_labels(chart_.panels[i], frames_[i])) {
        const double share = (label.end_x - frames_[i].left) / frames_[i].width;
        at_ends_ = at_ends_ && std::abs(label.y - label.end_y) <= kFarthest && share >= kNearEnd;
      }
    }
    for (std::size_t i = 0; !at_ends_ && i < names_.size(); ++i)
      items.push_back({names_[i], Swatch::kCurve, i});
  }
  for (const LegendItem& key : keys_of(chart_)) items.push_back(key);
  legend_ = Legend(std::move(items), width_ - 2 * kPictureMargin);
}

void ChartLayout::place_panels() {
  double top = title_.bottom();
  legend_top_ = top + 12;
  if (!legend_.empty()) top = legend_top_ + legend_.height() - 6;
  const double names_space = at_ends_ ? 14 + widest_name_ : 0;
  const double count = std::max<double>(1, static_cast<double>(frames_.size()));
  const double beside = stacked() ? 1 : count;
  const double plot_width =
      (width_ - 2 * kPictureMargin - names_space - label_space_ * beside - kBetweenBeside * (beside - 1)) /
      beside;
  double left = kPictureMargin + label_space_;
  for (PlotFrame& frame : frames_) {
    frame.left = left;
    frame.width = std::max(40.0, plot_width);
    frame.top = top + kHeadingHeight;
    if (stacked()) {
      top = frame.bottom() + kBetweenStacked;
    } else {
      left = frame.right() + kBetweenBeside + label_space_;
    }
  }
  const double bottom = frames_.empty() ? top : frames_.back().bottom();
  height_ = bottom + kAxisHeight + (chart_.x_title.empty() ? 0 : 18) + 14;
}

void ChartLayout::draw_panel(Svg& svg, std::size_t index) const {
  const Panel& panel = chart_.panels[index];
  const PlotFrame& frame = frames_[index];
  const auto ticks = upright_ticks(frame.y, frame.height);
  svg.open_group("role=\"presentation\"");
  const double title_left = frame.left - label_space_;
  svg.text(title_left, frame.top - 14, fit_text(panel.y_title, frame.right() - title_left, kFontSize),
           "class=\"heading\"");
  draw_y_axis(svg, frame, ticks, true);
  const bool lowest = !stacked() || index + 1 == frames_.size();
  draw_x_axis(svg, frame, lowest, lowest ? chart_.x_title : "");
  if (y_range(panel, chart_.x_scale).empty()) {
    svg.text(frame.left + frame.width / 2, frame.top + frame.height / 2, "no finite values",
             "class=\"muted halo\" text-anchor=\"middle\"");
  }
  draw_level_lines(svg, panel, frame);
  draw_curves(svg, index);
  for (const Level& level : panel.levels) {
    if (!level.label.empty() && plottable(level.y, panel.y_scale)) draw_level_label(svg, panel, frame, level);
  }
  draw_markers(svg, chart_.markers, frame, index == 0 || !stacked());
  if (at_ends_) draw_end_labels(svg, panel, frame, numbers_, widest_name_);
  svg.close_group();
}

// The first curve comes to lie on top; no band covers a line.
void ChartLayout::draw_curves(Svg& svg, std::size_t index) const {
  const std::vector<Curve>& curves = chart_.panels[index].curves;
  const PlotFrame& frame = frames_[index];
  const double opacity = curves.size() > 4 ? 0.1 : 0.18;
  const LineKind kind = chart_.smoothing > 0 ? LineKind::kSmoothed : LineKind::kPlain;
  const auto backwards = [&](const auto& draw) {
    for (std::size_t i = curves.size(); i-- > 0;) draw(i, numbers_.at(curves[i].name));
  };
  backwards(
      [&](std::size_t i, std::size_t number) { draw_curve_band(svg, curves[i], frame, number, opacity); });
  if (chart_.smoothing > 0) {
    backwards([&](std::size_t i, std::size_t number) {
      draw_curve_line(svg, raw_.panels[index].curves[i], frame, number, LineKind::kRaw);
    });
  }
  backwards([&](std::size_t i, std::size_t number) { draw_curve_line(svg, curves[i], frame, number, kind); });
  backwards([&](std::size_t i, std::size_t number) { draw_curve_stop(svg, curves[i], frame, number); });
}

std::string ChartLayout::description() const {
  std::string text = "Line chart.";
  for (const Panel& panel : chart_.panels) {
    text += fmt::format(" {} against {}:", panel.y_title, chart_.x_title);
    for (const Curve& curve : panel.curves)
      text += fmt::format(" {} ({} points);", curve.name, curve.x.size());
  }
  return text;
}

std::string ChartLayout::draw() const {
  Svg svg(width_, height_, chart_.title, description());
  title_.draw(svg);
  legend_.draw(svg, kPictureMargin, legend_top_);
  for (std::size_t i = 0; i < frames_.size(); ++i) draw_panel(svg, i);
  return svg.finish();
}

}  // namespace

std::string svg_chart(const Chart& chart) {
  return ChartLayout(chart).draw();
}

}  // namespace gradus::report
