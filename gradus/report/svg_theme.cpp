#include "gradus/report/svg_theme.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace gradus::report {

namespace {

// Blue, vermillion, green, purple, orange, sky, ink. Okabe and Ito's yellow is left out: it cannot be seen on
// white.
constexpr std::array<std::string_view, 7> kLightCurves = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                          "#e69f00", "#56b4e9", "#1f2328"};
constexpr std::array<std::string_view, 7> kDarkCurves = {"#4aa8e0", "#ff8a3d", "#2cc79b", "#e39bc4",
                                                         "#f2b632", "#8fd0f5", "#e6edf3"};

constexpr std::array<std::string_view, 5> kDashes = {"", "7 3", "2 3", "9 3 2 3", "14 4"};

constexpr std::string_view kCommonStyle =
    ".gradus text{font-family:system-ui,sans-serif;font-size:12px}"
    ".gradus .title{font-size:17px;font-weight:600}"
    ".gradus .heading{font-weight:600}"
    ".gradus .small{font-size:11px}"
    ".gradus .curve{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:butt}"
    ".gradus .mark{stroke:none}"
    ".gradus .grid,.gradus .axis,.gradus .marker{fill:none;stroke-width:1}"
    ".gradus .marker{stroke-dasharray:3 3}"
    ".gradus .ring{stroke-width:2}"
    ".gradus .faint{fill:none;stroke-width:1.25}"
    ".gradus .whisker{fill:none;stroke-width:2}"
    ".gradus .band{fill-opacity:.25}"
    ".gradus .seed{fill-opacity:.5}"
    ".gradus .open{stroke-width:2}"
    ".gradus .figures{font-variant-numeric:tabular-nums}"
    ".gradus .hatch{fill:none;stroke-width:1}"
    ".gradus .halo{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}";

struct Ground {
  std::string_view ground, ink, muted, grid, axis, right, wrong, empty, faint;
};
constexpr Ground kLight = {"#ffffff", "#1f2328", "#59636e", "#e3e7eb", "#6e7781",
                           "#0072b2", "#d55e00", "#f3f5f7", "#a8b1ba"};
constexpr Ground kDark = {"#0d1117", "#e6edf3", "#9aa4af", "#242b33", "#7d8590",
                          "#1f78b4", "#c25a10", "#171d24", "#59636e"};

template <std::size_t N>
std::string ground_style(const Ground& c, const std::array<std::string_view, N>& curves) {
  std::string style = fmt::format(
      ".gradus .ground{{fill:{0}}}.gradus text{{fill:{1}}}.gradus .muted{{fill:{2}}}.gradus "
      ".grid{{stroke:{3}}}"
      ".gradus .axis,.gradus .marker{{stroke:{4}}}.gradus .halo{{stroke:{0}}}"
      ".gradus .ring{{fill:{0}}}.gradus .open{{fill:{0};stroke:{1}}}.gradus .seed{{fill:{2}}}.gradus "
      ".faint{{stroke:{8}}}.gradus .band{{fill:{2}}}"
      ".gradus .whisker{{stroke:{1}}}.gradus .hatch{{stroke:{8}}}.gradus .frame{{fill:none;stroke:{1}}}"
      ".gradus .right{{fill:{5}}}.gradus .wrong{{fill:{6}}}.gradus .empty{{fill:{7}}}",
      c.ground, c.ink, c.muted, c.grid, c.axis, c.right, c.wrong, c.empty, c.faint);
  for (std::size_t i = 0; i < N; ++i) {
    style += fmt::format(".gradus .curve.c{0},.gradus .ring.c{0}{{stroke:{1}}}.gradus .mark.c{0}{{fill:{1}}}",
                         i, curves[i]);
  }
  return style;
}

}  // namespace

const std::string& svg_style() {
  static const std::string style = svg_style(Theme::kLight) +
                                   "\n@media screen and (prefers-color-scheme:dark){" +
                                   ground_style(kDark, kDarkCurves) + "}";
  return style;
}

std::string svg_style(Theme theme) {
  const std::string ground =
      theme == Theme::kDark ? ground_style(kDark, kDarkCurves) : ground_style(kLight, kLightCurves);
  return std::string(kCommonStyle) + ground + ".gradus .deep{fill:#ffffff}";
}

std::string svg_curve_attributes(std::size_t curve) {
  const std::string_view dashes = kDashes[curve % kDashes.size()];
  const std::string colour = fmt::format("class=\"curve c{}\"", curve % kLightCurves.size());
  return dashes.empty() ? colour : fmt::format("{} stroke-dasharray=\"{}\"", colour, dashes);
}

std::string svg_mark_attributes(std::size_t curve) {
  return fmt::format("class=\"mark c{}\"", curve % kLightCurves.size());
}

std::string svg_ring_attributes(std::size_t curve) {
  return fmt::format("class=\"ring c{}\"", curve % kLightCurves.size());
}

std::string viridis(double share) {
  constexpr std::array<std::array<int, 3>, 11> kStops = {{{68, 1, 84},
                                                          {72, 36, 117},
                                                          {65, 68, 135},
                                                          {53, 95, 141},
                                                          {42, 120, 142},
                                                          {33, 145, 140},
                                                          {34, 168, 132},
                                                          {68, 191, 112},
                                                          {122, 209, 81},
                                                          {189, 223, 38},
                                                          {253, 231, 37}}};
  const double place = std::clamp(share, 0.0, 1.0) * (kStops.size() - 1);
  const std::size_t stop = std::min(static_cast<std::size_t>(place), kStops.size() - 2);
  const double between = place - static_cast<double>(stop);
  std::array<long, 3> rgb{};
  for (std::size_t i = 0; i < 3; ++i) {
    rgb[i] = std::lround(kStops[stop][i] + between * (kStops[stop + 1][i] - kStops[stop][i]));
  }
  return fmt::format("#{:02x}{:02x}{:02x}", rgb[0], rgb[1], rgb[2]);
}

}  // namespace gradus::report
