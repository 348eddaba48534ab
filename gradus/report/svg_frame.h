// A plotting area with its axes inside a picture: from values to pixels, ticks, grid.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gradus/report/axis.h"
#include "gradus/report/svg.h"

namespace gradus::report {

inline constexpr double kPictureMargin = 24;

struct PlotFrame {
  double left = 0;
  double top = 0;
  double width = 0;
  double height = 0;
  Axis x;
  Axis y;

  [[nodiscard]] double right() const { return left + width; }
  [[nodiscard]] double bottom() const { return top + height; }
  [[nodiscard]] double pixel_x(double value) const { return left + x.fraction(value) * width; }
  [[nodiscard]] double pixel_y(double value) const { return bottom() - y.fraction(value) * height; }
};

// The ticks of an axis upright of that height in pixels, and how many columns of pixels their labels take.
[[nodiscard]] std::vector<Tick> upright_ticks(const Axis& axis, double height);
[[nodiscard]] double widest_label(const std::vector<Tick>& ticks);

// Labels left of the frame, with a line of the grid at each if `grid`.
void draw_y_axis(Svg& svg, const PlotFrame& frame, const std::vector<Tick>& ticks, bool grid);

// The axis line with ticks under the frame; labels if `labels`, and under them the title where it is not
// empty.
void draw_x_axis(Svg& svg, const PlotFrame& frame, bool labels, std::string_view title);

// Title and subtitle at the top left of a picture, wrapped where it is narrow.
class PictureTitle {
 public:
  PictureTitle(std::string_view title, std::string_view subtitle, double picture_width);
  // Where the picture may go on.
  [[nodiscard]] double bottom() const;
  void draw(Svg& svg) const;

 private:
  std::vector<std::string> title_;
  std::vector<std::string> subtitle_;
};

// "−5" for "-5": the hyphen is too short beside digits.
[[nodiscard]] std::string typeset_number(std::string_view number);

// Lines no wider than `width` pixels, broken at blanks; at most `most_lines`, the last one cut.
[[nodiscard]] std::vector<std::string> wrap_text(std::string_view text, double width, double font_size,
                                                 std::size_t most_lines);

// Text cut with an ellipsis so that it is no wider than `width` pixels.
[[nodiscard]] std::string fit_text(std::string_view text, double width, double font_size);

}  // namespace gradus::report
