#include "gradus/report/svg_intervals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gradus/report/format_numbers.h"
#include "gradus/report/svg.h"
#include "gradus/report/svg_frame.h"
#include "gradus/report/svg_theme.h"

namespace gradus::report {

namespace {

constexpr double kMargin = 24;
constexpr double kRow = 28;
constexpr double kLine = 16;          // of text above or below another
constexpr double kReferenceRow = 18;  // for the name of the reference line
constexpr double kAxisHeight = 46;    // tick labels and title
constexpr double kBetweenPanels = 14;
constexpr double kGap = 14;
constexpr double kLeastPlot = 150;

std::size_t colour_of(VerdictMark verdict) {
  constexpr std::size_t kBlue = 0;
  constexpr std::size_t kVermillion = 1;
  return verdict == VerdictMark::kRefuted ? kVermillion : kBlue;
}

// "0.9612 [0.9554, 0.9670]"
std::string figures_of(const IntervalRow& row) {
  if (!std::isfinite(row.estimate))
    return std::isnan(row.estimate) ? "no value" : format_significant(row.estimate);
  std::string text = format_significant(row.estimate);
  if (std::isfinite(row.low) && std::isfinite(row.high)) {
    text += fmt::format(" [{}, {}]", format_significant(row.low), format_significant(row.high));
  }
  return typeset_number(text);
}

// Where everything stands, the same in all panels. In a wide picture names are left of the plot, figures and
// verdicts right of it; in a narrow one they stand above each row.
struct Layout {
  bool narrow = false;
  double names = 0;
  double figures = 0;
  double plot_left = 0;
  double plot_right = 0;

  [[nodiscard]] double row_height(const IntervalRow& row) const {
    return kRow + (narrow ? 2 * kLine : 0) + (row.note.empty() ? 0 : kLine - 4);
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
  double verdicts = 0;
  for (const IntervalPanel& panel : picture.panels) {
    for (const IntervalRow& row : panel.rows) {
      const double name = std::max(svg_text_width(row.name, kFontSize), svg_text_width(row.note, 11));
      layout.names = std::max(layout.names, name);
      layout.figures = std::max(layout.figures, svg_text_width(figures_of(row), kFontSize));
      verdicts = std::max(verdicts, svg_text_width(verdict_word(row.verdict), kFontSize));
    }
  }
  layout.names = std::min(layout.names, width * 0.36);
  layout.plot_left = kMargin + layout.names + kGap;
  layout.plot_right = width - kMargin - layout.figures - kGap - (verdicts > 0 ? verdicts + kGap : 0);
  layout.narrow = layout.plot_right - layout.plot_left < kLeastPlot;
  if (layout.narrow) {
    layout.names = width - 2 * kMargin;
    layout.plot_left = kMargin;
    layout.plot_right = width - kMargin;
  }
  return layout;
}

double reference_height(const IntervalPanel& panel) {
  return panel.reference && !panel.reference->label.empty() ? kReferenceRow : 0;
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
  frame.x = rounded_axis(range, std::max(2, static_cast<int>(frame.width / 70)));
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

// A full circle: supported, or not a claim. A cross: refuted. A ring: open.
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
  } else if (verdict == VerdictMark::kCannotTell || verdict == VerdictMark::kNotJudged) {
    svg.circle(x, y, kRadius, "class=\"open\"");
  } else {
    svg.circle(x, y, kRadius, svg_mark_attributes(colour));
  }
}

void draw_words(Svg& svg, const Layout& layout, const PlotFrame& frame, const IntervalRow& row, double top) {
  const double first = top + kRow / 2 + 4;
  svg.text(kMargin, first, fit_text(row.name, layout.names, kFontSize), "");
  if (!row.note.empty()) {
    svg.text(kMargin, first + kLine - 2, fit_text(row.note, layout.names, 11), "class=\"small muted\"");
  }
  const double word_y = layout.narrow ? top + layout.plot_y(row) - 15 : first;
  const double figures_right = layout.narrow ? frame.right() : frame.right() + kGap + layout.figures;
  svg.text(figures_right, word_y, figures_of(row), "class=\"figures\" text-anchor=\"end\"");
  if (row.verdict != VerdictMark::kNone) {
    svg.text(layout.narrow ? kMargin : figures_right + kGap, word_y, verdict_word(row.verdict),
             "class=\"heading\"");
  }
}

void draw_row(Svg& svg, const PlotFrame& frame, const Layout& layout, const IntervalRow& row, double top) {
  const double y = top + layout.plot_y(row);
  svg.line(frame.left, y, frame.right(), y, "class=\"grid\"");
  for (const double point : row.points) {
    if (plottable(point, frame.x.scale)) svg.circle(frame.pixel_x(point), y, 3, "class=\"seed\"");
  }
  const bool open = row.verdict == VerdictMark::kCannotTell || row.verdict == VerdictMark::kNotJudged;
  draw_whisker(
      svg, frame, row, y,
      open ? std::string("class=\"whisker\"") : fmt::format("class=\"curve c{}\"", colour_of(row.verdict)));
  if (plottable(row.estimate, frame.x.scale)) draw_estimate(svg, frame.pixel_x(row.estimate), y, row.verdict);
  draw_words(svg, layout, frame, row, top);
}

void draw_panel(Svg& svg, const IntervalPanel& panel, const PlotFrame& frame, const Layout& layout) {
  svg.open_group("role=\"presentation\"");
  double y = frame.top;
  if (panel.rows.empty()) {
    svg.text(frame.left + frame.width / 2, y + kRow / 2 + 4, "no rows",
             "class=\"muted\" text-anchor=\"middle\"");
  }
  if (panel.reference && plottable(panel.reference->x, panel.x_scale)) {
    const double x = frame.pixel_x(panel.reference->x);
    svg.line(x, frame.top - 4, x, frame.bottom(), "class=\"marker\"");
    const std::string label = fit_text(panel.reference->label, frame.width, 11);
    const double half = svg_text_width(label, 11) / 2;
    const double middle = std::clamp(x, frame.left + half, std::max(frame.left + half, frame.right() - half));
    svg.text(middle, frame.top - 8, label, "class=\"small muted\" text-anchor=\"middle\"");
  }
  for (const IntervalRow& row : panel.rows) {
    draw_row(svg, frame, layout, row, y);
    y += layout.row_height(row);
  }
  draw_x_axis(svg, frame, true, fit_text(panel.x_title, frame.width + 2 * kGap, kFontSize));
  svg.close_group();
}

std::string description_of(const IntervalPicture& picture) {
  std::string text = "Estimates with intervals.";
  for (const IntervalPanel& panel : picture.panels) {
    text += fmt::format(" {}:", panel.x_title);
    for (const IntervalRow& row : panel.rows) {
      text += fmt::format(" {}: {}{}{};", row.name, figures_of(row),
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
  double top = 18 + title_height(picture.title, picture.subtitle) + 10;
  for (const IntervalPanel& panel : picture.panels) {
    frames.push_back(frame_of(panel, layout, top + reference_height(panel)));
    top = frames.back().bottom() + kAxisHeight + kBetweenPanels;
  }

  Svg svg(width, top, picture.title, description_of(picture));
  draw_title(svg, kMargin, fit_text(picture.title, width - 2 * kMargin, 17),
             fit_text(picture.subtitle, width - 2 * kMargin, kFontSize));
  for (std::size_t i = 0; i < frames.size(); ++i) draw_panel(svg, picture.panels[i], frames[i], layout);
  return svg.finish();
}

}  // namespace gradus::report
