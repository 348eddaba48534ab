// One curve inside a plotting area: its line with gaps, its band, where it was stopped.
#pragma once

#include <cstddef>
#include <optional>

#include "gradus/report/curve.h"
#include "gradus/report/svg.h"
#include "gradus/report/svg_frame.h"

namespace gradus::report {

enum class LineKind { kPlain, kRaw, kSmoothed };  // kRaw: faint, behind its smoothed self

// Thinned to what a pixel can show; a lone point is a dot.
void draw_curve_line(Svg& svg, const Curve& curve, const PlotFrame& frame, std::size_t number, LineKind kind);

// What reaches out of the frame ends at its edge.
void draw_curve_band(Svg& svg, const Curve& curve, const PlotFrame& frame, std::size_t number,
                     double opacity);

void draw_curve_stop(Svg& svg, const Curve& curve, const PlotFrame& frame, std::size_t number);

struct PixelBox {
  double left, top, right, bottom;
};

struct CurveEnd {
  double x, y;  // pixels
};
// The last point that can be drawn.
[[nodiscard]] std::optional<CurveEnd> curve_end(const Curve& curve, const PlotFrame& frame);

// Whether the line comes into the box.
[[nodiscard]] bool curve_crosses(const Curve& curve, const PlotFrame& frame, const PixelBox& box);

}  // namespace gradus::report
