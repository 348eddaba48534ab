#include "gradus/report/svg_histograms.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gradus/report/format_numbers.h"
#include "gradus/report/svg.h"
#include "gradus/report/svg_frame.h"
#include "gradus/report/svg_theme.h"

namespace gradus::report {

namespace {

constexpr double kRow = 58;   // with a line of text over the histogram
constexpr double kHill = 38;  // height of the highest bin
constexpr double kLongestName = 110;
constexpr double kBetween = 26;
constexpr double kAxisHeight = 24;  // of tick labels
constexpr double kAxisTitle = 22;
constexpr double kHeading = 30;
constexpr double kLeastColumn = 150;  // narrower columns stand below each other

struct Layout {
  double names = 0;
  double column_width = 0;
  bool stacked = false;
};

std::size_t most_rows(const HistogramPicture& picture) {
  std::size_t rows = 1;
  for (const HistogramColumn& column : picture.columns) rows = std::max(rows, column.histograms.size());
  return rows;
}

Layout layout_of(const HistogramPicture& picture, double width) {
  Layout layout;
  for (const HistogramColumn& column : picture.columns) {
    for (const Histogram& histogram : column.histograms) {
      layout.names = std::max(layout.names, svg_text_width(histogram.name, kFontSize));
    }
  }
  layout.names = std::min(layout.names, kLongestName);
  const double room = width - 2 * kPictureMargin - layout.names - 10;
  const double columns = std::max<double>(1, static_cast<double>(picture.columns.size()));
  layout.column_width = (room - kBetween * (columns - 1)) / columns;
  layout.stacked = layout.column_width < kLeastColumn;
  if (layout.stacked) layout.column_width = room;
  return layout;
}

// A count that is none is taken as zero.
double count_of(const Histogram& histogram, std::size_t bin) {
  const double count = histogram.counts[bin];
  return std::isfinite(count) ? std::max(0.0, count) : 0;
}

double highest_count(const Histogram& histogram) {
  double highest = 0;
  for (std::size_t i = 0; i < histogram.counts.size(); ++i)
    highest = std::max(highest, count_of(histogram, i));
  return highest;
}

bool drawable(const Histogram& histogram) {
  return highest_count(histogram) > 0 && plottable(histogram.low, Scale::kLinear) &&
         plottable(histogram.high, Scale::kLinear) && histogram.low < histogram.high;
}

// Stairs from bin to bin over a base line.
void draw_hill(Svg& svg, const Histogram& histogram, const PlotFrame& frame, double base) {
  const double highest = highest_count(histogram);
  const double bin = (histogram.high - histogram.low) / static_cast<double>(histogram.counts.size());
  SvgPath path;
  path.move_to(frame.pixel_x(histogram.low), base);
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    const double y = base - kHill * (count_of(histogram, i) / highest);
    path.line_to(frame.pixel_x(histogram.low + bin * static_cast<double>(i)), y);
    path.line_to(frame.pixel_x(histogram.low + bin * static_cast<double>(i + 1)), y);
  }
  path.line_to(frame.pixel_x(histogram.high), base);
  path.close();
  svg.path(path, svg_mark_attributes(0) + " fill-opacity=\"0.75\"");
}

std::string note_of(const Histogram& histogram) {
  if (drawable(histogram)) return histogram.note;
  const bool one_value = highest_count(histogram) > 0 && histogram.low == histogram.high;
  return one_value ? "all " + format_significant(histogram.low) : "no values";
}

void draw_column(Svg& svg, const HistogramColumn& column, PlotFrame frame) {
  ValueRange range(Scale::kLinear);
  for (const Histogram& histogram : column.histograms) {
    if (!drawable(histogram)) continue;
    range.add(histogram.low);
    range.add(histogram.high);
  }
  frame.x = tight_axis(range);
  frame.height = kRow * static_cast<double>(column.histograms.size());
  svg.open_group("role=\"presentation\"");
  svg.text(frame.left, frame.top - 12, fit_text(column.title, frame.width, kFontSize), "class=\"heading\"");
  if (frame.x.low < 0 && frame.x.high > 0) {
    svg.line(frame.pixel_x(0), frame.top, frame.pixel_x(0), frame.bottom(), "class=\"marker\"");
  }
  for (std::size_t i = 0; i < column.histograms.size(); ++i) {
    const Histogram& histogram = column.histograms[i];
    const double base = frame.top + kRow * static_cast<double>(i + 1);
    svg.line(frame.left, base, frame.right(), base, "class=\"grid\"");
    if (drawable(histogram)) draw_hill(svg, histogram, frame, base);
    svg.text(frame.right(), base - kRow + 15, fit_text(note_of(histogram), frame.width, 11),
             "class=\"small muted halo\" text-anchor=\"end\"");
  }
  draw_x_axis(svg, frame, true, fit_text(column.x_title, frame.width, kFontSize));
  svg.close_group();
}

void draw_names(Svg& svg, const HistogramColumn& column, const Layout& layout, double top) {
  for (std::size_t i = 0; i < column.histograms.size(); ++i) {
    svg.text(kPictureMargin + layout.names, top + kRow * static_cast<double>(i + 1) - 8,
             fit_text(column.histograms[i].name, kLongestName, kFontSize), "text-anchor=\"end\"");
  }
}

}  // namespace

std::string svg_histograms(const HistogramPicture& picture) {
  const double width = std::max(320.0, picture.width);
  const Layout layout = layout_of(picture, width);
  const PictureTitle title(picture.title, picture.subtitle, width);
  const bool titled = std::ranges::any_of(
      picture.columns, [](const HistogramColumn& column) { return !column.x_title.empty(); });
  const double column_height =
      kHeading + kRow * static_cast<double>(most_rows(picture)) + kAxisHeight + (titled ? kAxisTitle : 0);
  const double columns = std::max<double>(1, static_cast<double>(picture.columns.size()));

  std::string description = "Histograms:";
  for (const HistogramColumn& column : picture.columns) {
    description += fmt::format(" {} of {} layers;", column.title, column.histograms.size());
  }
  Svg svg(width, title.bottom() + column_height * (layout.stacked ? columns : 1) + 14, picture.title,
          description);
  title.draw(svg);
  PlotFrame frame;
  frame.left = kPictureMargin + layout.names + 10;
  frame.top = title.bottom() + kHeading;
  frame.width = layout.column_width;
  for (std::size_t i = 0; i < picture.columns.size(); ++i) {
    if (i == 0 || layout.stacked) draw_names(svg, picture.columns[i], layout, frame.top);
    draw_column(svg, picture.columns[i], frame);
    if (layout.stacked) {
      frame.top += column_height;
    } else {
      frame.left += layout.column_width + kBetween;
    }
  }
  if (picture.columns.empty()) svg.text(kPictureMargin, frame.top, "no histograms", "class=\"muted\"");
  return svg.finish();
}

}  // namespace gradus::report
