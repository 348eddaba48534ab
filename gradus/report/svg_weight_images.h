// The weights into each unit of the first layer as images, for inputs that are pixels.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace gradus::report {

struct WeightImages {
  std::string title = {};
  std::string subtitle = {};
  std::size_t image_width = 0;
  std::size_t image_height = 0;
  std::size_t channels = 1;             // one above the other: all pixels of the first channel first
  std::vector<float> weights = {};      // (inputs, units) row-major, as layers hold them
  std::vector<std::string> names = {};  // of the units; empty: their numbers
  std::size_t most_units = 100;         // the first ones; the subtitle says how many were left out
  double width = 760;                   // at least 320
};

// The |w| that gets the strongest colour: the 99.5th percentile, since a few weights far out would turn all others grey.
[[nodiscard]] double weight_scale(const std::vector<float>& weights);

// The document. All tiles share one scale from -m to m, m = weight_scale(), whose middle grey is
// zero; weights that are not finite are red.
[[nodiscard]] std::string svg_weight_images(const WeightImages& images);

}  // namespace gradus::report
