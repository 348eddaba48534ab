// A picture drawn twice, for wide and narrow pages. Internal to the room.
#pragma once

#include <string>
#include <utility>

#include "gradus/report/html_report.h"

namespace gradus::report::internal {

inline constexpr double kWidePicture = 760;
inline constexpr double kNarrowPicture = 360;

// `picture` is any description with a width, `draw` the function of this room that draws it.
template <class Picture>
[[nodiscard]] HtmlFigure figure_of(std::string caption, Picture picture,
                                   std::string (*draw)(const Picture& picture)) {
  picture.width = kWidePicture;
  HtmlFigure figure{std::move(caption), draw(picture), {}};
  picture.width = kNarrowPicture;
  figure.narrow_svg = draw(picture);
  return figure;
}

}  // namespace gradus::report::internal
