#include "gradus/formats/onnx_chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>
#include <optional>
#include <set>
#include <string_view>

#include "gradus/core/error.h"
#include "gradus/data/shape.h"

namespace gradus::onnx {

namespace {

using Values = std::vector<double>;

constexpr double kEpsilon = 1e-5;
constexpr double kNear = 1e-6;  // constants in a graph are floats

// Behind the network these turn probabilities into a label.
constexpr std::array<std::string_view, 10> kLabelOps = {
    "ArgMax",           "Cast",     "Concat",
    "Gather",           "Identity", "Reshape",
    "Squeeze",          "Sub",      "ai.onnx.ml.ArrayFeatureExtractor",
    "ai.onnx.ml.ZipMap"};

bool near(double a, double b) {
  return std::abs(a - b) <= kNear * std::abs(b);
}

Values as_doubles(const Tensor& tensor) {
  return std::visit([](const auto& values) { return Values(values.begin(), values.end()); }, tensor.values);
}

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
      : graph_(graph), source_(source), notes_(notes) {}

  ImportedNetwork read() {
    index();
    while (step()) continue;
    if (width_ == 0) bad("there is no Gemm or MatMul with constant weights behind its input");
    finish_scaling();
    return std::move(result_);
  }

 private:
  [[noreturn]] void bad(const std::string& what) const {
    throw Error(ErrorCode::kBadData, fmt::format("reading {}: {}", source_, what));
  }
  // Nothing like it in gradus.
  [[noreturn]] void refuse(std::size_t node, const std::string& what) const {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("reading {}: node {} is {}{}; expected a chain of Gemm or MatMul and Add, "
                            "BatchNormalization, LayerNormalization and activations that gradus has",
                            source_, node, graph_.nodes[node].op, what));
  }

  void index();
  void check_order(std::size_t node, std::set<std::string>& made) const;
  bool step();
  bool take_gelu(const std::vector<std::size_t>& users);
  bool take_silu(const std::vector<std::size_t>& users);
  bool take_simple(std::size_t node);
  bool take_activation(std::size_t node);
  void take_gemm(std::size_t node);
  void take_matmul(std::size_t node);
  void take_batch_norm(std::size_t node);
  void take_layer_norm(std::size_t node);
  bool take_lecun_tanh(std::size_t node);
  void take_scaling(std::size_t node);
  void leave_out(const std::vector<std::size_t>& users);
  void finish_scaling();

  const TensorMessage* find(const std::string& name) const;
  std::optional<Values> constant_beside(std::size_t node, const std::string& x) const;
  std::optional<std::size_t> only_user(const std::string& name, std::string_view op) const;
  Tensor tensor(std::size_t node, std::size_t input, std::size_t size) const;
  void add_dense(std::size_t node, const Tensor& weight, bool turned, std::optional<Tensor> bias);
  void add_layer(LayerSpec layer) { result_.network.layers.push_back(layer); }
  void add_tensor(const char* part, Tensor tensor);
  void move_to(std::size_t node) {
    visited_.insert(node);
    current_ = graph_.nodes[node].outputs.front();
  }

  const GraphMessage& graph_;
  const std::string& source_;
  std::vector<std::string>& notes_;
  std::map<std::string, const TensorMessage*> constants_;
  std::map<std::string, std::vector<std::size_t>> users_;
  std::set<std::size_t> visited_;
  std::string current_;
  std::size_t width_ = 0;  // of the values at hand; 0 before the first dense layer
  ImportedNetwork result_{};
  Values shift_{0};
  Values scale_{1};
  bool scaled_ = false;   // in front
  bool in_unit_ = false;  // scaling behind has begun
};

// Every node reads what stands before it, so that there are no cycles.
void ChainReader::check_order(std::size_t i, std::set<std::string>& made) const {
  const NodeMessage& node = graph_.nodes[i];
  if (node.outputs.empty() || node.inputs.size() + node.outputs.size() == 0)
    bad(fmt::format("node {} ({}) makes nothing", i, node.op));
  for (const std::string& input : node.inputs) {
    if (!input.empty() && !made.contains(input)) {
      bad(fmt::format(
          "node {} ({}) reads '{}', which nothing before it makes; the graph has a cycle or a hole", i,
          node.op, input));
    }
  }
  for (const std::string& output : node.outputs) {
    if (!output.empty() && !made.insert(output).second)
      bad(fmt::format("'{}' is made twice, the second time by node {} ({})", output, i, node.op));
  }
}

void ChainReader::index() {
  std::set<std::string> made;
  for (const TensorMessage& tensor : graph_.constants) constants_.emplace(tensor.name, &tensor);
  for (const auto& [name, tensor] : constants_) made.insert(name);
  std::vector<std::string> inputs;
  for (const std::string& name : graph_.inputs) {
    if (!constants_.contains(name)) inputs.push_back(name);
  }
  if (inputs.size() != 1) bad(fmt::format("the graph has {} inputs; expected one", inputs.size()));
  current_ = inputs.front();
  made.insert(current_);
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    const NodeMessage& node = graph_.nodes[i];
    check_order(i, made);
    if (node.op == "Constant" && node.find("value") != nullptr && !node.find("value")->tensors.empty()) {
      constants_.emplace(node.outputs.front(), &node.find("value")->tensors.front());
      visited_.insert(i);
    }
    for (const std::string& input : node.inputs) users_[input].push_back(i);
  }
}

const TensorMessage* ChainReader::find(const std::string& name) const {
  const auto found = constants_.find(name);
  return found == constants_.end() ? nullptr : found->second;
}

// The constant that a node of two inputs puts against x.
std::optional<Values> ChainReader::constant_beside(std::size_t i, const std::string& x) const {
  const NodeMessage& node = graph_.nodes[i];
  if (node.inputs.size() != 2) return std::nullopt;
  const TensorMessage* other = find(node.inputs[0] == x ? node.inputs[1] : node.inputs[0]);
  if (other == nullptr) return std::nullopt;
  return as_doubles(values_of(*other, source_));
}

std::optional<std::size_t> ChainReader::only_user(const std::string& name, std::string_view op) const {
  const auto found = users_.find(name);
  if (found == users_.end() || found->second.size() != 1) return std::nullopt;
  const std::size_t node = found->second.front();
  if (graph_.nodes[node].op != op) return std::nullopt;
  return node;
}

// A constant input of `size` values.
Tensor ChainReader::tensor(std::size_t i, std::size_t input, std::size_t size) const {
  const NodeMessage& node = graph_.nodes[i];
  const TensorMessage* found = input < node.inputs.size() ? find(node.inputs[input]) : nullptr;
  if (found == nullptr) refuse(i, fmt::format(" whose input {} is no constant", input));
  Tensor values = values_of(*found, source_);
  if (values.size() != size) {
    bad(fmt::format("node {} ({}) has the constant {} of shape {}; expected {} values", i, node.op,
                    found->name, shape_text(values.shape), size));
  }
  values.shape = {size};
  return values;
}

void ChainReader::add_tensor(const char* part, Tensor tensor) {
  result_.weights.tensors.emplace_back(fmt::format("{}.{}", result_.network.layers.size(), part),
                                       std::move(tensor));
}

// `turned`: weights are (inputs, outputs).
void ChainReader::add_dense(std::size_t node, const Tensor& weight, bool turned, std::optional<Tensor> bias) {
  const std::size_t outputs = weight.shape[turned ? 1 : 0];
  const std::size_t inputs = weight.shape[turned ? 0 : 1];
  if (inputs == 0 || outputs == 0 || (width_ != 0 && inputs != width_)) {
    bad(fmt::format("node {} ({}) has weights of shape {}; {} values come in", node, graph_.nodes[node].op,
                    shape_text(weight.shape), width_));
  }
  if (in_unit_) refuse(node, " behind scaled outputs");
  if (width_ == 0) result_.network.inputs = inputs;
  Tensor file{.shape = {outputs, inputs}, .values = weight.values};
  if (turned) std::visit([&](auto& values) { values = transposed(values, inputs, outputs); }, file.values);
  add_tensor("weight", std::move(file));
  if (bias) add_tensor("bias", *bias);
  add_layer(dense(outputs, bias.has_value()));
  width_ = outputs;
}

void ChainReader::take_gemm(std::size_t i) {
  const NodeMessage& node = graph_.nodes[i];
  const bool plain =
      node.real("alpha", 1) == 1 && node.real("beta", 1) == 1 && node.integer("transA", 0) == 0;
  if (!plain) refuse(i, " with alpha, beta or transA");
  if (node.inputs.size() < 2 || node.inputs[0] != current_ || find(node.inputs[1]) == nullptr)
    refuse(i, " without constant weights");
  const Tensor weight = values_of(*find(node.inputs[1]), source_);
  if (weight.shape.size() != 2)
    bad(fmt::format("node {} (Gemm) has weights of shape {}", i, shape_text(weight.shape)));
  const bool turned = node.integer("transB", 0) == 0;
  std::optional<Tensor> bias;
  if (node.inputs.size() > 2 && !node.inputs[2].empty()) bias = tensor(i, 2, weight.shape[turned ? 1 : 0]);
  add_dense(i, weight, turned, std::move(bias));
  move_to(i);
}

void ChainReader::take_matmul(std::size_t i) {
  const NodeMessage& node = graph_.nodes[i];
  if (node.inputs.size() != 2 || node.inputs[0] != current_ || find(node.inputs[1]) == nullptr)
    refuse(i, " without constant weights");
  const Tensor weight = values_of(*find(node.inputs[1]), source_);
  if (weight.shape.size() != 2)
    bad(fmt::format("node {} (MatMul) has weights of shape {}", i, shape_text(weight.shape)));
  std::optional<Tensor> bias;
  const auto add = only_user(node.outputs.front(), "Add");
  const auto beside = add ? constant_beside(*add, node.outputs.front()) : std::nullopt;
  if (beside && beside->size() == weight.shape[1]) {
    const std::size_t place = graph_.nodes[*add].inputs[0] == node.outputs.front() ? 1 : 0;
    bias = tensor(*add, place, weight.shape[1]);
  }
  const bool biased = bias.has_value();
  add_dense(i, weight, true, std::move(bias));
  move_to(i);
  if (biased) move_to(*add);
}

void ChainReader::take_batch_norm(std::size_t i) {
  const NodeMessage& node = graph_.nodes[i];
  if (width_ == 0) refuse(i, " before the first dense layer");
  const double extra = static_cast<double>(node.real("epsilon", 1e-5F)) - static_cast<double>(1e-5F);
  Tensor variance = tensor(i, 4, width_);
  // Another epsilon is a variance that is larger by the difference.
  std::visit(
      [&]<class T>(std::vector<T>& values) {
        for (T& value : values) value = static_cast<T>(static_cast<double>(value) + extra);
      },
      variance.values);
  add_tensor("weight", tensor(i, 1, width_));
  add_tensor("bias", tensor(i, 2, width_));
  add_tensor("running_mean", tensor(i, 3, width_));
  add_tensor("running_var", std::move(variance));
  add_layer(batch_norm());
  move_to(i);
}

void ChainReader::take_layer_norm(std::size_t i) {
  const NodeMessage& node = graph_.nodes[i];
  const std::int64_t axis = node.integer("axis", -1);
  const bool plain = width_ != 0 && (axis == -1 || axis == 1) &&
                     near(static_cast<double>(node.real("epsilon", 1e-5F)), kEpsilon);
  if (!plain) refuse(i, " over other axes, or with an epsilon that is not 1e-5");
  add_tensor("weight", tensor(i, 1, width_));
  add_tensor("bias", tensor(i, 2, width_));
  add_layer(layer_norm());
  move_to(i);
}

bool ChainReader::take_activation(std::size_t i) {
  static const std::map<std::string_view, Activation> kKnown = {
      {"Relu", Activation::kRelu},       {"Sigmoid", Activation::kSigmoid},
      {"Tanh", Activation::kTanh},       {"LeakyRelu", Activation::kLeakyRelu},
      {"Elu", Activation::kElu},         {"Softplus", Activation::kSoftplus},
      {"Softmax", Activation::kSoftmax}, {"Gelu", Activation::kGelu}};
  const NodeMessage& node = graph_.nodes[i];
  const auto known = kKnown.find(node.op);
  if (known == kKnown.end()) return false;
  if (width_ == 0) refuse(i, " before the first dense layer");
  const Activation f = known->second;
  const auto alpha = [&](float otherwise) { return static_cast<double>(node.real("alpha", otherwise)); };
  if (f == Activation::kLeakyRelu && !near(alpha(0.01F), kLeakyReluSlope))
    refuse(i, " with an alpha that is not 0.01");
  if (f == Activation::kElu && alpha(1) != 1) refuse(i, " with an alpha that is not 1");
  const std::int64_t axis = node.integer("axis", -1);
  if (f == Activation::kSoftmax && axis != -1 && axis != 1) refuse(i, " over another axis");
  const AttributeMessage* approximate = node.find("approximate");
  if (f == Activation::kGelu && approximate != nullptr) refuse(i, " that approximates");
  add_layer(activation_layer(f));
  move_to(i);
  return true;
}

// x sigmoid(x)
bool ChainReader::take_silu(const std::vector<std::size_t>& users) {
  if (users.size() != 2) return false;
  for (const std::size_t k : {0, 1}) {
    const NodeMessage& sigmoid = graph_.nodes[users[k]];
    const NodeMessage& product = graph_.nodes[users[1 - k]];
    const bool fits = sigmoid.op == "Sigmoid" && product.op == "Mul" && product.inputs.size() == 2 &&
                      only_user(sigmoid.outputs.front(), "Mul") == users[1 - k];
    if (!fits) continue;
    add_layer(activation_layer(Activation::kSilu));
    visited_.insert(users[k]);
    move_to(users[1 - k]);
    return true;
  }
  return false;
}

// x (1 + erf(x / sqrt 2)) / 2, as PyTorch writes it.
bool ChainReader::take_gelu(const std::vector<std::size_t>& users) {
  if (users.size() != 2) return false;
  const std::size_t first =
      graph_.nodes[users[0]].op == "Mul" && graph_.nodes[users[1]].op == "Div" ? users[1] : users[0];
  const auto is = [](const std::optional<Values>& values, double wanted) {
    return values && values->size() == 1 && near((*values)[0], wanted);
  };
  const bool divides =
      graph_.nodes[first].op == "Div" && is(constant_beside(first, current_), std::numbers::sqrt2);
  if (!divides) return false;
  const auto out = [&](std::size_t node) -> const std::string& { return graph_.nodes[node].outputs.front(); };
  const auto erf = only_user(out(first), "Erf");
  const auto raised = erf ? only_user(out(*erf), "Add") : std::nullopt;
  if (!raised || !is(constant_beside(*raised, out(*erf)), 1)) return false;
  const auto doubled = only_user(out(*raised), "Mul");
  if (!doubled || std::ranges::find(users, *doubled) == users.end()) return false;
  const auto halved = only_user(out(*doubled), "Mul");
  if (!halved || !is(constant_beside(*halved, out(*doubled)), 0.5)) return false;
  add_layer(activation_layer(Activation::kGelu));
  for (const std::size_t node : {first, *erf, *raised, *doubled}) visited_.insert(node);
  move_to(*halved);
  return true;
}

// 1.7159 tanh(2/3 x)
bool ChainReader::take_lecun_tanh(std::size_t i) {
  const auto slope = constant_beside(i, current_);
  const auto tanh = only_user(graph_.nodes[i].outputs.front(), "Tanh");
  if (!slope || slope->size() != 1 || !near((*slope)[0], kLecunSlope) || !tanh) return false;
  const std::string& bent = graph_.nodes[*tanh].outputs.front();
  const auto product = only_user(bent, "Mul");
  const auto scale = product ? constant_beside(*product, bent) : std::nullopt;
  if (!scale || scale->size() != 1 || !near((*scale)[0], kLecunScale)) return false;
  add_layer(activation_layer(Activation::kLecunTanh));
  visited_.insert(i);
  visited_.insert(*tanh);
  move_to(*product);
  return true;
}

// (x - shift) / scale in front of the first dense layer, x deviation + mean behind a single output.
void ChainReader::take_scaling(std::size_t i) {
  const NodeMessage& node = graph_.nodes[i];
  const bool turned = node.inputs.size() == 2 && node.inputs[0] != current_;
  const bool commutes = node.op == "Add" || node.op == "Mul";
  const auto constant = constant_beside(i, current_);
  if (!constant || constant->empty() || (turned && !commutes)) refuse(i, " of values that are no constants");
  const bool additive = node.op == "Add" || node.op == "Sub";
  const bool sane =
      std::ranges::all_of(*constant, [&](double c) { return std::isfinite(c) && (additive || c != 0); });
  if (!sane) bad(fmt::format("node {} ({}) scales by 0 or by what is no number", i, node.op));
  const double sign = node.op == "Add" ? -1 : 1;
  if (width_ != 0) {
    if (width_ != 1 || constant->size() != 1) refuse(i, " between or behind layers");
    const double c = (*constant)[0];
    if (additive) {
      result_.mean -= sign * c;
    } else {
      const double factor = node.op == "Mul" ? c : 1 / c;
      result_.mean *= factor;
      result_.deviation *= factor;
    }
    in_unit_ = true;
    return move_to(i);
  }
  const std::size_t size = std::max(shift_.size(), constant->size());
  if (std::min(shift_.size(), constant->size()) != 1 && shift_.size() != constant->size())
    bad(fmt::format("node {} ({}) has {} values for {} features", i, node.op, constant->size(),
                    shift_.size()));
  shift_.resize(size, shift_.front());
  scale_.resize(size, scale_.front());
  for (std::size_t k = 0; k < size; ++k) {
    const double c = (*constant)[constant->size() == 1 ? 0 : k];
    if (additive) {
      shift_[k] += sign * c * scale_[k];
    } else {
      scale_[k] = node.op == "Div" ? scale_[k] * c : scale_[k] / c;
    }
  }
  scaled_ = true;
  move_to(i);
}

bool ChainReader::take_simple(std::size_t i) {
  const NodeMessage& node = graph_.nodes[i];
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
  } else if (node.op == "Mul" && take_lecun_tanh(i)) {
    return true;
  } else if (node.op == "Add" || node.op == "Sub" || node.op == "Mul" || node.op == "Div") {
    take_scaling(i);
  } else {
    return take_activation(i);
  }
  return true;
}

// All that is left may only be what makes labels of probabilities.
void ChainReader::leave_out(const std::vector<std::size_t>& users) {
  const auto makes_labels = [&](std::size_t node) {
    return width_ != 0 && std::ranges::find(kLabelOps, graph_.nodes[node].op) != kLabelOps.end();
  };
  const char* where = users.size() > 1 ? " where the graph branches" : "";
  for (const std::size_t node : users) {
    if (!makes_labels(node)) refuse(node, where);
  }
  std::set<std::string> ops;
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    if (visited_.contains(i)) continue;
    if (!makes_labels(i)) refuse(i, "");
    ops.insert(graph_.nodes[i].op);
  }
  notes_.push_back(fmt::format("left out behind the network: {}", fmt::join(ops, ", ")));
}

bool ChainReader::step() {
  const auto found = users_.find(current_);
  if (found == users_.end()) return false;
  const std::vector<std::size_t>& users = found->second;
  if (width_ != 0 && (take_silu(users) || take_gelu(users))) return true;
  const bool branches = users.size() > 1;
  const bool ends = std::ranges::find(graph_.outputs, current_) != graph_.outputs.end();
  if (!branches && !ends && take_simple(users.front())) return true;
  leave_out(users);
  return false;
}

void ChainReader::finish_scaling() {
  const std::size_t inputs = result_.network.inputs;
  if (shift_.size() != 1 && shift_.size() != inputs)
    bad(fmt::format("{} features are scaled; the network takes {}", shift_.size(), inputs));
  if (in_unit_ && result_.deviation <= 0) bad("the outputs are scaled by a negative number");
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
