#include "gradus/report/svg_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "gradus/core/error.h"
#include "gradus/report/svg.h"
#include "gradus/report/svg_frame.h"
#include "gradus/report/svg_theme.h"

namespace gradus::report {

namespace {

constexpr double kMargin = 24;
constexpr double kSwatch = 26;       // length of the piece of line before a name
constexpr double kLabelHeight = 17;  // of names above each other
constexpr double kLegendRow = 20;
constexpr double kHeadingHeight = 30;  // of a panel's title
constexpr double kAxisHeight = 24;     // of tick labels under a panel
constexpr double kLongestName = 190;
constexpr double kBetweenStacked = 14;
constexpr double kBetweenBeside = 40;

using Numbers = std::map<std::string, std::size_t>;

struct Point {
  double x, y;
};

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

double name_width(const std::string& name) {
  return std::min(svg_text_width(name, kFontSize), kLongestName);
}

void draw_name(Svg& svg, double x, double y, const std::string& name, std::size_t number) {
  SvgPath sample;
  sample.move_to(x, y);
  sample.line_to(x + kSwatch, y);
  svg.path(sample, svg_curve_attributes(number));
  svg.text(x + kSwatch + 6, y + 4, fit_text(name, kLongestName, kFontSize), "");
}

// Pieces of the curve between its gaps, in pixels.
std::vector<std::vector<Point>> pieces(const Curve& curve, const PlotFrame& frame) {
  std::vector<std::vector<Point>> result(1);
  for (std::size_t i = 0; i < curve.x.size(); ++i) {
    if (plottable(curve.x[i], frame.x.scale) && plottable(curve.y[i], frame.y.scale)) {
      result.back().push_back({frame.pixel_x(curve.x[i]), frame.pixel_y(curve.y[i])});
    } else if (!result.back().empty()) {
      result.emplace_back();
    }
  }
  return result;
}

// At most four points for each pixel column: the first, the lowest, the highest and the last. The picture
// stays the same.
std::vector<Point> thinned(const std::vector<Point>& points) {
  std::vector<Point> result;
  for (std::size_t begin = 0; begin < points.size();) {
    std::size_t end = begin + 1;
    while (end < points.size() && std::floor(points[end].x) == std::floor(points[begin].x)) ++end;
    std::size_t low = begin;
    std::size_t high = begin;
    for (std::size_t i = begin; i < end; ++i) {
      if (points[i].y < points[low].y) low = i;
      if (points[i].y > points[high].y) high = i;
    }
    std::vector<std::size_t> kept = {begin, low, high, end - 1};
    std::sort(kept.begin(), kept.end());
    kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
    for (const std::size_t i : kept) result.push_back(points[i]);
    begin = end;
  }
  return result;
}

void draw_curve(Svg& svg, const Curve& curve, const PlotFrame& frame, std::size_t number) {
  constexpr std::size_t kDense = 800;  // points that make a line of full width a smear
  SvgPath path;
  std::size_t drawn = 0;
  for (const std::vector<Point>& piece : pieces(curve, frame)) {
    if (piece.size() == 1) svg.circle(piece[0].x, piece[0].y, 3.5, svg_mark_attributes(number));
    if (piece.size() < 2) continue;
    const std::vector<Point> points = thinned(piece);
    drawn += points.size();
    path.move_to(points[0].x, points[0].y);
    for (std::size_t i = 1; i < points.size(); ++i) path.line_to(points[i].x, points[i].y);
  }
  svg.path(path, svg_curve_attributes(number) + (drawn > kDense ? " style=\"stroke-width:1px\"" : ""));
}

// A name beside the end of its curve.
struct EndLabel {
  std::size_t curve;
  double end_y;
  double y;
};

// Names pushed apart, top to bottom, and kept inside the frame.
std::vector<EndLabel> end_labels(const Panel& panel, const PlotFrame& frame) {
  std::vector<EndLabel> labels;
  for (std::size_t i = 0; i < panel.curves.size(); ++i) {
    const auto all = pieces(panel.curves[i], frame);
    const auto last =
        std::find_if(all.rbegin(), all.rend(), [](const auto& piece) { return !piece.empty(); });
    if (last != all.rend()) labels.push_back({i, last->back().y, last->back().y});
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

void draw_end_labels(Svg& svg, const Panel& panel, const PlotFrame& frame, const Numbers& numbers) {
  constexpr double kGap = 14;
  for (const EndLabel& label : end_labels(panel, frame)) {
    SvgPath leader;
    leader.move_to(frame.right() + 3, label.end_y);
    leader.line_to(frame.right() + kGap - 2, label.y);
    svg.path(leader, "class=\"axis\" stroke-opacity=\"0.6\"");
    const std::string& name = panel.curves[label.curve].name;
    draw_name(svg, frame.right() + kGap, label.y, name, numbers.at(name));
  }
}

struct LegendEntry {
  double x, y;  // from the legend's corner
};

// Names in rows of at most `width`.
std::vector<LegendEntry> legend_layout(const std::vector<std::string>& names, double width) {
  std::vector<LegendEntry> entries;
  double x = 0;
  double y = 0;
  for (const std::string& name : names) {
    const double needed = kSwatch + 6 + name_width(name);
    if (x > 0 && x + needed > width) {
      x = 0;
      y += kLegendRow;
    }
    entries.push_back({x, y});
    x += needed + 22;
  }
  return entries;
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

// Where everything stands.
class ChartLayout {
 public:
  explicit ChartLayout(const Chart& chart)
      : chart_(chart),
        width_(std::max(320.0, chart.width)),
        panel_height_(std::max(80.0, chart.panel_height)),
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
  [[nodiscard]] bool stacked() const { return chart_.arrangement == Arrangement::kStacked; }
  [[nodiscard]] std::string description() const;

  const Chart& chart_;
  double width_;
  double panel_height_;
  double height_ = 0;
  std::vector<std::string> names_;
  Numbers numbers_;
  double label_space_ = 0;  // of tick labels left of a panel
  double widest_name_ = 0;
  bool at_ends_ = false;
  std::vector<LegendEntry> legend_;
  double legend_top_ = 0;
  std::vector<PlotFrame> frames_;
};

void ChartLayout::set_axes() {
  const Axis x_axis = tight_axis(x_range(chart_));
  for (const Panel& panel : chart_.panels) {
    PlotFrame frame;
    frame.height = panel_height_;
    frame.x = x_axis;
    frame.y = rounded_axis(y_range(panel, chart_.x_scale), static_cast<int>(panel_height_ / 38) + 1);
    label_space_ = std::max(label_space_, widest_label(upright_ticks(frame.y, panel_height_)) + 8);
    frames_.push_back(frame);
  }
}

// At the ends of the curves where names are short and need not be moved far from their curves.
void ChartLayout::choose_names_place() {
  constexpr double kFarthest = 2.5 * kLabelHeight;
  if (names_.size() < 2) return;
  for (const std::string& name : names_) widest_name_ = std::max(widest_name_, name_width(name));
  at_ends_ = stacked() && widest_name_ <= width_ / 5;
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    for (const EndLabel& label : end_labels(chart_.panels[i], frames_[i])) {
      at_ends_ = at_ends_ && std::abs(label.y - label.end_y) <= kFarthest;
    }
  }
  if (!at_ends_) legend_ = legend_layout(names_, width_ - 2 * kMargin);
}

void ChartLayout::place_panels() {
  double top = 18 + title_height(chart_.title, chart_.subtitle);
  legend_top_ = top + 12;
  if (!legend_.empty()) top = legend_top_ + legend_.back().y + 14;
  const double names_space = at_ends_ ? kSwatch + 20 + widest_name_ : 0;
  const double count = std::max<double>(1, static_cast<double>(frames_.size()));
  const double beside = stacked() ? 1 : count;
  const double plot_width =
      (width_ - 2 * kMargin - names_space - label_space_ * beside - kBetweenBeside * (beside - 1)) / beside;
  double left = kMargin + label_space_;
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
  for (std::size_t i = panel.curves.size(); i-- > 0;) {  // the first curve comes to lie on top
    draw_curve(svg, panel.curves[i], frame, numbers_.at(panel.curves[i].name));
  }
  draw_markers(svg, chart_.markers, frame, index == 0 || !stacked());
  if (at_ends_) draw_end_labels(svg, panel, frame, numbers_);
  svg.close_group();
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
  draw_title(svg, kMargin, fit_text(chart_.title, width_ - 2 * kMargin, 17),
             fit_text(chart_.subtitle, width_ - 2 * kMargin, kFontSize));
  for (std::size_t i = 0; i < legend_.size(); ++i) {
    draw_name(svg, kMargin + legend_[i].x, legend_top_ + legend_[i].y, names_[i], i);
  }
  for (std::size_t i = 0; i < frames_.size(); ++i) draw_panel(svg, i);
  return svg.finish();
}

}  // namespace

std::string svg_chart(const Chart& chart) {
  return ChartLayout(chart).draw();
}

}  // namespace gradus::report
