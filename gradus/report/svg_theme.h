// Colours, dashes and type of every picture, light and dark. The curve colours are Okabe and Ito's, made for
// colour-blind eyes; each curve also has its own dashes, so that a print in grey can be read.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace gradus::report {

inline constexpr double kFontSize = 12;

// The style sheet of a document, light or dark as the reader prefers; all its selectors are inside `.gradus`, so that a page may hold many
// pictures.
[[nodiscard]] const std::string& svg_style();

// The same for one theme, whatever the reader prefers.
enum class Theme { kLight, kDark };
[[nodiscard]] std::string svg_style(Theme theme);

// `class="curve c2" stroke-dasharray="7 4"` for the curve of that number; any number is fine.
[[nodiscard]] std::string svg_curve_attributes(std::size_t curve);

// `class="mark c2"`: the curve's colour as a fill.
[[nodiscard]] std::string svg_mark_attributes(std::size_t curve);

// `class="ring c2"`: outlined in the curve's colour, filled with the ground.
[[nodiscard]] std::string svg_ring_attributes(std::size_t curve);

// Viridis at 0 (dark violet) to 1 (yellow), as "#rrggbb".
[[nodiscard]] std::string viridis(double share);

// Colours of paths drawn over a coloured map; a dark casing sets them off.
inline constexpr std::array<std::string_view, 6> kPathColours = {"#ff5a1f", "#ffffff", "#ff9ad5",
                                                                 "#ffd21f", "#7fe7ff", "#c9c9c9"};

}  // namespace gradus::report
