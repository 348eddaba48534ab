#include "gradus/report/svg_frame.h"

#include <algorithm>

#include "gradus/report/display_text.h"
#include "gradus/report/svg_theme.h"

namespace gradus::report {

namespace {

constexpr double kTickLength = 4;
constexpr double kTop = 18;  // over the title
constexpr double kTitleLine = 22;
constexpr double kUnderTitle = 4;
constexpr double kSubtitleLine = 17;
constexpr double kUnderSubtitle = 3;

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

PictureTitle::PictureTitle(std::string_view title, std::string_view subtitle, double picture_width) {
  constexpr double kBoldSize = 18.5;  // 17 pixels, and bold letters are wider
  const double width = picture_width - 2 * kPictureMargin;
  title_ = wrap_text(title, width, kBoldSize, 3);
  subtitle_ = wrap_text(subtitle, width, kFontSize, 4);
}

double PictureTitle::bottom() const {
  return kTop + (title_.empty() ? 0 : kTitleLine * static_cast<double>(title_.size()) + kUnderTitle) +
         (subtitle_.empty() ? 0 : kSubtitleLine * static_cast<double>(subtitle_.size()) + kUnderSubtitle);
}

void PictureTitle::draw(Svg& svg) const {
  double y = kTop;
  for (const std::string& line : title_) {
    svg.text(kPictureMargin, y + 16, line, "class=\"title\"");
    y += kTitleLine;
  }
  if (!title_.empty()) y += kUnderTitle;
  for (const std::string& line : subtitle_) {
    svg.text(kPictureMargin, y + 12, line, "class=\"muted\"");
    y += kSubtitleLine;
  }
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

std::vector<std::string> wrap_text(std::string_view text, double width, double font_size,
                                   std::size_t most_lines) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    std::size_t end = text.size();
    const bool last = lines.size() + 1 == most_lines;
    while (!last && svg_text_width(text.substr(0, end), font_size) > width) {
      const std::size_t blank = text.rfind(' ', end - 1);
      if (blank == std::string_view::npos || blank == 0) break;
      end = blank;
    }
    lines.push_back(fit_text(text.substr(0, end), width, font_size));
    text.remove_prefix(std::min(text.size(), end + 1));
    if (last) break;
  }
  return lines;
}

std::string fit_text(std::string_view text, double width, double font_size) {
  int columns = display_width(text);
  std::string result = shorten(text, columns);
  while (columns > 1 && svg_text_width(result, font_size) > width) result = shorten(text, --columns);
  return result;
}

}  // namespace gradus::report
