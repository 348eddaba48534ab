#include "gradus/report/terminal_chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/report/ansi.h"
#include "gradus/report/display_text.h"

namespace gradus::report {

namespace {

constexpr int kMinWidth = 24;
constexpr int kMinHeight = 3;
constexpr int kLegendSample = 4;  // characters
constexpr std::string_view kAsciiMarks = "*o+x#@%&=~$s";

// Which dots along a line are set. The first is solid; the others tell curves apart where there is no colour.
constexpr std::array<std::string_view, 5> kDashes = {"1", "1000", "11110000", "1111001000", "110"};

struct CurveStyle {
  std::string_view dashes;
  int colour;
  char mark;
};

CurveStyle style_of(std::size_t curve, const TerminalChartOptions& options) {
  const std::size_t colours = ansi::kCurveColours.size();
  const std::size_t dashes = !options.unicode ? 0 : options.colour ? curve / colours : curve;
  return {kDashes[dashes % kDashes.size()], ansi::kCurveColours[curve % colours],
          kAsciiMarks[curve % kAsciiMarks.size()]};
}

std::string coloured(const std::string& text, int colour, bool on) {
  return on ? ansi::foreground(colour) + text + std::string(ansi::kReset) : text;
}

// The plotting area. A dot is one of 2 x 4 in a braille character, or a whole character in ASCII; (0, 0) is
// top left.
class Canvas {
 public:
  Canvas(int columns, int rows, bool unicode)
      : columns_(columns), rows_(rows), unicode_(unicode), cells_(static_cast<std::size_t>(columns * rows)) {}

  [[nodiscard]] int dot_columns() const { return columns_ * (unicode_ ? 2 : 1); }
  [[nodiscard]] int dot_rows() const { return rows_ * (unicode_ ? 4 : 1); }

  void set(int x, int y, const CurveStyle& style) {
    if (x < 0 || x >= dot_columns() || y < 0 || y >= dot_rows()) return;
    constexpr std::array<std::array<std::uint8_t, 2>, 4> kBits = {
        {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}};
    const int column = unicode_ ? x / 2 : x;
    const int row = unicode_ ? y / 4 : y;
    Cell& cell = cells_[place(row, column)];
    cell.dots |=
        unicode_ ? kBits[static_cast<std::size_t>(y % 4)][static_cast<std::size_t>(x % 2)] : std::uint8_t{1};
    cell.style = style;
  }

  [[nodiscard]] std::string row_text(int row, bool colour) const {
    std::string text;
    int blanks = 0;
    for (int column = 0; column < columns_; ++column) {
      const Cell& cell = cells_[place(row, column)];
      if (cell.dots == 0) {
        ++blanks;
        continue;
      }
      text += repeat(" ", blanks) + coloured(glyph(cell), cell.style.colour, colour);
      blanks = 0;
    }
    return text;
  }

 private:
  struct Cell {
    std::uint8_t dots = 0;
    CurveStyle style{};
  };

  [[nodiscard]] std::size_t place(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
           static_cast<std::size_t>(column);
  }

  [[nodiscard]] std::string glyph(const Cell& cell) const {
    if (!unicode_) return std::string(1, cell.style.mark);
    const unsigned code = 0x2800u + cell.dots;
    return {static_cast<char>(0xE0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3F)),
            static_cast<char>(0x80 | (code & 0x3F))};
  }

  int columns_;
  int rows_;
  bool unicode_;
  std::vector<Cell> cells_;
};

// Draws along a line, dot by dot, and keeps count of them for the dashes.
class Pen {
 public:
  Pen(Canvas& canvas, const CurveStyle& style) : canvas_(canvas), style_(style) {}

  void lift() { down_ = false; }

  void move_to(int x, int y) {
    if (!down_) {
      down_ = true;
      x_ = x;
      y_ = y;
      canvas_.set(x, y, style_);
      ++dots_;
      return;
    }
    const int steps = std::max(std::abs(x - x_), std::abs(y - y_));
    const int from_x = x_;
    const int from_y = y_;
    for (int i = 1; i <= steps; ++i) {
      x_ = from_x + rounded_share(x - from_x, i, steps);
      y_ = from_y + rounded_share(y - from_y, i, steps);
      if (style_.dashes[dots_++ % style_.dashes.size()] == '1') canvas_.set(x_, y_, style_);
    }
  }

 private:
  static int rounded_share(int distance, int i, int steps) {
    return static_cast<int>(std::lround(static_cast<double>(distance) * i / steps));
  }

  Canvas& canvas_;
  CurveStyle style_;
  bool down_ = false;
  int x_ = 0;
  int y_ = 0;
  std::size_t dots_ = 0;
};

void draw(const Curve& curve, const CurveStyle& style, const Axis& x_axis, const Axis& y_axis,
          Canvas& canvas) {
  const auto drawn = [&](std::size_t i) {
    return i < curve.x.size() && plottable(curve.x[i], x_axis.scale) && plottable(curve.y[i], y_axis.scale);
  };
  Pen pen(canvas, style);
  for (std::size_t i = 0; i < curve.x.size(); ++i) {
    if (!drawn(i)) {
      pen.lift();
      continue;
    }
    const int x = static_cast<int>(std::lround(x_axis.fraction(curve.x[i]) * (canvas.dot_columns() - 1)));
    const int y = static_cast<int>(std::lround((1 - y_axis.fraction(curve.y[i])) * (canvas.dot_rows() - 1)));
    pen.move_to(x, y);
    const bool lone = (i == 0 || !drawn(i - 1)) && !drawn(i + 1);
    if (lone) pen.move_to(x ^ 1, y ^ 1);  // one dot is easily overlooked
  }
}

struct Ranges {
  ValueRange x, y;
};

// Of the points that can be drawn.
Ranges ranges_of(std::span<const Curve> curves, const TerminalChartOptions& options) {
  Ranges ranges{ValueRange(options.x_scale), ValueRange(options.y_scale)};
  for (const Curve& curve : curves) {
    GRADUS_ASSERT(curve.x.size() == curve.y.size(), curve.name, curve.x.size(), curve.y.size());
    for (std::size_t i = 0; i < curve.x.size(); ++i) {
      if (!plottable(curve.x[i], options.x_scale) || !plottable(curve.y[i], options.y_scale)) continue;
      ranges.x.add(curve.x[i]);
      ranges.y.add(curve.y[i]);
    }
  }
  return ranges;
}

// The rule under the chart with its ticks, and the line of their labels; `margin` columns are left of the
// rule.
std::string x_axis_text(const Axis& axis, int margin, int columns, const TerminalChartOptions& options) {
  const auto ticks =
      fitting_ticks(axis, columns - 1, 2, [](std::string_view label) { return display_width(label); });
  std::vector<bool> has_tick(static_cast<std::size_t>(columns), false);
  std::string labels = repeat(" ", margin);
  for (const Tick& tick : ticks) {
    const int column = static_cast<int>(std::lround(axis.fraction(tick.value) * (columns - 1)));
    has_tick[static_cast<std::size_t>(column)] = true;
    const int width = display_width(tick.label);
    const int start = std::min(margin + column - (width - 1) / 2, options.width - width);
    const int used = display_width(labels);
    if (start < used && start < margin - 1) continue;
    labels += repeat(" ", start - used) + tick.label;
  }
  std::string rule = repeat(" ", margin - 1) + (options.unicode ? "└" : "+");
  for (const bool tick : has_tick) rule += options.unicode ? (tick ? "┬" : "─") : (tick ? "+" : "-");
  std::string text = rule + "\n" + labels + "\n";
  if (!options.x_title.empty()) {
    const std::string title = shorten(options.x_title, columns);
    text += repeat(" ", margin + (columns - display_width(title)) / 2) + title + "\n";
  }
  return text;
}

// A straight piece of the curve as it looks in the chart.
std::string legend_sample(const CurveStyle& style, const TerminalChartOptions& options) {
  if (!options.unicode) return std::string(1, style.mark);
  Canvas canvas(kLegendSample, 1, true);
  for (int x = 0; x < canvas.dot_columns(); ++x) {
    if (style.dashes[static_cast<std::size_t>(x) % style.dashes.size()] == '1') canvas.set(x, 1, style);
  }
  const std::string text = canvas.row_text(0, false);
  return coloured(text, style.colour, options.colour) + repeat(" ", kLegendSample - display_width(text));
}

std::string legend(std::span<const Curve> curves, int margin, const TerminalChartOptions& options) {
  const int sample_width = options.unicode ? kLegendSample : 1;
  std::string text;
  int used = 0;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const std::string name = shorten(curves[i].name, options.width - margin - sample_width - 1);
    const int width = sample_width + 1 + display_width(name);
    if (used > 0 && used + 3 + width > options.width) {
      text += "\n";
      used = 0;
    }
    const int gap = used > 0 ? 3 : margin;
    text += repeat(" ", gap) + legend_sample(style_of(i, options), options) + " " + name;
    used += gap + width;
  }
  return text + "\n";
}

}  // namespace

std::string terminal_chart(std::span<const Curve> curves, const TerminalChartOptions& given) {
  TerminalChartOptions options = given;
  options.width = std::max(kMinWidth, given.width);
  options.height = std::max(kMinHeight, given.height);

  const Ranges ranges = ranges_of(curves, options);
  const int most_ticks = std::clamp((options.height + 2) / 3, 2, 7);
  const Axis x_axis = tight_axis(ranges.x);
  const Axis y_axis = rounded_axis(ranges.y, most_ticks);
  const std::vector<Tick> y_ticks = axis_ticks(y_axis, most_ticks);
  int label_width = 0;
  for (const Tick& tick : y_ticks) label_width = std::max(label_width, display_width(tick.label));
  const int margin = label_width + 2;  // label, blank, rule
  const int columns = options.width - margin;

  Canvas canvas(columns, options.height, options.unicode);
  for (std::size_t i = curves.size(); i-- > 0;) {  // the first curve comes to lie on top
    draw(curves[i], style_of(i, options), x_axis, y_axis, canvas);
  }

  std::vector<std::string> labels(static_cast<std::size_t>(options.height));
  for (const Tick& tick : y_ticks) {
    const long dot = std::lround((1 - y_axis.fraction(tick.value)) * (canvas.dot_rows() - 1));
    labels[static_cast<std::size_t>(dot * options.height / canvas.dot_rows())] = tick.label;
  }
  std::string text;
  if (!options.title.empty()) text += shorten(options.title, options.width) + "\n";
  for (int row = 0; row < options.height; ++row) {
    const std::string& label = labels[static_cast<std::size_t>(row)];
    const std::string rule = options.unicode ? (label.empty() ? "│" : "┤") : (label.empty() ? "|" : "+");
    text += pad_left(label, label_width) + " " + rule;
    const bool notice = ranges.y.empty() && row == options.height / 2;
    text += (notice ? " no finite values" : canvas.row_text(row, options.colour)) + "\n";
  }
  text += x_axis_text(x_axis, margin, columns, options);
  if (!curves.empty()) text += legend(curves, margin, options);
  return text;
}

}  // namespace gradus::report
