#include "gradus/report/svg_heat_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/svg.h"
#include "gradus/report/svg_frame.h"
#include "gradus/report/svg_theme.h"

namespace gradus::report {

namespace {

constexpr double kLongestName = 120;
constexpr double kScaleWidth = 14;  // of the strip of colours
constexpr double kScaleSpace = 92;  // with its labels
constexpr double kLeastCell = 14;   // in which a turned name has room
constexpr double kLeastForValue = 30;
constexpr double kLeastStrip = 80;  // height of the strip of colours

struct Layout {
  double width, left, top, cell_width, cell_height;
  bool upright_names;   // of the columns
  double names_height;  // with the title under them
  std::optional<int> decimals;
  double value_size;  // of the figures in the cells; 0: none
  [[nodiscard]] std::pair<double, double> corner(const HeatMap& map, std::size_t cell) const {
    const std::size_t row = cell / map.columns.size();
    const std::size_t column = cell % map.columns.size();
    return {left + cell_width * static_cast<double>(column), top + cell_height * static_cast<double>(row)};
  }
  [[nodiscard]] double cells_width(const HeatMap& map) const {
    return cell_width * static_cast<double>(map.columns.size());
  }
  [[nodiscard]] double cells_height(const HeatMap& map) const {
    return cell_height * static_cast<double>(map.rows.size());
  }
};

double longest(const std::vector<std::string>& names) {
  double width = 0;
  for (const std::string& name : names) width = std::max(width, svg_text_width(name, kFontSize));
  return std::min(width, kLongestName);
}

bool has_value(const HeatMap& map, const HeatCell& cell) {
  return cell.state == CellState::kValue && plottable(cell.value, map.scale);
}

ValueRange range_of(const HeatMap& map) {
  ValueRange range(map.scale);
  for (const HeatCell& cell : map.cells) {
    if (cell.state == CellState::kValue) range.add(cell.value);
  }
  return range;
}

// Four digits of the largest value, and as many decimals for all, where that suits them all.
std::optional<int> decimals_of(const HeatMap& map) {
  const ValueRange range = range_of(map);
  const double largest = std::max(std::abs(range.low()), std::abs(range.high()));
  if (map.scale == Scale::kLogarithmic || !(largest >= 1e-3 && largest < 1e5)) return std::nullopt;
  return std::clamp(3 - static_cast<int>(std::floor(std::log10(largest))), 0, 5);
}

std::string value_text(double value, std::optional<int> decimals) {
  return typeset_number(decimals ? format_fixed(value, *decimals) : format_significant(value));
}

std::optional<std::size_t> best_cell(const HeatMap& map) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < map.cells.size(); ++i) {
    if (!has_value(map, map.cells[i])) continue;
    const double value = map.cells[i].value;
    const bool better = !best || (map.better == Better::kLarger ? value > map.cells[*best].value
                                                                : value < map.cells[*best].value);
    if (better) best = i;
  }
  return best;
}

Layout layout_of(const HeatMap& map, double width) {
  Layout layout{};
  const double columns = std::max<double>(1, static_cast<double>(map.columns.size()));
  layout.left = kPictureMargin + (map.y_title.empty() ? 0 : 24) + longest(map.rows) + 8;
  layout.cell_width =
      std::clamp((width - kPictureMargin - kScaleSpace - layout.left) / columns, kLeastCell, 84.0);
  layout.cell_height = std::clamp(layout.cell_width, 22.0, 44.0);
  layout.width = std::max(320.0, layout.left + layout.cells_width(map) + kScaleSpace + kPictureMargin);
  layout.top = PictureTitle(map.title, map.subtitle, layout.width).bottom() + 32;
  layout.upright_names = longest(map.columns) > layout.cell_width - 6;
  layout.names_height = (layout.upright_names ? longest(map.columns) + 14 : 22) + 20;
  layout.decimals = decimals_of(map);
  double widest = 1;
  for (const HeatCell& cell : map.cells) {
    if (has_value(map, cell))
      widest = std::max(widest, svg_text_width(value_text(cell.value, layout.decimals), 1));
  }
  const double fitting = std::min(12.0, (layout.cell_width - 6) / widest);
  layout.value_size = layout.cell_width >= kLeastForValue && fitting >= 8 ? fitting : 0;
  return layout;
}

// Diagonal lines through a cell; those of diverged cells cross.
void draw_hatching(Svg& svg, double x, double y, double width, double height, bool crossed) {
  constexpr double kStep = 7;
  SvgPath path;
  for (double offset = kStep; offset < width + height; offset += kStep) {
    const double x1 = std::max(0.0, offset - height);
    const double x2 = std::min(width, offset);
    path.move_to(x + x1, y + offset - x1);
    path.line_to(x + x2, y + offset - x2);
    if (!crossed) continue;
    path.move_to(x + x1, y + height - (offset - x1));
    path.line_to(x + x2, y + height - (offset - x2));
  }
  svg.rect(x, y, width, height, "class=\"empty\"");
  svg.path(path, "class=\"hatch\"");
}

void draw_cell(Svg& svg, const HeatMap& map, const Layout& layout, const Axis& axis, std::size_t index) {
  const HeatCell& cell = map.cells[index];
  const auto [x, y] = layout.corner(map, index);
  const double width = layout.cell_width - 1;
  const double height = layout.cell_height - 1;
  if (!has_value(map, cell)) {
    draw_hatching(svg, x, y, width, height, cell.state != CellState::kMissing);
    return;
  }
  const double share = axis.fraction(cell.value);
  svg.rect(x, y, width, height, fmt::format("fill=\"{}\"", viridis(share)));
  if (layout.value_size == 0) return;
  // Dark figures on the lighter half: viridis passes mid grey at about 0.45.
  svg.text(x + width / 2, y + height / 2 + layout.value_size * 0.36, value_text(cell.value, layout.decimals),
           fmt::format("style=\"fill:{};font-size:{}px\" text-anchor=\"middle\"",
                       share > 0.45 ? "#111" : "#fff", svg_number(layout.value_size)));
}

// Dark around light: seen on every colour.
void draw_best(Svg& svg, const HeatMap& map, const Layout& layout, std::size_t index) {
  const auto [x, y] = layout.corner(map, index);
  svg.rect(x + 1.5, y + 1.5, layout.cell_width - 4, layout.cell_height - 4,
           "fill=\"none\" stroke=\"#ffffff\" stroke-width=\"2\"");
  svg.rect(x - 0.5, y - 0.5, layout.cell_width, layout.cell_height, "class=\"frame\" stroke-width=\"2\"");
}

void draw_names(Svg& svg, const HeatMap& map, const Layout& layout) {
  const double bottom = layout.top + layout.cells_height(map);
  for (std::size_t i = 0; i < map.rows.size(); ++i) {
    const double y = layout.top + layout.cell_height * (static_cast<double>(i) + 0.5);
    svg.text(layout.left - 8, y + 4, typeset_number(fit_text(map.rows[i], kLongestName, kFontSize)),
             "text-anchor=\"end\"");
  }
  for (std::size_t i = 0; i < map.columns.size(); ++i) {
    const double x = layout.left + layout.cell_width * (static_cast<double>(i) + 0.5);
    const std::string name = fit_text(map.columns[i], kLongestName, kFontSize);
    if (layout.upright_names) {
      svg.text(x + 4, bottom + 8, name,
               fmt::format("text-anchor=\"end\" transform=\"rotate(-90 {} {})\"", svg_number(x + 4),
                           svg_number(bottom + 8)));
    } else {
      svg.text(x, bottom + 17, name, "text-anchor=\"middle\"");
    }
  }
  svg.text(layout.left + layout.cells_width(map) / 2, bottom + layout.names_height - 4, map.x_title,
           "class=\"heading\" text-anchor=\"middle\"");
  if (map.y_title.empty()) return;
  const double x = kPictureMargin + 10;
  const double y = layout.top + layout.cells_height(map) / 2;
  svg.text(x, y, map.y_title,
           fmt::format("class=\"heading\" text-anchor=\"middle\" transform=\"rotate(-90 {} {})\"",
                       svg_number(x), svg_number(y)));
}

void draw_scale(Svg& svg, const HeatMap& map, const Layout& layout, const Axis& axis) {
  constexpr int kSteps = 40;
  PlotFrame frame;
  frame.left = layout.left + layout.cells_width(map) + 24;
  frame.top = layout.top;
  frame.width = kScaleWidth;
  frame.height = std::max(kLeastStrip, layout.cells_height(map));
  frame.y = axis;
  for (int i = 0; i < kSteps; ++i) {
    const double y = frame.top + frame.height * i / kSteps;
    svg.rect(frame.left, y, frame.width, frame.height / kSteps + 0.5,
             fmt::format("fill=\"{}\"", viridis(1 - (i + 0.5) / kSteps)));
  }
  for (const Tick& tick : axis_ticks(axis, std::max(4, static_cast<int>(frame.height / 38) + 1))) {
    const double y = frame.pixel_y(tick.value);
    svg.line(frame.right(), y, frame.right() + 4, y, "class=\"axis\"");
    svg.text(frame.right() + 7, y + 4, typeset_number(tick.label), "class=\"muted\"");
  }
}

// What frame and hatching mean, of those that there are.
void draw_keys(Svg& svg, const HeatMap& map, bool best, double y) {
  constexpr double kKey = 26;
  double x = kPictureMargin;
  const auto key = [&](std::string_view text, const auto& draw) {
    draw(x, y - 8);
    svg.text(x + kKey + 6, y + 4, text, "");
    x += kKey + 6 + svg_text_width(text, kFontSize) + 22;
  };
  const auto any = [&](bool missing) {
    return std::any_of(map.cells.begin(), map.cells.end(), [&](const HeatCell& cell) {
      return !has_value(map, cell) && (cell.state == CellState::kMissing) == missing;
    });
  };
  if (best) {
    key("best", [&](double left, double top) {
      svg.rect(left, top, kKey, 16, "class=\"frame\" stroke-width=\"2\"");
    });
  }
  if (any(false))
    key("diverged", [&](double left, double top) { draw_hatching(svg, left, top, kKey, 16, true); });
  if (any(true))
    key("not run", [&](double left, double top) { draw_hatching(svg, left, top, kKey, 16, false); });
}

std::string description_of(const HeatMap& map, std::optional<std::size_t> best) {
  std::string text = fmt::format("Heat map of {} for {} values of {} and {} of {}.", map.value_title,
                                 map.columns.size(), map.x_title, map.rows.size(), map.y_title);
  if (best) {
    text += fmt::format(" Best: {} at {}, {}.", value_text(map.cells[*best].value, decimals_of(map)),
                        map.columns[*best % map.columns.size()], map.rows[*best / map.columns.size()]);
  }
  return text;
}

}  // namespace

std::string svg_heat_map(const HeatMap& map) {
  GRADUS_ASSERT(map.cells.size() == map.rows.size() * map.columns.size(), map.cells.size(), map.rows.size(),
                map.columns.size());
  const Layout layout = layout_of(map, std::max(320.0, map.width));
  const Axis axis = tight_axis(range_of(map));
  const std::optional<std::size_t> best = best_cell(map);
  const double width = layout.width;
  const double keys_y =
      layout.top + std::max(kLeastStrip, layout.cells_height(map) + layout.names_height) + 24;

  Svg svg(width, keys_y + 26, map.title, description_of(map, best));
  PictureTitle(map.title, map.subtitle, width).draw(svg);
  svg.text(width - kPictureMargin, layout.top - 12,
           fit_text(map.value_title, width - 2 * kPictureMargin, kFontSize),
           "class=\"heading\" text-anchor=\"end\"");
  if (map.cells.empty()) svg.text(kPictureMargin, layout.top + 20, "no cells", "class=\"muted\"");
  for (std::size_t i = 0; i < map.cells.size(); ++i) draw_cell(svg, map, layout, axis, i);
  if (best) draw_best(svg, map, layout, *best);
  draw_names(svg, map, layout);
  if (best) draw_scale(svg, map, layout, axis);
  draw_keys(svg, map, best.has_value(), keys_y);
  return svg.finish();
}

}  // namespace gradus::report
