#include "gradus/report/svg.h"

#include <fmt/format.h>

#include <cmath>

#include "gradus/core/error.h"
#include "gradus/report/display_text.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/png_image.h"
#include "gradus/report/svg_theme.h"

namespace gradus::report {

std::string svg_number(double value) {
  GRADUS_ASSERT(std::isfinite(value), value);
  std::string text = format_fixed(value, 2);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string svg_escape(std::string_view text) {
  std::string result;
  for (const char c : printable(text)) {
    switch (c) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

double svg_text_width(std::string_view text, double font_size) {
  constexpr std::string_view kNarrow = "iljtfrI.,:;|!'()[] -";
  constexpr std::string_view kWide = "mwMW@%";
  double ems = 0;
  int ascii = 0;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) continue;
    ++ascii;
    const bool upper = c >= 'A' && c <= 'Z';
    ems += kNarrow.find(c) != std::string_view::npos ? 0.38
           : kWide.find(c) != std::string_view::npos ? 0.95
           : upper                                   ? 0.7
                                                     : 0.61;
  }
  return (ems + 0.62 * (display_width(text) - ascii)) * font_size;
}

void SvgPath::move_to(double x, double y) {
  data_ += "M" + svg_number(x) + " " + svg_number(y);
}

void SvgPath::line_to(double x, double y) {
  data_ += "L" + svg_number(x) + " " + svg_number(y);
}

void SvgPath::close() {
  data_ += "Z";
}

Svg::Svg(double width, double height, std::string_view title, std::string_view description) {
  width = std::ceil(width);  // whole pixels: a fraction shows as a pale line at the edge
  height = std::ceil(height);
  body_ = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "role=\"img\" "
      "class=\"gradus\">\n<title>{2}</title>\n<desc>{3}</desc>\n<style>{4}</style>\n",
      svg_number(width), svg_number(height), svg_escape(title), svg_escape(description), svg_style());
  rect(0, 0, width, height, "class=\"ground\"");
}

void Svg::open_group(std::string_view attributes) {
  body_ += fmt::format("<g {}>\n", attributes);
  ++open_;
}

void Svg::close_group() {
  body_ += "</g>\n";
  --open_;
}

void Svg::open_clip(double x, double y, double width, double height) {
  body_ += fmt::format("<svg x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{3}\" viewBox=\"{0} {1} {2} {3}\">\n",
                       svg_number(x), svg_number(y), svg_number(width), svg_number(height));
  ++open_;
}

void Svg::close_clip() {
  body_ += "</svg>\n";
  --open_;
}

void Svg::rect(double x, double y, double width, double height, std::string_view attributes) {
  body_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" {}/>\n", svg_number(x),
                       svg_number(y), svg_number(width), svg_number(height), attributes);
}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view attributes) {
  body_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" {}/>\n", svg_number(x1), svg_number(y1),
                       svg_number(x2), svg_number(y2), attributes);
}

void Svg::circle(double x, double y, double radius, std::string_view attributes) {
  body_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" {}/>\n", svg_number(x), svg_number(y),
                       svg_number(radius), attributes);
}

void Svg::path(const SvgPath& path, std::string_view attributes) {
  if (!path.empty()) body_ += fmt::format("<path d=\"{}\" {}/>\n", path.data(), attributes);
}

void Svg::image(double x, double y, double width, double height, std::string_view png) {
  body_ += fmt::format(
      "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" "
      "style=\"image-rendering:pixelated\" "
      "href=\"data:image/png;base64,{}\"/>\n",
      svg_number(x), svg_number(y), svg_number(width), svg_number(height), base64(png));
}

void Svg::text(double x, double y, std::string_view text, std::string_view attributes) {
  body_ += fmt::format("<text x=\"{}\" y=\"{}\" {}>{}</text>\n", svg_number(x), svg_number(y), attributes,
                       svg_escape(text));
}

std::string Svg::finish() const {
  GRADUS_ASSERT(open_ == 0, open_);
  return body_ + "</svg>\n";
}

}  // namespace gradus::report
