#include "gradus/report/png_image.h"

#include <zlib.h>

#include "gradus/core/error.h"

namespace gradus::report {

namespace {

void append_big_endian(std::string& bytes, std::size_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
}

// Length, name, content, check sum over name and content.
void append_chunk(std::string& file, std::string_view name, std::string_view content) {
  append_big_endian(file, content.size());
  const std::size_t begin = file.size();
  file += name;
  file += content;
  const auto* checked = reinterpret_cast<const Bytef*>(file.data() + begin);
  append_big_endian(file, crc32(0, checked, static_cast<uInt>(file.size() - begin)));
}

std::string compressed(std::string_view bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string result(size, '\0');
  const int status =
      compress2(reinterpret_cast<Bytef*>(result.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                static_cast<uLong>(bytes.size()), 9);
  GRADUS_ASSERT(status == Z_OK, status);
  result.resize(size);
  return result;
}

}  // namespace

std::string write_png(const PaletteImage& image) {
  GRADUS_ASSERT(image.width > 0 && image.height > 0, image.width, image.height);
  GRADUS_ASSERT(image.pixels.size() == image.width * image.height, image.pixels.size(), image.width,
                image.height);
  GRADUS_ASSERT(!image.palette.empty() && image.palette.size() <= 256, image.palette.size());
  std::string header;
  append_big_endian(header, image.width);
  append_big_endian(header, image.height);
  header += std::string("\x08\x03\x00\x00\x00",
                        5);  // 8 bits, palette, the only compression and filter, no interlace
  std::string colours;
  for (const PaletteColour& colour : image.palette) {
    for (const std::uint8_t part : {colour.red, colour.green, colour.blue})
      colours += static_cast<char>(part);
  }
  std::string rows;
  for (std::size_t y = 0; y < image.height; ++y) {
    rows += '\0';  // no filter: neighbours in a palette are not similar numbers
    rows.append(reinterpret_cast<const char*>(image.pixels.data() + y * image.width), image.width);
  }
  std::string file = "\x89PNG\r\n\x1a\n";
  append_chunk(file, "IHDR", header);
  append_chunk(file, "PLTE", colours);
  append_chunk(file, "IDAT", compressed(rows));
  append_chunk(file, "IEND", "");
  return file;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t k) {
      return i + k < bytes.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i + k])) : 0u;
    };
    const std::uint32_t group = byte(0) << 16 | byte(1) << 8 | byte(2);
    for (std::size_t k = 0; k < 4; ++k) {
      text += i + k <= bytes.size() ? kDigits[group >> (18 - 6 * k) & 63] : '=';
    }
  }
  return text;
}

}  // namespace gradus::report
