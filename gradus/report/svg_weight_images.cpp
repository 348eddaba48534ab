#include "gradus/report/svg_weight_images.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "gradus/core/error.h"
#include "gradus/report/axis.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/png_image.h"
#include "gradus/report/svg.h"
#include "gradus/report/svg_frame.h"
#include "gradus/report/svg_theme.h"

namespace gradus::report {

namespace {

constexpr double kBetween = 8;
constexpr double kNameHeight = 15;
constexpr double kLeastTile = 40;
constexpr double kLargestTile = 112;
constexpr double kStripWidth = 220;
constexpr double kStripHeight = 12;
// Palette entries: shades from 0 to 62, the middle one for zero, then the one for what is not finite. More
// shades would not be told apart and would double the size of the picture.
constexpr int kSteps = 62;
constexpr std::uint8_t kNotFinite = kSteps + 1;

// Cividis, made for colour-blind eyes: dark blue, grey in the middle, yellow, lighter all the way. So a sign
// can be told in a print in grey too, which no pair of colours around white allows.
PaletteColour cividis(double share) {
  constexpr std::array<std::array<int, 3>, 9> kStops = {{{0, 34, 78},
                                                         {18, 53, 112},
                                                         {59, 73, 108},
                                                         {87, 93, 109},
                                                         {112, 113, 115},
                                                         {138, 134, 120},
                                                         {165, 156, 116},
                                                         {195, 179, 105},
                                                         {254, 232, 56}}};
  const double place = std::clamp(share, 0.0, 1.0) * (kStops.size() - 1);
  const std::size_t stop = std::min(static_cast<std::size_t>(place), kStops.size() - 2);
  const double between = place - static_cast<double>(stop);
  const auto mixed = [&](std::size_t part) {
    return static_cast<std::uint8_t>(
        std::lround(kStops[stop][part] + between * (kStops[stop + 1][part] - kStops[stop][part])));
  };
  return {mixed(0), mixed(1), mixed(2)};
}

std::vector<PaletteColour> palette() {
  std::vector<PaletteColour> colours;
  for (int i = 0; i <= kSteps; ++i) colours.push_back(cividis(static_cast<double>(i) / kSteps));
  colours.push_back({213, 0, 50});
  return colours;
}

struct Tiles {
  std::size_t units;  // in the layer
  std::size_t shown;
  std::size_t columns;
  double width, height;  // of one
  double limit;          // the scale goes from minus to plus this

  [[nodiscard]] std::size_t rows() const { return (shown + columns - 1) / columns; }
};

Tiles tiles_of(const WeightImages& images, double width) {
  const std::size_t inputs = images.image_width * images.image_height * images.channels;
  GRADUS_ASSERT(inputs > 0 && images.weights.size() % inputs == 0, images.weights.size(), images.image_width,
                images.image_height, images.channels);
  Tiles tiles{};
  tiles.units = images.weights.size() / inputs;
  tiles.shown = std::min(tiles.units, images.most_units);
  const double room = width - 2 * kPictureMargin + kBetween;
  const double least_columns = std::floor(room / (kLargestTile + kBetween));
  const double most_columns = std::max(1.0, std::floor(room / (kLeastTile + kBetween)));
  // About as many columns as rows, so that many units make small tiles.
  const double square = std::ceil(std::sqrt(static_cast<double>(tiles.shown) * 1.6));
  tiles.columns = static_cast<std::size_t>(std::clamp(square, std::max(1.0, least_columns), most_columns));
  tiles.width = std::min(kLargestTile, std::floor(room / static_cast<double>(tiles.columns) - kBetween));
  const double lines = static_cast<double>(images.image_height * images.channels);
  tiles.height = std::max(1.0, tiles.width * lines / static_cast<double>(images.image_width));
  tiles.limit = weight_scale(images.weights);
  return tiles;
}

std::uint8_t shade(float weight, double limit) {
  if (!std::isfinite(weight)) return kNotFinite;
  const double share = std::clamp(0.5 + static_cast<double>(weight) / limit / 2, 0.0, 1.0);
  return static_cast<std::uint8_t>(std::lround(share * kSteps));
}

// Every weight is a square of pixels, two for each of the picture's, for renderers that blur what they enlarge.
std::string tile_png(const WeightImages& images, std::size_t unit, const Tiles& tiles) {
  const double sharp = std::ceil(2 * tiles.width / static_cast<double>(images.image_width));
  const auto enlarged = static_cast<std::size_t>(std::max(1.0, sharp));
  const std::size_t lines = images.image_height * images.channels;
  PaletteImage image;
  image.width = images.image_width * enlarged;
  image.height = lines * enlarged;
  image.palette = palette();
  image.pixels.resize(image.width * image.height);
  for (std::size_t y = 0; y < image.height; ++y) {
    for (std::size_t x = 0; x < image.width; ++x) {
      const std::size_t input = y / enlarged * images.image_width + x / enlarged;
      image.pixels[y * image.width + x] = shade(images.weights[input * tiles.units + unit], tiles.limit);
    }
  }
  return write_png(image);
}

// The strip of colours with what its ends and its middle stand for.
void draw_strip(Svg& svg, double x, double y, const Tiles& tiles) {
  PaletteImage strip;
  strip.width = kSteps + 1;
  strip.height = 1;
  strip.palette = palette();
  for (int i = 0; i <= kSteps; ++i) strip.pixels.push_back(static_cast<std::uint8_t>(i));
  svg.image(x, y, kStripWidth, kStripHeight, write_png(strip));
  const std::string limit = format_significant(tiles.limit, 3);
  const double text_y = y + kStripHeight + 15;
  svg.text(x, text_y, "≤ −" + limit, "class=\"muted\"");
  svg.text(x + kStripWidth / 2, text_y, "0", "class=\"muted\" text-anchor=\"middle\"");
  svg.text(x + kStripWidth, text_y, "≥ " + limit, "class=\"muted\" text-anchor=\"end\"");
}

std::string subtitle_of(const WeightImages& images, const Tiles& tiles) {
  if (!images.subtitle.empty() && tiles.shown == tiles.units) return images.subtitle;
  const std::string count = tiles.shown < tiles.units
                                ? fmt::format("the first {} of {} units", tiles.shown, tiles.units)
                                : fmt::format("{} unit{}", tiles.units, tiles.units == 1 ? "" : "s");
  return images.subtitle.empty() ? count : images.subtitle + ", " + count;
}

}  // namespace

double weight_scale(const std::vector<float>& weights) {
  std::vector<float> sizes;
  sizes.reserve(weights.size());
  for (const float weight : weights) {
    if (std::isfinite(weight)) sizes.push_back(std::abs(weight));
  }
  if (sizes.empty()) return 1;
  const auto at = sizes.begin() + static_cast<std::ptrdiff_t>((sizes.size() - 1) * 995 / 1000);
  std::nth_element(sizes.begin(), at, sizes.end());
  const float largest = *std::max_element(sizes.begin(), sizes.end());
  return *at > 0 ? *at : largest > 0 ? largest : 1;
}

std::string svg_weight_images(const WeightImages& images) {
  const double width = std::max(320.0, images.width);
  const Tiles tiles = tiles_of(images, width);
  const PictureTitle title(images.title, subtitle_of(images, tiles), width);
  const double strip_y = title.bottom() + 8;
  const double top = strip_y + kStripHeight + 34;
  const double step_y = tiles.height + kNameHeight + kBetween;
  Svg svg(width, top + static_cast<double>(tiles.rows()) * step_y + 14, images.title,
          fmt::format(
              "The weights into {} units as images of {} by {} pixels, dark blue below zero, yellow above.",
              tiles.shown, images.image_width, images.image_height));
  title.draw(svg);
  draw_strip(svg, kPictureMargin, strip_y, tiles);
  for (std::size_t unit = 0; unit < tiles.shown; ++unit) {
    const std::size_t row = unit / tiles.columns;
    const std::size_t column = unit % tiles.columns;
    const double x = kPictureMargin + static_cast<double>(column) * (tiles.width + kBetween);
    const double y = top + static_cast<double>(row) * step_y;
    svg.image(x, y, tiles.width, tiles.height, tile_png(images, unit, tiles));
    const std::string name = unit < images.names.size() ? images.names[unit] : std::to_string(unit);
    svg.text(x + tiles.width / 2, y + tiles.height + 12, fit_text(name, tiles.width, 11),
             "class=\"small muted\" text-anchor=\"middle\"");
  }
  if (tiles.shown == 0) svg.text(kPictureMargin, top, "no units", "class=\"muted\"");
  return svg.finish();
}

}  // namespace gradus::report
