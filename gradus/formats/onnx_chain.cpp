#include "gradus/formats/onnx_chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>

#include "gradus/data/shape.h"
#include "gradus/formats/onnx_graph.h"
#include "gradus/formats/onnx_index.h"
#include "gradus/formats/onnx_patterns.h"

namespace gradus::onnx {

namespace {

using Values = std::vector<double>;

constexpr double kEpsilon = 1e-5;
// Behind the network these turn probabilities into a label.
constexpr std::array<std::string_view, 10> kLabelOps = {
    "ArgMax",           "Cast",     "Concat",
    "Gather",           "Identity", "Reshape",
    "Squeeze",          "Sub",      "ai.onnx.ml.ArrayFeatureExtractor",
    "ai.onnx.ml.ZipMap"};

template <class T>
std::vector<T> transposed(const std::vector<T>& values, std::size_t rows, std::size_t cols) {
  std::vector<T> turned(values.size());
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < cols; ++c) turned[c * rows + r] = values[r * cols + c];
  }
  return turned;
}

class ChainReader {
 public:
  ChainReader(const GraphMessage& graph, const std::string& source, std::vector<std::string>& notes)
      : source_(source), notes_(notes), index_(graph, source), current_(index_.input()) {}

  ImportedNetwork read() {
    while (step()) continue;
    if (width_ == 0) index_.bad("there is no Gemm or MatMul with constant weights behind its input");
    finish_scaling();
    return std::move(result_);
  }

 private:
  bool step();
  bool take_pattern();
  bool take_node(std::size_t node);
  bool take_activation(std::size_t node);
  void take_gemm(std::size_t node);
  void take_matmul(std::size_t node);
  void take_batch_norm(std::size_t node);
  void take_layer_norm(std::size_t node);
  void take_scaling(std::size_t node);
  void scale_inputs(const NodeMessage& node, const Values& constant);
  void scale_output(const NodeMessage& node, double constant);
  void leave_out(std::span<const std::size_t> users);
  void finish_scaling();

  Tensor weight_of(std::size_t node) const;
  void add_dense(std::size_t node, const Tensor& weight, bool turned, std::optional<Tensor> bias);
  void add_layer(LayerSpec layer) { result_.network.layers.push_back(layer); }
  void add_tensor(const char* part, Tensor tensor);
  void move_to(std::size_t node) {
    visited_.insert(node);
    current_ = index_.output_of(node);
  }

  const std::string& source_;
  std::vector<std::string>& notes_;
  const GraphIndex index_;
  std::set<std::size_t> visited_;
  std::string current_;    // the value that is at hand
  std::size_t width_ = 0;  // of it; 0 before the first dense layer
  ImportedNetwork result_{};
  Values shift_{0};
  Values scale_{1};
  bool scaled_ = false;   // in front
  bool in_unit_ = false;  // scaling behind has begun
};

void ChainReader::add_tensor(const char* part, Tensor tensor) {
  result_.weights.tensors.emplace_back(fmt::format("{}.{}", result_.network.layers.size(), part),
                                       std::move(tensor));
}

bool ChainReader::take_pattern() {
  const std::optional<Pattern> pattern = find_pattern(index_, current_);
  if (!pattern) return false;
  if (pattern->layer.kind == LayerKind::kLayerNorm) {
    const std::size_t weight = pattern->nodes.end()[-2];
    const std::size_t bias = pattern->nodes.end()[-1];
    const auto constant = [&](std::size_t node) {
      const std::size_t place = index_.find(index_.node(node).inputs[0]) == nullptr ? 1 : 0;
      return index_.tensor(node, place, width_);
    };
    add_tensor("weight", constant(weight));
    add_tensor("bias", constant(bias));
  }
  add_layer(pattern->layer);
  for (const std::size_t node : pattern->nodes) move_to(node);
  return true;
}

// `turned`: weights are (inputs, outputs).
void ChainReader::add_dense(std::size_t node, const Tensor& weight, bool turned, std::optional<Tensor> bias) {
  const std::size_t outputs = weight.shape[turned ? 1 : 0];
  const std::size_t inputs = weight.shape[turned ? 0 : 1];
  if (inputs == 0 || outputs == 0 || (width_ != 0 && inputs != width_)) {
    index_.bad(fmt::format("node {} ({}) has weights of shape {}; {} values come in", node,
                           index_.node(node).op, shape_text(weight.shape), width_));
  }
  if (in_unit_) index_.refuse(node, " behind scaled outputs");
  if (width_ == 0) result_.network.inputs = inputs;
  Tensor file{.shape = {outputs, inputs}, .values = weight.values};
  if (turned) std::visit([&](auto& values) { values = transposed(values, inputs, outputs); }, file.values);
  add_tensor("weight", std::move(file));
  if (bias) add_tensor("bias", *bias);
  add_layer(dense(outputs, bias.has_value()));
  width_ = outputs;
}

// The two-dimensional constant that a Gemm or MatMul multiplies the value at hand with.
Tensor ChainReader::weight_of(std::size_t i) const {
  const NodeMessage& node = index_.node(i);
  const TensorMessage* found =
      node.inputs.size() < 2 || node.inputs[0] != current_ ? nullptr : index_.find(node.inputs[1]);
  if (found == nullptr) index_.refuse(i, " without constant weights");
  Tensor weight = values_of(*found, source_);
  if (weight.shape.size() != 2)
    index_.bad(fmt::format("node {} ({}) has weights of shape {}", i, node.op, shape_text(weight.shape)));
  return weight;
}

void ChainReader::take_gemm(std::size_t i) {
  const NodeMessage& node = index_.node(i);
  const bool plain =
      node.real("alpha", 1) == 1 && node.real("beta", 1) == 1 && node.integer("transA", 0) == 0;
  if (!plain) index_.refuse(i, " with alpha, beta or transA");
  const Tensor weight = weight_of(i);
  const bool turned = node.integer("transB", 0) == 0;
  std::optional<Tensor> bias;
  if (node.inputs.size() > 2 && !node.inputs[2].empty())
    bias = index_.tensor(i, 2, weight.shape[turned ? 1 : 0]);
  add_dense(i, weight, turned, std::move(bias));
  move_to(i);
}

void ChainReader::take_matmul(std::size_t i) {
  const Tensor weight = weight_of(i);
  const std::string& product = index_.output_of(i);
  const std::vector<std::size_t> add = index_.follow(product, {"Add"});
  const auto beside = add.empty() ? std::nullopt : index_.constant_beside(add.front(), product);
  std::optional<Tensor> bias;
  if (beside && beside->size() == weight.shape[1])
    bias = index_.tensor(add.front(), index_.node(add.front()).inputs[0] == product ? 1 : 0, weight.shape[1]);
  const bool biased = bias.has_value();
  add_dense(i, weight, true, std::move(bias));
  move_to(biased ? add.front() : i);
  visited_.insert(i);
}

void ChainReader::take_batch_norm(std::size_t i) {
  const NodeMessage& node = index_.node(i);
  if (width_ == 0) index_.refuse(i, " before the first dense layer");
  const double extra = static_cast<double>(node.real("epsilon", 1e-5F)) - static_cast<double>(1e-5F);
  Tensor variance = index_.tensor(i, 4, width_);
  // Another epsilon is a variance that is larger by the difference.
  std::visit(
      [&]<class T>(std::vector<T>& values) {
        for (T& value : values) value = static_cast<T>(static_cast<double>(value) + extra);
      },
      variance.values);
  add_tensor("weight", index_.tensor(i, 1, width_));
  add_tensor("bias", index_.tensor(i, 2, width_));
  add_tensor("running_mean", index_.tensor(i, 3, width_));
  add_tensor("running_var", std::move(variance));
  add_layer(batch_norm());
  move_to(i);
}

void ChainReader::take_layer_norm(std::size_t i) {
  const NodeMessage& node = index_.node(i);
  const std::int64_t axis = node.integer("axis", -1);
  const bool plain = width_ != 0 && (axis == -1 || axis == 1) &&
                     near(static_cast<double>(node.real("epsilon", 1e-5F)), kEpsilon);
  if (!plain) index_.refuse(i, " over other axes, or with an epsilon that is not 1e-5");
  add_tensor("weight", index_.tensor(i, 1, width_));
  add_tensor("bias", index_.tensor(i, 2, width_));
  add_layer(layer_norm());
  move_to(i);
}

bool ChainReader::take_activation(std::size_t i) {
  static const std::map<std::string_view, Activation> kKnown = {
      {"Relu", Activation::kRelu},       {"Sigmoid", Activation::kSigmoid},
      {"Tanh", Activation::kTanh},       {"LeakyRelu", Activation::kLeakyRelu},
      {"Elu", Activation::kElu},         {"Softplus", Activation::kSoftplus},
      {"Softmax", Activation::kSoftmax}, {"Gelu", Activation::kGelu},
      {"Exp", Activation::kExp}};
  const NodeMessage& node = index_.node(i);
  const auto known = kKnown.find(node.op);
  if (known == kKnown.end()) return false;
  if (width_ == 0) index_.refuse(i, " before the first dense layer");
  const Activation f = known->second;
  const auto alpha = [&](float otherwise) { return static_cast<double>(node.real("alpha", otherwise)); };
  if (f == Activation::kLeakyRelu && !near(alpha(0.01F), kLeakyReluSlope))
    index_.refuse(i, " with an alpha that is not 0.01");
  if (f == Activation::kElu && alpha(1) != 1) index_.refuse(i, " with an alpha that is not 1");
  const std::int64_t axis = node.integer("axis", -1);
  if (f == Activation::kSoftmax && axis != -1 && axis != 1) index_.refuse(i, " over another axis");
  const AttributeMessage* approximate = node.find("approximate");
  if (f == Activation::kGelu && approximate != nullptr && approximate->text != "none")
    index_.refuse(i, " that approximates");
  add_layer(activation_layer(f));
  move_to(i);
  return true;
}

// (x - shift) / scale in front of the first dense layer, x deviation + mean behind a single output.
void ChainReader::take_scaling(std::size_t i) {
  const NodeMessage& node = index_.node(i);
  const bool commutes = node.op == "Add" || node.op == "Mul";
  const auto constant = index_.constant_beside(i, current_);
  if (!constant || constant->empty() || (node.inputs[0] != current_ && !commutes))
    index_.refuse(i, " of values that are no constants");
  const bool additive = node.op == "Add" || node.op == "Sub";
  const bool sane =
      std::ranges::all_of(*constant, [&](double c) { return std::isfinite(c) && (additive || c != 0); });
  if (!sane) index_.bad(fmt::format("node {} ({}) scales by 0 or by what is no number", i, node.op));
  if (width_ == 0) {
    if (std::min(shift_.size(), constant->size()) != 1 && shift_.size() != constant->size()) {
      index_.bad(fmt::format("node {} ({}) has {} values for {} features", i, node.op, constant->size(),
                             shift_.size()));
    }
    scale_inputs(node, *constant);
  } else {
    if (width_ != 1 || constant->size() != 1) index_.refuse(i, " between or behind layers");
    scale_output(node, constant->front());
  }
  move_to(i);
}

void ChainReader::scale_inputs(const NodeMessage& node, const Values& constant) {
  const std::size_t size = std::max(shift_.size(), constant.size());
  shift_.resize(size, shift_.front());
  scale_.resize(size, scale_.front());
  for (std::size_t k = 0; k < size; ++k) {
    const double c = constant[constant.size() == 1 ? 0 : k];
    if (node.op == "Sub") shift_[k] += c * scale_[k];
    if (node.op == "Add") shift_[k] -= c * scale_[k];
    if (node.op == "Div") scale_[k] *= c;
    if (node.op == "Mul") scale_[k] /= c;
  }
  scaled_ = true;
}

void ChainReader::scale_output(const NodeMessage& node, double c) {
  if (node.op == "Sub") result_.mean -= c;
  if (node.op == "Add") result_.mean += c;
  if (node.op == "Mul" || node.op == "Div") {
    const double factor = node.op == "Mul" ? c : 1 / c;
    result_.mean *= factor;
    result_.deviation *= factor;
  }
  in_unit_ = true;
}

bool is_float(std::int64_t type) {
  return type == static_cast<std::int64_t>(ElementType::kFloat) ||
         type == static_cast<std::int64_t>(ElementType::kDouble);
}

// False where gradus has nothing like it.
bool ChainReader::take_node(std::size_t i) {
  const NodeMessage& node = index_.node(i);
  if (node.op == "Cast" && !is_float(node.integer("to", 0)))
    index_.refuse(i, " to something else than float or double");
  const bool does_nothing = node.op == "Identity" || node.op == "Dropout" || node.op == "Cast" ||
                            (node.op == "Flatten" && node.integer("axis", 1) == 1);
  if (does_nothing) {
    move_to(i);
  } else if (node.op == "Gemm") {
    take_gemm(i);
  } else if (node.op == "MatMul") {
    take_matmul(i);
  } else if (node.op == "BatchNormalization") {
    take_batch_norm(i);
  } else if (node.op == "LayerNormalization") {
    take_layer_norm(i);
  } else if (node.op == "Add" || node.op == "Sub" || node.op == "Mul" || node.op == "Div") {
    take_scaling(i);
  } else {
    return take_activation(i);
  }
  return true;
}

// All that is left may only be what makes labels of probabilities.
void ChainReader::leave_out(std::span<const std::size_t> users) {
  const auto makes_labels = [&](std::size_t node) {
    return width_ != 0 && std::ranges::find(kLabelOps, index_.node(node).op) != kLabelOps.end();
  };
  const char* where = users.size() > 1 ? " where the graph branches" : "";
  for (const std::size_t node : users) {
    if (!makes_labels(node)) index_.refuse(node, where);
  }
  std::set<std::string> ops;
  for (std::size_t i = 0; i < index_.size(); ++i) {
    if (visited_.contains(i) || index_.is_constant(i)) continue;
    if (!makes_labels(i)) index_.refuse(i, "");
    ops.insert(index_.node(i).op);
  }
  notes_.push_back(fmt::format("left out behind the network: {}", fmt::join(ops, ", ")));
}

bool ChainReader::step() {
  const std::span<const std::size_t> users = index_.users(current_);
  if (users.empty()) return false;
  if (!index_.is_output(current_)) {
    if (width_ != 0 && take_pattern()) return true;
    if (users.size() == 1 && take_node(users.front())) return true;
  }
  leave_out(users);
  return false;
}

void ChainReader::finish_scaling() {
  const std::size_t inputs = result_.network.inputs;
  if (shift_.size() != 1 && shift_.size() != inputs)
    index_.bad(fmt::format("{} features are scaled; the network takes {}", shift_.size(), inputs));
  const auto finite = [](double value) { return std::isfinite(value); };
  const bool sane = std::ranges::all_of(shift_, finite) &&
                    std::ranges::all_of(scale_, [](double value) { return std::isnormal(value); }) &&
                    finite(result_.mean) && std::isnormal(result_.deviation);
  if (!sane) index_.bad("its scaling comes to 0 or to what is no number");
  if (result_.deviation <= 0) index_.bad("the outputs are scaled by a negative number");
  if (!scaled_) return;
  result_.shift = shift_;
  result_.scale = scale_;
}

}  // namespace

ImportedNetwork read_chain(const GraphMessage& graph, const std::string& source,
                           std::vector<std::string>& notes) {
  return ChainReader(graph, source, notes).read();
}

}  // namespace gradus::onnx
