// A small image of at most 256 colours as a PNG file: a dozen lines around zlib.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gradus::report {

struct PaletteColour {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
};

struct PaletteImage {
  std::size_t width = 0;
  std::size_t height = 0;
  std::vector<std::uint8_t> pixels = {};    // row by row from the top, indices of the palette
  std::vector<PaletteColour> palette = {};  // 1 to 256
};

// The bytes of the file. Neither side may be 0.
[[nodiscard]] std::string write_png(const PaletteImage& image);

// RFC 4648 with padding.
[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace gradus::report
