// What files of other programs do not say about their networks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gradus/kernels/activation.h"
#include "gradus/nn/loss.h"

namespace gradus {

// Answers for a file that leaves questions; each may stay open.
struct ImportOptions {
  // Between the layers with weights, in order; one serves for all. Empty: relu, or what an ONNX graph says.
  std::vector<Activation> activations = {};
  // Empty: softmax_cross_entropy of several outputs, mean_squared_error of one, or as an ONNX graph ends.
  std::optional<LossKind> loss = {};
  std::vector<std::string> classes = {};  // empty: 0, 1, ...

  [[nodiscard]] bool empty() const { return activations.empty() && !loss && classes.empty(); }
};

}  // namespace gradus
