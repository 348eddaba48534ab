// Writes one SVG document: the few elements that pictures need, text escaped, numbers with at most two
// decimals. The same calls give the same bytes. Colours and fonts come from svg_theme.h through `class`.
#pragma once

#include <string>
#include <string_view>

namespace gradus::report {

// "12.35", "12", "-0.5"; a value that is not finite is a bug of the caller (GRADUS_ASSERT).
[[nodiscard]] std::string svg_number(double value);

// Text for element content and attribute values. Characters that XML forbids become U+FFFD.
[[nodiscard]] std::string svg_escape(std::string_view text);

// A rough width of text in a sans-serif face, on the generous side.
[[nodiscard]] double svg_text_width(std::string_view text, double font_size);

// The value of a path's `d`.
class SvgPath {
 public:
  void move_to(double x, double y);
  void line_to(double x, double y);
  void close();
  [[nodiscard]] bool empty() const { return data_.empty(); }
  [[nodiscard]] const std::string& data() const { return data_; }

 private:
  std::string data_;
};

// `attributes` are written as they stand: `class="grid" text-anchor="end"`. They must not come from a user.
class Svg {
 public:
  // title and description are for screen readers; browsers show the title as a tooltip.
  Svg(double width, double height, std::string_view title, std::string_view description);

  void open_group(std::string_view attributes);
  void close_group();
  // A drawing area that clips what lies outside; coordinates stay those of the document.
  void open_clip(double x, double y, double width, double height);
  void close_clip();
  void rect(double x, double y, double width, double height, std::string_view attributes);
  void line(double x1, double y1, double x2, double y2, std::string_view attributes);
  void circle(double x, double y, double radius, std::string_view attributes);
  void path(const SvgPath& path, std::string_view attributes);
  // A PNG file inside the document, its pixels shown as squares.
  void image(double x, double y, double width, double height, std::string_view png);
  void text(double x, double y, std::string_view text, std::string_view attributes);

  // The whole document. Groups must be closed.
  [[nodiscard]] std::string finish() const;

 private:
  std::string body_;
  int open_ = 0;
};

}  // namespace gradus::report
