// Checks of a network's description, the layout of its parameters, and its summary for people.
#include "gradus/nn/network_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "gradus/core/buffer.h"
#include "gradus/core/error.h"
#include "gradus/core/names.h"

namespace gradus {
namespace {

constexpr std::array<std::string_view, 3> kNormalizationNames = {"none", "batch", "layer"};

constexpr std::uint64_t kMaxParameters = std::uint64_t{1} << 31;
// Tensors start at cache lines in either precision.
constexpr std::size_t kTensorAlignment = kAlignment / sizeof(float);

std::size_t aligned(std::size_t elements) {
  return (elements + kTensorAlignment - 1) / kTensorAlignment * kTensorAlignment;
}

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorCode::kBadConfiguration, "checking the network: " + what);
}

// 50890 -> "50,890"
std::string grouped(std::size_t number) {
  std::string text = std::to_string(number);
  for (std::size_t end = text.size(); end > 3; end -= 3) text.insert(end - 3, 1, ',');
  return text;
}

// The activation that the outputs of dense layer `index` go through, normalized or not.
Activation activation_behind(const NetworkSpec& spec, std::size_t index) {
  std::size_t next = index + 1;
  while (next < spec.layers.size() && is_normalization(spec.layers[next].kind)) ++next;
  const bool found = next < spec.layers.size() && spec.layers[next].kind == LayerKind::kActivation;
  return found ? spec.layers[next].activation : Activation::kIdentity;
}

// Gives every tensor its place in the block: first what is trained, then the buffers.
void place(ParameterTable& table) {
  for (const bool buffers : {false, true}) {
    for (ParameterInfo& tensor : table.tensors) {
      if (tensor.is_buffer != buffers) continue;
      tensor.offset = table.block_size;
      table.block_size += aligned(tensor.size());
      if (!buffers) table.count += tensor.size();
    }
    if (!buffers) table.trained_size = table.block_size;
  }
}

using SummaryRow = std::array<std::string, 5>;

std::string format_rows(const std::vector<SummaryRow>& rows) {
  std::array<std::size_t, 4> width{};
  for (const SummaryRow& row : rows) {
    for (std::size_t c = 0; c < width.size(); ++c) width[c] = std::max(width[c], row[c].size());
  }
  std::string text;
  for (const SummaryRow& row : rows) {
    text += fmt::format("{:<{}}  {:<{}}  {:>{}}  {:>{}}", row[0], width[0], row[1], width[1], row[2],
                        width[2], row[3], width[3]);
    if (!row[4].empty()) text += "  " + row[4];
    text += '\n';
  }
  return text;
}

}  // namespace

std::span<const std::string_view> normalization_names() {
  return kNormalizationNames;
}

Normalization normalization_from_name(std::string_view name) {
  return static_cast<Normalization>(index_of_name("normalization", name, kNormalizationNames));
}

LayerSpec dense(std::size_t outputs, bool bias) {
  return {.kind = LayerKind::kDense, .outputs = outputs, .bias = bias};
}

LayerSpec activation_layer(Activation activation) {
  return {.kind = LayerKind::kActivation, .outputs = 0, .bias = false, .activation = activation};
}

LayerSpec batch_norm() {
  return {.kind = LayerKind::kBatchNorm, .bias = false};
}

LayerSpec layer_norm() {
  return {.kind = LayerKind::kLayerNorm, .bias = false};
}

LayerSpec dropout_layer(double rate) {
  return {.kind = LayerKind::kDropout, .bias = false, .rate = rate};
}

std::string_view name_of(const LayerSpec& layer) {
  switch (layer.kind) {
    case LayerKind::kDense:
      return "dense";
    case LayerKind::kActivation:
      return name_of(layer.activation);
    case LayerKind::kBatchNorm:
      return "batch_norm";
    case LayerKind::kLayerNorm:
      return "layer_norm";
    case LayerKind::kDropout:
      return "dropout";
  }
  return "";
}

std::size_t NetworkSpec::outputs() const {
  for (std::size_t i = layers.size(); i-- > 0;) {
    if (layers[i].kind == LayerKind::kDense) return layers[i].outputs;
  }
  return inputs;
}

void NetworkSpec::validate() const {
  if (inputs == 0) fail("0 inputs; expected at least one");
  if (std::ranges::none_of(layers, [](const LayerSpec& layer) { return layer.kind == LayerKind::kDense; })) {
    fail("no dense layer; expected at least one");
  }
  std::uint64_t count = 0;
  std::uint64_t width = inputs;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const LayerSpec& layer = layers[i];
    if (layer.kind == LayerKind::kDropout && !(layer.rate >= 0 && layer.rate < 1)) {
      fail(fmt::format("layer {} drops a share of {}; expected at least 0 and below 1", i, layer.rate));
    }
    if (is_normalization(layer.kind)) count += 2 * width;
    if (layer.kind != LayerKind::kDense) continue;
    if (layer.outputs == 0) fail(fmt::format("layer {} has 0 outputs; expected at least one", i));
    // Checked by division first: the product of two user's numbers may not fit.
    const bool fits = width <= kMaxParameters && layer.outputs <= kMaxParameters / width;
    count += fits ? width * layer.outputs + (layer.bias ? layer.outputs : 0) : kMaxParameters + 1;
    if (count > kMaxParameters) {
      fail(fmt::format("layer {} ({} x {}) brings it to more than {} parameters; make it narrower", i, width,
                       layer.outputs, kMaxParameters));
    }
    width = layer.outputs;
  }
}

NetworkSpec multilayer_perceptron(std::size_t inputs, const std::vector<std::size_t>& hidden,
                                  std::size_t outputs, Activation hidden_activation,
                                  Activation output_activation, bool bias, Normalization normalization,
                                  double dropout) {
  NetworkSpec spec{.inputs = inputs, .layers = {}};
  for (const std::size_t width : hidden) {
    spec.layers.push_back(dense(width, bias && normalization != Normalization::kBatch));
    if (normalization == Normalization::kBatch) spec.layers.push_back(batch_norm());
    if (normalization == Normalization::kLayer) spec.layers.push_back(layer_norm());
    spec.layers.push_back(activation_layer(hidden_activation));
    if (dropout != 0) spec.layers.push_back(dropout_layer(dropout));
  }
  spec.layers.push_back(dense(outputs, bias));
  if (output_activation != Activation::kIdentity) spec.layers.push_back(activation_layer(output_activation));
  return spec;
}

std::vector<std::size_t> file_shape(const ParameterInfo& info) {
  if (info.is_weight) return {info.cols, info.rows};
  return {info.cols};
}

ParameterTable parameter_table(const NetworkSpec& spec) {
  spec.validate();
  ParameterTable table;
  std::size_t width = spec.inputs;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    const auto append = [&](const char* name, ParameterInfo tensor) {
      tensor.name = fmt::format("{}.{}", i, name);
      tensor.layer = i;
      tensor.cols = width;
      table.tensors.push_back(std::move(tensor));
    };
    if (layer.kind == LayerKind::kDense) {
      const std::size_t inputs = std::exchange(width, layer.outputs);
      append("weight", {.rows = inputs, .is_weight = true, .activation = activation_behind(spec, i)});
      if (layer.bias) append("bias", {.rows = 1});
    } else if (is_normalization(layer.kind)) {
      append("weight", {.rows = 1, .initial_value = 1});
      append("bias", {.rows = 1});
      if (layer.kind == LayerKind::kLayerNorm) continue;
      append("running_mean", {.rows = 1, .is_buffer = true});
      append("running_var", {.rows = 1, .is_buffer = true, .initial_value = 1});
    }
  }
  place(table);
  return table;
}

std::string summary(const NetworkSpec& spec, bool ones_column) {
  const std::size_t total = parameter_table(spec).count;
  std::vector<SummaryRow> rows = {{"layer", "kind", "output", "parameters", "formula"}};
  std::size_t width = spec.inputs;
  bool first = true;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    if (layer.kind != LayerKind::kDense) {
      rows.push_back({std::to_string(i), std::string(name_of(layer)), std::to_string(width),
                      is_normalization(layer.kind) ? grouped(2 * width) : "0",
                      is_normalization(layer.kind)        ? fmt::format("2 x {}", width)
                      : layer.kind == LayerKind::kDropout ? fmt::format("rate {}", layer.rate)
                                                          : ""});
      continue;
    }
    const std::string fan_in =
        first && ones_column ? fmt::format("({} + 1)", width - 1) : std::to_string(width);
    const std::string bias = layer.bias ? fmt::format(" + {}", layer.outputs) : "";
    rows.push_back({std::to_string(i), "dense", std::to_string(layer.outputs),
                    grouped(width * layer.outputs + (layer.bias ? layer.outputs : 0)),
                    fmt::format("{} x {}{}", fan_in, layer.outputs, bias)});
    width = layer.outputs;
    first = false;
  }
  rows.push_back({"total", "", "", grouped(total), ""});
  return format_rows(rows);
}

}  // namespace gradus
