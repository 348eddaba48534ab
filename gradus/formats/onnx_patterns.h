// Layers that take several ONNX operators. Internal to formats/.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gradus/formats/onnx_index.h"
#include "gradus/nn/network_spec.h"

namespace gradus::onnx {

struct Pattern {
  LayerSpec layer{};
  std::vector<std::size_t> nodes = {};  // the last one makes the layer's output
};

// The layer that begins at value x of that width: silu, gelu, lecun_tanh, and layer normalization, whose weight and bias stand
// in the last two nodes. Empty where there is none.
[[nodiscard]] std::optional<Pattern> find_pattern(const GraphIndex& index, const std::string& x);

}  // namespace gradus::onnx
