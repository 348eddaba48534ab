// What a network is: a plain list of layers, as in PyTorch's nn.Sequential. How it is computed:
// gradus/nn/propagation.h.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "gradus/nn/activation.h"

namespace gradus {

// Normalization and dropout layers take their place here.
enum class LayerKind { kDense, kActivation };

struct LayerSpec {
  LayerKind kind = LayerKind::kDense;
  std::size_t outputs = 0;                        // dense
  bool bias = true;                               // dense
  Activation activation = Activation::kIdentity;  // activation

  friend bool operator==(const LayerSpec&, const LayerSpec&) = default;
};

[[nodiscard]] LayerSpec dense(std::size_t outputs, bool bias = true);
[[nodiscard]] LayerSpec activation_layer(Activation activation);

struct NetworkSpec {
  std::size_t inputs = 0;  // with the bias trick the column of ones is one of them
  std::vector<LayerSpec> layers;

  [[nodiscard]] std::size_t outputs() const;
  // Throws Error(kBadConfiguration): no inputs, no dense layer, zero outputs, more than 2^31 parameters.
  void validate() const;

  friend bool operator==(const NetworkSpec&, const NetworkSpec&) = default;
};

// inputs - hidden[0] - ... - outputs with `hidden_activation` after each hidden layer; `output_activation`
// after the last where it is not kIdentity.
[[nodiscard]] NetworkSpec multilayer_perceptron(std::size_t inputs, const std::vector<std::size_t>& hidden,
                                                std::size_t outputs, Activation hidden_activation,
                                                Activation output_activation = Activation::kIdentity,
                                                bool bias = true);

// One tensor of the flat parameter block. Names are PyTorch's nn.Sequential's: "0.weight", "0.bias",
// "2.weight", ...
struct ParameterInfo {
  std::string name;
  std::size_t layer = 0;   // index in NetworkSpec::layers
  std::size_t rows = 0;    // weight (I, O): I; bias: 1
  std::size_t cols = 0;    // O
  std::size_t offset = 0;  // elements from the start of the block; tensors start at 64-byte boundaries
  bool is_weight = false;  // penalties (l1, l2) are on weights alone

  [[nodiscard]] std::size_t size() const { return rows * cols; }
};

// Its shape in files, outputs first as in PyTorch: weight (O, I), bias (O).
[[nodiscard]] std::vector<std::size_t> file_shape(const ParameterInfo& info);

struct ParameterTable {
  std::vector<ParameterInfo> tensors;  // in layer order, weight before bias
  std::size_t block_size = 0;          // elements of the flat block, padding included
  std::size_t count = 0;               // parameters, padding excluded
};

[[nodiscard]] ParameterTable parameter_table(const NetworkSpec& spec);

// Several lines: each layer with its output width, its parameters and the formula that gives the count, and
// the sum. `ones_column`: the last input is the bias trick's column of ones; the formula then says
// (784 + 1) x 64.
[[nodiscard]] std::string summary(const NetworkSpec& spec, bool ones_column = false);

}  // namespace gradus
