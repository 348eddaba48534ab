#include "gradus/report/svg_curve.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "gradus/report/svg_legend.h"
#include "gradus/report/svg_theme.h"

namespace gradus::report {

namespace {

struct Point {
  double x, y;
};

bool drawable(const Curve& curve, std::size_t i, const PlotFrame& frame) {
  return plottable(curve.x[i], frame.x.scale) && plottable(curve.y[i], frame.y.scale);
}

// Pieces of the curve between its gaps, in pixels.
std::vector<std::vector<Point>> pieces(const Curve& curve, const PlotFrame& frame) {
  std::vector<std::vector<Point>> result(1);
  for (std::size_t i = 0; i < curve.x.size(); ++i) {
    if (drawable(curve, i, frame)) {
      result.back().push_back({frame.pixel_x(curve.x[i]), frame.pixel_y(curve.y[i])});
    } else if (!result.back().empty()) {
      result.emplace_back();
    }
  }
  return result;
}

// At most four points for each pixel column: the first, the lowest, the highest and the last. The picture
// stays the same.
std::vector<Point> thinned(const std::vector<Point>& points) {
  std::vector<Point> result;
  for (std::size_t begin = 0; begin < points.size();) {
    std::size_t end = begin + 1;
    while (end < points.size() && std::floor(points[end].x) == std::floor(points[begin].x)) ++end;
    std::size_t low = begin;
    std::size_t high = begin;
    for (std::size_t i = begin; i < end; ++i) {
      if (points[i].y < points[low].y) low = i;
      if (points[i].y > points[high].y) high = i;
    }
    std::vector<std::size_t> kept = {begin, low, high, end - 1};
    std::sort(kept.begin(), kept.end());
    kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
    for (const std::size_t i : kept) result.push_back(points[i]);
    begin = end;
  }
  return result;
}

// Both edges between two gaps of the band.
struct BandPiece {
  std::vector<Point> lower, upper;
};

std::vector<BandPiece> band_pieces(const Curve& curve, const PlotFrame& frame) {
  std::vector<BandPiece> result(1);
  const auto inside = [&](double value) { return std::clamp(value, frame.y.low, frame.y.high); };
  for (std::size_t i = 0; i < std::min(curve.low.size(), curve.high.size()); ++i) {
    if (drawable(curve, i, frame) && std::isfinite(curve.low[i]) && std::isfinite(curve.high[i])) {
      const double x = frame.pixel_x(curve.x[i]);
      result.back().lower.push_back({x, frame.pixel_y(inside(curve.low[i]))});
      result.back().upper.push_back({x, frame.pixel_y(inside(curve.high[i]))});
    } else if (!result.back().lower.empty()) {
      result.emplace_back();
    }
  }
  return result;
}

}  // namespace

void draw_curve_line(Svg& svg, const Curve& curve, const PlotFrame& frame, std::size_t number,
                     LineKind kind) {
  constexpr std::size_t kDense = 800;  // points that make a line of full width a smear
  SvgPath path;
  std::size_t drawn = 0;
  for (const std::vector<Point>& piece : pieces(curve, frame)) {
    if (piece.size() == 1) svg.circle(piece[0].x, piece[0].y, 3.5, svg_mark_attributes(number));
    if (piece.size() < 2) continue;
    const std::vector<Point> points = thinned(piece);
    drawn += points.size();
    path.move_to(points[0].x, points[0].y);
    for (std::size_t i = 1; i < points.size(); ++i) path.line_to(points[i].x, points[i].y);
  }
  const bool smear = drawn > kDense && kind == LineKind::kPlain;
  const char* thin = smear || kind == LineKind::kRaw ? " style=\"stroke-width:1px\"" : "";
  const char* faint = kind == LineKind::kRaw ? " stroke-opacity=\"0.25\"" : "";
  svg.path(path, svg_curve_attributes(number) + faint + thin);
}

void draw_curve_band(Svg& svg, const Curve& curve, const PlotFrame& frame, std::size_t number,
                     double opacity) {
  SvgPath path;
  for (const BandPiece& piece : band_pieces(curve, frame)) {
    if (piece.lower.size() < 2) continue;
    const std::vector<Point> upper = thinned(piece.upper);
    const std::vector<Point> lower = thinned(piece.lower);
    path.move_to(upper[0].x, upper[0].y);
    for (std::size_t i = 1; i < upper.size(); ++i) path.line_to(upper[i].x, upper[i].y);
    for (auto point = lower.rbegin(); point != lower.rend(); ++point) path.line_to(point->x, point->y);
    path.close();
  }
  svg.path(path, fmt::format("{} fill-opacity=\"{}\"", svg_mark_attributes(number), svg_number(opacity)));
}

void draw_curve_stop(Svg& svg, const Curve& curve, const PlotFrame& frame, std::size_t number) {
  if (!plottable(curve.stopped_at, frame.x.scale)) return;
  std::optional<std::size_t> last;
  for (std::size_t i = 0; i < curve.x.size(); ++i) {
    if (drawable(curve, i, frame) && curve.x[i] <= curve.stopped_at) last = i;
  }
  if (last) draw_stop_mark(svg, frame.pixel_x(curve.x[*last]), frame.pixel_y(curve.y[*last]), number);
}

std::optional<CurveEnd> curve_end(const Curve& curve, const PlotFrame& frame) {
  for (std::size_t i = curve.x.size(); i-- > 0;) {
    if (drawable(curve, i, frame)) return CurveEnd{frame.pixel_x(curve.x[i]), frame.pixel_y(curve.y[i])};
  }
  return std::nullopt;
}

bool curve_crosses(const Curve& curve, const PlotFrame& frame, const PixelBox& box) {
  for (const std::vector<Point>& piece : pieces(curve, frame)) {
    for (std::size_t i = 0; i < piece.size(); ++i) {
      const Point a = piece[i == 0 ? 0 : i - 1];
      const Point b = piece[i];
      if (std::max(a.x, b.x) < box.left || std::min(a.x, b.x) > box.right) continue;
      // The part of the line from a to b that is above or below the box.
      const auto y_at = [&](double x) {
        return a.x == b.x ? b.y : a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x);
      };
      const double first = y_at(std::clamp(box.left, std::min(a.x, b.x), std::max(a.x, b.x)));
      const double last = y_at(std::clamp(box.right, std::min(a.x, b.x), std::max(a.x, b.x)));
      if (std::max(first, last) >= box.top && std::min(first, last) <= box.bottom) return true;
    }
  }
  return false;
}

}  // namespace gradus::report
