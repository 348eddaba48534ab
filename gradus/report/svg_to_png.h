// PNG out of a picture, for places that take no SVG. librsvg draws it, opened at the first call: only who
// wants a PNG needs it.
#pragma once

#include <string>
#include <string_view>

#include "gradus/report/svg_theme.h"

namespace gradus::report {

struct PngOptions {
  double scale = 2;  // pixels for each unit of the picture: 2 is sharp on paper and on dense screens
  Theme theme = Theme::kLight;
};

// The bytes of the file. Throws Error(kUnsupported) that says what to install where librsvg is missing,
// Error(kInvalidArgument) for a scale outside (0, 16] and for a picture of more than 16,384 pixels a side.
[[nodiscard]] std::string svg_to_png(std::string_view svg, const PngOptions& options = {});

}  // namespace gradus::report
