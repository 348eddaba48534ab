// What a network is: a plain list of layers, as in PyTorch's nn.Sequential. How it is computed:
// gradus/nn/propagation.h.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/nn/activation.h"

namespace gradus {

// What a layer does.
enum class LayerKind {
  kDense,
  kActivation,
  kBatchNorm,  // Ioffe and Szegedy 2015; PyTorch's BatchNorm1d: epsilon 1e-5, running statistics with momentum 0.1
  kLayerNorm,  // Ba et al. 2016; PyTorch's LayerNorm over the units of a row: epsilon 1e-5
  kDropout,    // Srivastava et al. 2014, inverted: kept units are scaled by 1 / (1 - rate) in training
};

[[nodiscard]] constexpr bool is_normalization(LayerKind kind) {
  return kind == LayerKind::kBatchNorm || kind == LayerKind::kLayerNorm;
}

// What stands between a hidden dense layer and its activation.
enum class Normalization { kNone, kBatch, kLayer };
// none batch layer; an unknown name is Error(kBadConfiguration)
[[nodiscard]] std::span<const std::string_view> normalization_names();
[[nodiscard]] Normalization normalization_from_name(std::string_view name);

// One layer; the comment behind a field names the layers that it is for.
struct LayerSpec {
  LayerKind kind = LayerKind::kDense;
  std::size_t outputs = 0;                        // dense
  bool bias = true;                               // dense
  Activation activation = Activation::kIdentity;  // activation
  double rate = 0;                                // dropout: share of units dropped, [0, 1)

  friend bool operator==(const LayerSpec&, const LayerSpec&) = default;
};

[[nodiscard]] LayerSpec dense(std::size_t outputs, bool bias = true);
[[nodiscard]] LayerSpec activation_layer(Activation activation);
[[nodiscard]] LayerSpec batch_norm();
[[nodiscard]] LayerSpec layer_norm();
[[nodiscard]] LayerSpec dropout_layer(double rate);
// dense, batch_norm, layer_norm, dropout; of an activation its name
[[nodiscard]] std::string_view name_of(const LayerSpec& layer);

// A network as a plain value: how many inputs, then its layers from below.
struct NetworkSpec {
  std::size_t inputs = 0;  // with the bias trick the column of ones is one of them
  std::vector<LayerSpec> layers;

  [[nodiscard]] std::size_t outputs() const;
  // Throws Error(kBadConfiguration): no inputs, no dense layer, zero outputs, a rate outside of [0, 1), more
  // than 2^31 parameters.
  void validate() const;

  friend bool operator==(const NetworkSpec&, const NetworkSpec&) = default;
};

// inputs - hidden[0] - ... - outputs. Behind each hidden layer: the normalization, `hidden_activation`, and
// dropout where the rate is not 0. A hidden layer before batch normalization has no bias: the mean takes it
// away again. `output_activation` after the last layer where it is not kIdentity.
[[nodiscard]] NetworkSpec multilayer_perceptron(std::size_t inputs, const std::vector<std::size_t>& hidden,
                                                std::size_t outputs, Activation hidden_activation,
                                                Activation output_activation = Activation::kIdentity,
                                                bool bias = true,
                                                Normalization normalization = Normalization::kNone,
                                                double dropout = 0);

// One tensor of the flat parameter block. Names are PyTorch's nn.Sequential's: "0.weight", "0.bias",
// "1.running_mean", ...
struct ParameterInfo {
  std::string name{};
  std::size_t layer = 0;   // index in NetworkSpec::layers
  std::size_t rows = 0;    // weight (I, O): I; else 1
  std::size_t cols = 0;    // O
  std::size_t offset = 0;  // elements from the start of the block; tensors start at 64-byte boundaries
  bool is_weight =
      false;  // of a dense layer: drawn by the initializer; penalties and max-norm are on these alone
  bool is_buffer = false;    // running statistics: kept and saved, but no parameter; nothing trains them
  double initial_value = 0;  // of what is no weight: 1 for scales and running variances
  // Of a weight: the activation behind the layer, kIdentity where there is none; gains depend on it.
  Activation activation = Activation::kIdentity;

  [[nodiscard]] std::size_t size() const { return rows * cols; }
};

// Its shape in files, outputs first as in PyTorch: weight (O, I), the others (O).
[[nodiscard]] std::vector<std::size_t> file_shape(const ParameterInfo& info);

// Where each tensor lies in the one flat block of parameters.
struct ParameterTable {
  std::vector<ParameterInfo> tensors;  // in layer order, as PyTorch's state_dict has them
  std::size_t block_size = 0;          // elements of the flat block, padding included
  std::size_t trained_size = 0;        // of them the leading ones, which are trained; buffers lie behind
  std::size_t count = 0;               // parameters, without padding and buffers
};

[[nodiscard]] ParameterTable parameter_table(const NetworkSpec& spec);

// Several lines: each layer with its output width, its parameters and the formula that gives the count, and
// the sum. `ones_column`: the last input is the bias trick's column of ones; the formula then says
// (784 + 1) x 64.
[[nodiscard]] std::string summary(const NetworkSpec& spec, bool ones_column = false);

}  // namespace gradus
