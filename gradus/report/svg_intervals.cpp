#include "gradus/report/svg_intervals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gradus/report/estimate_text.h"
#include "gradus/report/svg.h"
#include "gradus/report/svg_frame.h"
#include "gradus/report/svg_theme.h"

namespace gradus::report {

namespace {

constexpr double kRow = 28;
constexpr double kLine = 16;          // of text above or below another
constexpr double kReferenceRow = 18;  // for the name of the reference line
constexpr double kTitleBelow = 38;    // an axis its title
constexpr double kBetweenPanels = 14;
constexpr double kGap = 14;
constexpr double kSeedsBelow = 8;  // the line of the estimate, which would hide them
constexpr double kLeastPlot = 150;

std::size_t colour_of(VerdictMark verdict) {
  constexpr std::size_t kBlue = 0;
  constexpr std::size_t kVermillion = 1;
  return verdict == VerdictMark::kRefuted ? kVermillion : kBlue;
}

EstimateText estimate_text(const IntervalPanel& panel) {
  EstimateText text;
  for (const IntervalRow& row : panel.rows) text.add(row.estimate, row.low, row.high);
  return text;
}

// "0.9612 [0.9554, 0.9670]"
std::string figures_of(const IntervalRow& row, const EstimateText& text) {
  const std::string interval = text.interval(row.low, row.high);
  return text.estimate(row.estimate) + (interval.empty() ? "" : " " + interval);
}

// Where everything stands, the same in all panels. In a wide picture names are left of the plot, figures and
// verdicts right of it; in a narrow one they stand above each row.
struct Layout {
  double width = 0;
  bool narrow = false;
  double names = 0;
  double figures = 0;
  double plot_left = 0;
  double plot_right = 0;

  [[nodiscard]] double row_height(const IntervalRow& row) const {
    return kRow + (narrow ? 2 * kLine : 0) + (row.note.empty() ? 0 : narrow ? kLine : kLine - 4);
  }
  [[nodiscard]] std::vector<std::string> x_title(const IntervalPanel& panel) const {
    return wrap_text(panel.x_title, width - 2 * kPictureMargin, kFontSize, 3);
  }
  [[nodiscard]] double axis_height(const IntervalPanel& panel) const {
    return kTitleBelow - 8 + kLine * static_cast<double>(x_title(panel).size());
  }
  // From the top of a row.
  [[nodiscard]] double plot_y(const IntervalRow& row) const {
    return narrow ? row_height(row) - kRow / 2 : kRow / 2;
  }
  [[nodiscard]] double rows_height(const IntervalPanel& panel) const {
    double height = panel.rows.empty() ? kRow : 0;
    for (const IntervalRow& row : panel.rows) height += row_height(row);
    return height;
  }
};

Layout layout_of(const IntervalPicture& picture, double width) {
  Layout layout;
  layout.width = width;
  double verdicts = 0;
  for (const IntervalPanel& panel : picture.panels) {
    const EstimateText text = estimate_text(panel);
    for (const IntervalRow& row : panel.rows) {
      const double name = std::max(svg_text_width(row.name, kFontSize), svg_text_width(row.note, 11));
      layout.names = std::max(layout.names, name);
      layout.figures = std::max(layout.figures, svg_text_width(figures_of(row, text), kFontSize));
      verdicts = std::max(verdicts, svg_text_width(verdict_word(row.verdict), kFontSize));
    }
  }
  layout.names = std::min(layout.names, width * 0.36);
  layout.plot_left = kPictureMargin + layout.names + kGap;
  layout.plot_right = width - kPictureMargin - layout.figures - kGap - (verdicts > 0 ? verdicts + kGap : 0);
  layout.narrow = layout.plot_right - layout.plot_left < kLeastPlot;
  if (layout.narrow) {
    layout.names = width - 2 * kPictureMargin;
    layout.plot_left = kPictureMargin;
    layout.plot_right = width - kPictureMargin;
  }
  return layout;
}

double reference_height(const IntervalPanel& panel) {
  return panel.reference && !panel.reference->label.empty() ? kReferenceRow : 0;
}

// No mark stands on the edge.
Axis padded(Axis axis) {
  constexpr double kShare = 0.05;
  if (axis.scale == Scale::kLogarithmic) {
    // Within what ticks can be reckoned with.
    const double factor = std::pow(axis.high / axis.low, kShare);
    axis.low = std::max(axis.low / factor, 1e-307);
    axis.high = std::min(axis.high * factor, 1e307);
  } else {
    const double margin = kShare * (axis.high - axis.low);
    axis.low -= margin;
    axis.high += margin;
  }
  return axis;
}

PlotFrame frame_of(const IntervalPanel& panel, const Layout& layout, double top) {
  ValueRange range(panel.x_scale);
  for (const IntervalRow& row : panel.rows) {
    for (const double value : {row.estimate, row.low, row.high}) range.add(value);
    range.add(row.points);
  }
  if (panel.reference) range.add(panel.reference->x);
  PlotFrame frame;
  frame.left = layout.plot_left;
  frame.width = layout.plot_right - layout.plot_left;
  frame.top = top;
  frame.height = layout.rows_height(panel);
  frame.x = padded(tight_axis(range));
  return frame;
}

void draw_whisker(Svg& svg, const PlotFrame& frame, const IntervalRow& row, double y,
                  std::string_view attributes) {
  if (!plottable(row.low, frame.x.scale) || !plottable(row.high, frame.x.scale)) return;
  constexpr double kCap = 4;
  const double low = frame.pixel_x(row.low);
  const double high = frame.pixel_x(row.high);
  SvgPath path;
  path.move_to(low, y - kCap);
  path.line_to(low, y + kCap);
  path.move_to(low, y);
  path.line_to(high, y);
  path.move_to(high, y - kCap);
  path.line_to(high, y + kCap);
  svg.path(path, attributes);
}

// A full circle: supported, or not a claim. A cross: refuted. A ring: cannot tell. A square: not judged.
void draw_estimate(Svg& svg, double x, double y, VerdictMark verdict) {
  constexpr double kRadius = 5;
  const std::size_t colour = colour_of(verdict);
  if (verdict == VerdictMark::kRefuted) {
    SvgPath cross;
    cross.move_to(x - kRadius, y - kRadius);
    cross.line_to(x + kRadius, y + kRadius);
    cross.move_to(x - kRadius, y + kRadius);
    cross.line_to(x + kRadius, y - kRadius);
    svg.path(cross, fmt::format("class=\"curve c{}\" style=\"stroke-width:3px\"", colour));
  } else if (verdict == VerdictMark::kCannotTell) {
    svg.circle(x, y, kRadius, "class=\"open\"");
  } else if (verdict == VerdictMark::kNotJudged) {
    svg.rect(x - kRadius, y - kRadius, 2 * kRadius, 2 * kRadius, "class=\"open\"");
  } else {
    svg.circle(x, y, kRadius, svg_mark_attributes(colour));
  }
}

void draw_words(Svg& svg, const Layout& layout, const PlotFrame& frame, const IntervalRow& row,
                const std::string& figures, double top) {
  const double first = top + kRow / 2 + 4;
  svg.text(kPictureMargin, first, fit_text(row.name, layout.names, kFontSize), "");
  if (!row.note.empty()) {
    svg.text(kPictureMargin, first + kLine - 2, fit_text(row.note, layout.names, 11),
             "class=\"small muted\"");
  }
  const double word_y = layout.narrow ? top + layout.plot_y(row) - 15 : first;
  const double figures_right = layout.narrow ? frame.right() : frame.right() + kGap + layout.figures;
  svg.text(figures_right, word_y, figures, "class=\"figures\" text-anchor=\"end\"");
  if (row.verdict != VerdictMark::kNone) {
    svg.text(layout.narrow ? kPictureMargin : figures_right + kGap, word_y, verdict_word(row.verdict),
             "class=\"heading\"");
  }
}

void draw_row(Svg& svg, const PlotFrame& frame, const Layout& layout, const IntervalRow& row,
              const std::string& figures, double top) {
  const double y = top + layout.plot_y(row);
  svg.line(frame.left, y, frame.right(), y, "class=\"grid\"");
  for (const double point : row.points) {
    if (plottable(point, frame.x.scale))
      svg.circle(frame.pixel_x(point), y + kSeedsBelow, 2.5, "class=\"seed\"");
  }
  const bool open = row.verdict == VerdictMark::kCannotTell || row.verdict == VerdictMark::kNotJudged;
  draw_whisker(
      svg, frame, row, y,
      open ? std::string("class=\"whisker\"") : fmt::format("class=\"curve c{}\"", colour_of(row.verdict)));
  if (plottable(row.estimate, frame.x.scale)) draw_estimate(svg, frame.pixel_x(row.estimate), y, row.verdict);
  draw_words(svg, layout, frame, row, figures, top);
}

// Under the axis, as far to the left or right as it needs.
void draw_x_title(Svg& svg, const IntervalPanel& panel, const PlotFrame& frame, const Layout& layout) {
  double y = frame.bottom() + kTitleBelow;
  for (const std::string& line : layout.x_title(panel)) {
    const double half = svg_text_width(line, kFontSize) / 2;
    const double least = kPictureMargin + half;
    const double most = std::max(least, layout.width - kPictureMargin - half);
    svg.text(std::clamp(frame.left + frame.width / 2, least, most), y, line, "text-anchor=\"middle\"");
    y += kLine;
  }
}

// Through all rows, or in a narrow picture through the part of each row that is a plot.
void draw_reference(Svg& svg, const IntervalPanel& panel, const Layout& layout, double top, double x) {
  if (!layout.narrow) {
    svg.line(x, top - 4, x, top + layout.rows_height(panel), "class=\"marker\"");
    return;
  }
  for (const IntervalRow& row : panel.rows) {
    const double y = top + layout.plot_y(row);
    svg.line(x, y - 10, x, y + kRow / 2, "class=\"marker\"");
    top += layout.row_height(row);
  }
}

void draw_panel(Svg& svg, const IntervalPanel& panel, const PlotFrame& frame, const Layout& layout) {
  svg.open_group("role=\"presentation\"");
  const EstimateText text = estimate_text(panel);
  double y = frame.top;
  if (panel.rows.empty()) {
    svg.text(frame.left + frame.width / 2, y + kRow / 2 + 4, "no rows",
             "class=\"muted\" text-anchor=\"middle\"");
  }
  if (panel.reference && plottable(panel.reference->x, panel.x_scale)) {
    const double x = frame.pixel_x(panel.reference->x);
    draw_reference(svg, panel, layout, frame.top, x);
    const std::string label = fit_text(panel.reference->label, frame.width, 11);
    const double half = svg_text_width(label, 11) / 2;
    const double middle = std::clamp(x, frame.left + half, std::max(frame.left + half, frame.right() - half));
    svg.text(middle, frame.top - 8, label, "class=\"small muted\" text-anchor=\"middle\"");
  }
  for (const IntervalRow& row : panel.rows) {
    draw_row(svg, frame, layout, row, figures_of(row, text), y);
    y += layout.row_height(row);
  }
  draw_x_axis(svg, frame, true, "");
  draw_x_title(svg, panel, frame, layout);
  svg.close_group();
}

std::string description_of(const IntervalPicture& picture) {
  std::string text = "Estimates with intervals.";
  for (const IntervalPanel& panel : picture.panels) {
    text += fmt::format(" {}:", panel.x_title);
    for (const IntervalRow& row : panel.rows) {
      text += fmt::format(" {}: {}{}{};", row.name, figures_of(row, estimate_text(panel)),
                          row.verdict == VerdictMark::kNone ? "" : ", ", verdict_word(row.verdict));
    }
  }
  return text;
}

}  // namespace

std::string svg_intervals(const IntervalPicture& picture) {
  const double width = std::max(320.0, picture.width);
  const Layout layout = layout_of(picture, width);
  std::vector<PlotFrame> frames;
  const PictureTitle title(picture.title, picture.subtitle, width);
  double top = title.bottom() + 10;
  for (const IntervalPanel& panel : picture.panels) {
    frames.push_back(frame_of(panel, layout, top + reference_height(panel)));
    top = frames.back().bottom() + layout.axis_height(panel) + kBetweenPanels;
  }

  Svg svg(width, top, picture.title, description_of(picture));
  title.draw(svg);
  for (std::size_t i = 0; i < frames.size(); ++i) draw_panel(svg, picture.panels[i], frames[i], layout);
  return svg.finish();
}

}  // namespace gradus::report
