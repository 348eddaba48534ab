#include "gradus/report/svg_frame.h"

#include <algorithm>

#include "gradus/report/display_text.h"
#include "gradus/report/svg_theme.h"

namespace gradus::report {

namespace {

constexpr double kTickLength = 4;
constexpr double kTitleHeight = 26;
constexpr double kSubtitleHeight = 20;

}  // namespace

std::vector<Tick> upright_ticks(const Axis& axis, double height) {
  constexpr double kLeastDistance = 38;
  return axis_ticks(axis, std::clamp(static_cast<int>(height / kLeastDistance) + 1, 2, 11));
}

double widest_label(const std::vector<Tick>& ticks) {
  double widest = 0;
  for (const Tick& tick : ticks) widest = std::max(widest, svg_text_width(tick.label, kFontSize));
  return widest;
}

void draw_y_axis(Svg& svg, const PlotFrame& frame, const std::vector<Tick>& ticks, bool grid) {
  for (const Tick& tick : ticks) {
    const double y = frame.pixel_y(tick.value);
    if (grid) svg.line(frame.left, y, frame.right(), y, "class=\"grid\"");
    if (!grid) svg.line(frame.left - kTickLength, y, frame.left, y, "class=\"axis\"");
    svg.text(frame.left - 8, y + 4, typeset_number(tick.label), "class=\"muted\" text-anchor=\"end\"");
  }
}

void draw_x_axis(Svg& svg, const PlotFrame& frame, bool labels, std::string_view title) {
  const auto ticks = fitting_ticks(frame.x, frame.width, 18,
                                   [](std::string_view label) { return svg_text_width(label, kFontSize); });
  svg.line(frame.left, frame.bottom(), frame.right(), frame.bottom(), "class=\"axis\"");
  for (const Tick& tick : ticks) {
    const double x = frame.pixel_x(tick.value);
    svg.line(x, frame.bottom(), x, frame.bottom() + kTickLength, "class=\"axis\"");
    if (labels)
      svg.text(x, frame.bottom() + 18, typeset_number(tick.label), "class=\"muted\" text-anchor=\"middle\"");
  }
  if (!title.empty()) {
    svg.text(frame.left + frame.width / 2, frame.bottom() + 38, title, "text-anchor=\"middle\"");
  }
}

double title_height(std::string_view title, std::string_view subtitle) {
  return (title.empty() ? 0 : kTitleHeight) + (subtitle.empty() ? 0 : kSubtitleHeight);
}

double draw_title(Svg& svg, double left, std::string_view title, std::string_view subtitle) {
  constexpr double kTop = 18;
  double y = kTop;
  if (!title.empty()) {
    svg.text(left, y + 16, title, "class=\"title\"");
    y += kTitleHeight;
  }
  if (!subtitle.empty()) svg.text(left, y + 12, subtitle, "class=\"muted\"");
  return kTop + title_height(title, subtitle);
}

std::string typeset_number(std::string_view number) {
  std::string result;
  for (const char c : number) {
    if (c == '-') {
      result += "−";
    } else {
      result += c;
    }
  }
  return result;
}

std::string fit_text(std::string_view text, double width, double font_size) {
  int columns = display_width(text);
  std::string result = shorten(text, columns);
  while (columns > 1 && svg_text_width(result, font_size) > width) result = shorten(text, --columns);
  return result;
}

}  // namespace gradus::report
