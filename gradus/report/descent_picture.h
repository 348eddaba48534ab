// Descents on a function of two variables as a contour picture.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "gradus/optim/minimize.h"
#include "gradus/report/svg_contour.h"

namespace gradus::report {

struct NamedDescent {
  std::string name;
  Descent descent;
};

// The function over the rectangle of `grid`, whose heights are overwritten; with levels that suit it.
[[nodiscard]] ContourPicture function_picture(const Function2& function, HeightGrid grid);

// The function's own square, widened to hold the paths; of one that runs away, what lies within a square three
// times as wide. `points`: of the grid along each side, at least 2. Title and subtitle are left to the caller.
[[nodiscard]] ContourPicture descent_picture(const Function2& function,
                                             std::span<const NamedDescent> descents,
                                             std::size_t points = 200);

}  // namespace gradus::report
