#include "gradus/report/svg_contour.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "gradus/core/error.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/svg.h"
#include "gradus/report/svg_frame.h"
#include "gradus/report/svg_theme.h"

namespace gradus::report {

namespace {

constexpr double kTolerance = 0.12;  // pixels that a contour may be off
constexpr double kBarWidth = 16;
constexpr double kLegendRow = 22;

constexpr double kDecades = 4;  // that logarithmic levels reach towards the lowest point

// Heights of the lines, ascending, between the lowest and the highest place.
struct Levels {
  double low;
  double high;
  LevelSpacing spacing;
  std::vector<double> heights;

  // Where a height stands on the colour bar, 0 to 1, and which height stands there.
  [[nodiscard]] double share(double height) const {
    const double linear = (height - low) / (high - low);
    return spacing == LevelSpacing::kEven ? linear : 1 + std::log10(linear) / kDecades;
  }
  [[nodiscard]] double height_at(double share) const {
    const double linear = spacing == LevelSpacing::kEven ? share : std::pow(10.0, (share - 1) * kDecades);
    return low + (high - low) * linear;
  }
};

Levels levels_of(const ContourPicture& picture) {
  ValueRange range(Scale::kLinear);
  range.add(picture.grid.values);
  Levels levels{range.empty() ? 0 : range.low(), range.empty() ? 0 : range.high(), picture.spacing, {}};
  if (levels.low == levels.high || !std::isfinite(levels.high - levels.low)) return levels;
  const int count = std::max(1, picture.levels);
  for (int i = 1; i <= count; ++i)
    levels.heights.push_back(levels.height_at(static_cast<double>(i) / (count + 1)));
  return levels;
}

// The colour of a band, numbered upwards from 0; there is one more of them than levels. Thin lines avoid the
// ends of the scale, which cannot be seen on dark or on light ground.
std::string band_colour(std::size_t band, const Levels& levels, bool filled) {
  const double share =
      static_cast<double>(band) / static_cast<double>(std::max<std::size_t>(1, levels.heights.size()));
  return viridis(filled ? share : 0.2 + 0.7 * share);
}

PlotFrame map_frame(const ContourPicture& picture) {
  const HeightGrid& grid = picture.grid;
  const double size = std::max(200.0, picture.size);
  const double width = grid.x_high - grid.x_low;
  const double height = grid.y_high - grid.y_low;
  // True to scale unless one side would become a sliver.
  const double ratio = std::clamp(height / width, 0.5, 2.0);
  PlotFrame frame;
  frame.width = ratio > 1 ? size / ratio : size;
  frame.height = ratio > 1 ? size : size * ratio;
  frame.x = Axis{grid.x_low, grid.x_high, Scale::kLinear, false};
  frame.y = Axis{grid.y_low, grid.y_high, Scale::kLinear, false};
  frame.left = kPictureMargin + 8 + std::max(20.0, widest_label(upright_ticks(frame.y, frame.height)));
  return frame;
}

SvgPath border_path(const HeightGrid& grid, double level, const PlotFrame& frame) {
  SvgPath path;
  for (const std::vector<GridPoint>& loop : region_borders(grid, level)) {
    std::vector<GridPoint> pixels;
    pixels.reserve(loop.size() + 1);
    for (const GridPoint& point : loop) pixels.push_back({frame.pixel_x(point.x), frame.pixel_y(point.y)});
    pixels.push_back(pixels.front());
    pixels = simplified(pixels, kTolerance);
    if (pixels.size() < 4) continue;  // nothing that could be seen
    path.move_to(pixels[0].x, pixels[0].y);
    for (std::size_t i = 1; i + 1 < pixels.size(); ++i) path.line_to(pixels[i].x, pixels[i].y);
    path.close();
  }
  return path;
}

// Each band is painted over the lower ones: all places at least as high as its level.
void draw_map(Svg& svg, const ContourPicture& picture, const Levels& levels, const PlotFrame& frame) {
  svg.open_clip(frame.left, frame.top, frame.width, frame.height);
  if (picture.filled) {
    svg.rect(frame.left, frame.top, frame.width, frame.height,
             fmt::format("fill=\"{}\"", band_colour(0, levels, true)));
  }
  for (std::size_t i = 0; i < levels.heights.size(); ++i) {
    const std::string colour = band_colour(i + 1, levels, picture.filled);
    svg.path(border_path(picture.grid, levels.heights[i], frame),
             picture.filled
                 ? fmt::format("fill=\"{}\" fill-rule=\"evenodd\" stroke=\"#000\" stroke-opacity=\"0.13\" "
                               "stroke-width=\"0.6\"",
                               colour)
                 : fmt::format("fill=\"none\" stroke=\"{}\" stroke-width=\"1.1\"", colour));
  }
  svg.close_clip();
}

// On a logarithmic bar: the lowest height, then heights of two digits at about equal distances.
std::vector<Tick> colour_bar_ticks(const Levels& levels, double height) {
  if (levels.spacing == LevelSpacing::kEven) {
    return upright_ticks(Axis{levels.low, levels.high, Scale::kLinear, false}, height);
  }
  constexpr int kIntervals = 7;
  std::vector<Tick> ticks = {{levels.low, format_significant(levels.low, 3)}};
  double previous = 0;
  for (int i = 1; i <= kIntervals; ++i) {
    const std::string rounded = fmt::format("{:.1e}", levels.height_at(static_cast<double>(i) / kIntervals));
    double value = 0;
    std::from_chars(rounded.data(), rounded.data() + rounded.size(), value);
    if (value <= levels.low || value > levels.high || levels.share(value) - previous < 0.5 / kIntervals)
      continue;
    ticks.push_back({value, format_significant(value, 2)});
    previous = levels.share(value);
  }
  return ticks;
}

void draw_colour_bar(Svg& svg, const Levels& levels, bool filled, const PlotFrame& map) {
  if (levels.heights.empty()) return;
  const double left = map.right() + 20;
  const auto bands = static_cast<double>(levels.heights.size() + 1);
  for (std::size_t i = 0; i <= levels.heights.size(); ++i) {
    const double top = map.bottom() - static_cast<double>(i + 1) / bands * map.height;
    // A little higher than the band, so that no gap shows between neighbours.
    svg.rect(left, top, kBarWidth, map.height / bands + (i > 0 ? 0.5 : 0),
             fmt::format("fill=\"{}\"", band_colour(i, levels, filled)));
  }
  for (const Tick& tick : colour_bar_ticks(levels, map.height)) {
    const double share = tick.value == levels.low ? 0 : levels.share(tick.value);
    svg.text(left + kBarWidth + 6, map.bottom() - share * map.height + 4, typeset_number(tick.label),
             "class=\"muted\"");
  }
}

SvgPath diamond(double x, double y, double radius) {
  SvgPath path;
  path.move_to(x, y - radius);
  path.line_to(x + radius, y);
  path.line_to(x, y + radius);
  path.line_to(x - radius, y);
  path.close();
  return path;
}

std::string path_dashes(std::size_t number) {
  constexpr std::array<std::string_view, 4> kDashes = {"", "7 4", "2 4", "10 4 2 4"};
  const std::string_view dashes = kDashes[number % kDashes.size()];
  return dashes.empty() ? "" : fmt::format(" stroke-dasharray=\"{}\"", dashes);
}

std::string_view path_colour(std::size_t number) {
  return kPathColours[number % kPathColours.size()];
}

// A line in the path's colour on a dark one, so that it stands out from every height.
void draw_cased_line(Svg& svg, const SvgPath& line, std::size_t number) {
  svg.path(line,
           "fill=\"none\" stroke=\"#0d1117\" stroke-width=\"4.5\" stroke-linejoin=\"round\" "
           "stroke-opacity=\"0.75\"");
  svg.path(line, fmt::format("fill=\"none\" stroke=\"{}\" stroke-width=\"2.2\" stroke-linejoin=\"round\"{}",
                             path_colour(number), path_dashes(number)));
}

void draw_start(Svg& svg, double x, double y, std::size_t number) {
  svg.circle(x, y, 5, "fill=\"none\" stroke=\"#0d1117\" stroke-width=\"5\" stroke-opacity=\"0.75\"");
  svg.circle(x, y, 5,
             fmt::format("fill=\"#0d1117\" stroke=\"{}\" stroke-width=\"2.4\"", path_colour(number)));
}

void draw_end(Svg& svg, double x, double y, std::size_t number) {
  svg.path(diamond(x, y, 7),
           fmt::format("fill=\"{}\" stroke=\"#0d1117\" stroke-width=\"1.4\"", path_colour(number)));
}

// A path that leaves the map for good ends in that direction, a few maps away: renderers fail on huge
// coordinates.
std::vector<GridPoint> drawable_points(const DescentPath& path, const PlotFrame& frame) {
  const double far = 4 * (frame.right() + frame.bottom());
  std::vector<GridPoint> pixels;
  for (const GridPoint& point : path.points) {
    const GridPoint pixel{frame.pixel_x(point.x), frame.pixel_y(point.y)};
    const double distance = std::max(std::abs(pixel.x), std::abs(pixel.y));
    if (!std::isfinite(distance)) break;
    const double shrink = std::min(1.0, far / distance);
    pixels.push_back({pixel.x * shrink, pixel.y * shrink});
    if (shrink < 1) break;
  }
  return pixels;
}

void draw_path(Svg& svg, const DescentPath& path, std::size_t number, const PlotFrame& frame) {
  constexpr double kVisibleStep = 6;  // pixels; dots of shorter steps would hide the line
  const std::vector<GridPoint> pixels = drawable_points(path, frame);
  if (pixels.empty()) return;
  svg.open_clip(frame.left, frame.top, frame.width, frame.height);
  SvgPath line;
  line.move_to(pixels[0].x, pixels[0].y);
  for (const GridPoint& p : simplified(pixels, kTolerance)) line.line_to(p.x, p.y);
  draw_cased_line(svg, line, number);
  for (std::size_t i = 1; i < pixels.size(); ++i) {
    if (std::hypot(pixels[i].x - pixels[i - 1].x, pixels[i].y - pixels[i - 1].y) < kVisibleStep) continue;
    svg.circle(pixels[i].x, pixels[i].y, 2.6,
               fmt::format("fill=\"{}\" stroke=\"#0d1117\" stroke-width=\"0.8\"", path_colour(number)));
  }
  svg.close_clip();
  const auto inside = [&](const GridPoint& p) {
    return p.x >= frame.left && p.x <= frame.right() && p.y >= frame.top && p.y <= frame.bottom();
  };
  if (inside(pixels.front())) draw_start(svg, pixels.front().x, pixels.front().y, number);
  if (inside(pixels.back())) draw_end(svg, pixels.back().x, pixels.back().y, number);
}

std::string steps_text(const DescentPath& path) {
  const std::size_t steps = path.points.empty() ? 0 : path.points.size() - 1;
  return format_count(steps) + (steps == 1 ? " step" : " steps");
}

void draw_legend(Svg& svg, const ContourPicture& picture, const PlotFrame& frame, double top, double width) {
  for (std::size_t i = 0; i < picture.paths.size(); ++i) {
    const DescentPath& path = picture.paths[i];
    const double y = top + static_cast<double>(i) * kLegendRow;
    SvgPath sample;
    sample.move_to(frame.left + 6, y);
    sample.line_to(frame.left + 50, y);
    draw_cased_line(svg, sample, i);
    draw_start(svg, frame.left + 6, y, i);
    draw_end(svg, frame.left + 50, y, i);
    const std::string value =
        fmt::format("f = {} after {}", typeset_number(format_significant(path.value, 7)), steps_text(path));
    const double text_left = frame.left + 66;
    const double value_left = width - kPictureMargin - svg_text_width(value, kFontSize);
    svg.text(text_left, y + 4, fit_text(path.name, value_left - text_left - 12, kFontSize), "");
    svg.text(width - kPictureMargin, y + 4, value, "class=\"muted\" text-anchor=\"end\"");
  }
}

}  // namespace

std::vector<double> contour_heights(const ContourPicture& picture) {
  return levels_of(picture).heights;
}

std::string svg_contour(const ContourPicture& picture) {
  const HeightGrid& grid = picture.grid;
  GRADUS_ASSERT(grid.x_low < grid.x_high && grid.y_low < grid.y_high, grid.x_low, grid.x_high, grid.y_low,
                grid.y_high);
  const Levels levels = levels_of(picture);
  PlotFrame frame = map_frame(picture);
  const double width = frame.right() + 20 + kBarWidth + 62 + kPictureMargin;
  const PictureTitle title(picture.title, picture.subtitle, width);
  frame.top = title.bottom() + 30;
  const double legend_top = frame.bottom() + 66;
  const double height =
      legend_top + kLegendRow * static_cast<double>(picture.paths.size()) - (picture.paths.empty() ? 10 : 0);

  Svg svg(width, height, picture.title,
          fmt::format("Contours of a function of {} and {} between {} and {}, with {} descents.",
                      picture.x_title, picture.y_title, format_significant(levels.low),
                      format_significant(levels.high), picture.paths.size()));
  title.draw(svg);
  draw_map(svg, picture, levels, frame);
  svg.text(frame.left - 8, frame.top - 14, picture.y_title, "class=\"heading\" text-anchor=\"end\"");
  draw_y_axis(svg, frame, upright_ticks(frame.y, frame.height), false);
  draw_x_axis(svg, frame, true, picture.x_title);
  draw_colour_bar(svg, levels, picture.filled, frame);
  for (std::size_t i = 0; i < picture.paths.size(); ++i) draw_path(svg, picture.paths[i], i, frame);
  draw_legend(svg, picture, frame, legend_top, width);
  return svg.finish();
}

}  // namespace gradus::report
