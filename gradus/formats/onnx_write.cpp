// The graph: transform (in double, so that far-off means cost no digits), one Gemm per dense layer with the weights
// as they stand in the other containers, activations and normalizations, and label and probabilities or value behind
// them. Opset 13. The values behind layer i are called "layer_i".
#include "gradus/formats/onnx_write.h"

#include <fmt/format.h>

#include <charconv>
#include <numbers>
#include <optional>

#include "gradus/core/error.h"
#include "gradus/formats/onnx_graph.h"

namespace gradus::onnx {

namespace {

constexpr float kEpsilon = 1e-5F;

// (1, n), or (1) for a number that all features share.
Tensor row_of(const std::vector<double>& values) {
  return {.shape = {values.size()}, .values = values};
}

std::string write_transform(GraphWriter& graph, const Transform& transform) {
  std::string x = "X";
  if (!transform.shift.empty()) {
    x = graph.node("Cast", {x}, "transform.wide", {integer("to", static_cast<int>(ElementType::kDouble))});
    x = graph.node("Sub", {x, graph.constant("transform.shift", row_of(transform.shift))},
                   "transform.shifted");
    x = graph.node("Div", {x, graph.constant("transform.scale", row_of(transform.scale))},
                   "transform.scaled");
    x = graph.node("Cast", {x}, "transform", {integer("to", static_cast<int>(ElementType::kFloat))});
  }
  if (transform.ones_column) {
    const std::int64_t pads[] = {0, 0, 0, 1};
    x = graph.node("Pad", {x, graph.constant("transform.pads", pads), graph.constant("one", 1)},
                   "transform.ones");
  }
  return x;
}

// Several nodes: x is read twice.
std::string write_gelu(GraphWriter& graph, const std::string& x, const std::string& y) {
  std::string t =
      graph.node("Div", {x, graph.constant("sqrt_2", std::numbers::sqrt2_v<float>)}, y + ".scaled");
  t = graph.node("Erf", {t}, y + ".erf");
  t = graph.node("Add", {t, graph.constant("one", 1)}, y + ".raised");
  t = graph.node("Mul", {x, t}, y + ".doubled");
  return graph.node("Mul", {t, graph.constant("half", 0.5F)}, y);
}

std::string write_lecun_tanh(GraphWriter& graph, const std::string& x, const std::string& y) {
  std::string t =
      graph.node("Mul", {x, graph.constant("lecun_slope", static_cast<float>(kLecunSlope))}, y + ".scaled");
  t = graph.node("Tanh", {t}, y + ".tanh");
  return graph.node("Mul", {t, graph.constant("lecun_scale", static_cast<float>(kLecunScale))}, y);
}

std::string write_activation(GraphWriter& graph, Activation activation, const std::string& x,
                             const std::string& y) {
  switch (activation) {
    case Activation::kIdentity:
      return graph.node("Identity", {x}, y);
    case Activation::kSigmoid:
      return graph.node("Sigmoid", {x}, y);
    case Activation::kTanh:
      return graph.node("Tanh", {x}, y);
    case Activation::kLecunTanh:
      return write_lecun_tanh(graph, x, y);
    case Activation::kRelu:
      return graph.node("Relu", {x}, y);
    case Activation::kLeakyRelu:
      return graph.node("LeakyRelu", {x}, y, {real("alpha", static_cast<float>(kLeakyReluSlope))});
    case Activation::kElu:
      return graph.node("Elu", {x}, y, {real("alpha", 1)});
    case Activation::kGelu:
      return write_gelu(graph, x, y);
    case Activation::kSilu:
      return graph.node("Mul", {x, graph.node("Sigmoid", {x}, y + ".sigmoid")}, y);
    case Activation::kSoftplus:
      return graph.node("Softplus", {x}, y);
    case Activation::kExp:
      return graph.node("Exp", {x}, y);
    case Activation::kSoftmax:
      return graph.node("Softmax", {x}, y, {integer("axis", 1)});
  }
  return x;
}

// Opset 13 has no operator for it.
std::string write_layer_norm(GraphWriter& graph, const std::string& x, const std::string& y,
                             const std::string& weight, const std::string& bias) {
  const Attribute rows = integers("axes", -1);
  std::string t = graph.node("ReduceMean", {x}, y + ".mean", {rows, integer("keepdims", 1)});
  const std::string centred = graph.node("Sub", {x, t}, y + ".centred");
  t = graph.node("Pow", {centred, graph.constant("two", 2)}, y + ".squares");
  t = graph.node("ReduceMean", {t}, y + ".variance", {rows, integer("keepdims", 1)});
  t = graph.node("Add", {t, graph.constant("epsilon", kEpsilon)}, y + ".raised");
  t = graph.node("Sqrt", {t}, y + ".deviation");
  t = graph.node("Div", {centred, t}, y + ".normal");
  t = graph.node("Mul", {t, weight}, y + ".scaled");
  return graph.node("Add", {t, bias}, y);
}

class LayerWriter {
 public:
  LayerWriter(GraphWriter& graph, const Safetensors& content) : graph_(graph), content_(content) {}

  std::string write(const LayerSpec& layer, std::size_t index, const std::string& x) {
    const std::string y = fmt::format("layer_{}", index);
    switch (layer.kind) {
      case LayerKind::kDense: {
        std::vector<std::string> inputs = {x, tensor(index, "weight")};
        if (layer.bias) inputs.push_back(tensor(index, "bias"));
        return graph_.node("Gemm", inputs, y, {integer("transB", 1)});
      }
      case LayerKind::kActivation:
        return write_activation(graph_, layer.activation, x, y);
      case LayerKind::kBatchNorm:
        return graph_.node("BatchNormalization",
                           {x, tensor(index, "weight"), tensor(index, "bias"), tensor(index, "running_mean"),
                            tensor(index, "running_var")},
                           y, {real("epsilon", kEpsilon)});
      case LayerKind::kLayerNorm:
        return write_layer_norm(graph_, x, y, tensor(index, "weight"), tensor(index, "bias"));
      case LayerKind::kDropout:
        break;  // none in evaluation
    }
    return x;
  }

 private:
  std::string tensor(std::size_t index, const char* part) {
    const std::string name = fmt::format("{}.{}", index, part);
    const Tensor* found = content_.find(name);
    GRADUS_ASSERT(found != nullptr, name);
    return graph_.constant(name, *found);
  }

  GraphWriter& graph_;
  const Safetensors& content_;
};

// Classes that are whole numbers, as they are written: "7", "-1".
std::optional<std::vector<std::int64_t>> whole_numbers(const std::vector<std::string>& classes) {
  std::vector<std::int64_t> numbers;
  for (const std::string& name : classes) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc() || std::to_string(number) != name) return std::nullopt;
    numbers.push_back(number);
  }
  return numbers;
}

// One output of a binary loss is the probability of the second class.
void write_probabilities(GraphWriter& graph, LossKind loss, const std::string& x, bool one_output) {
  const Activation link = prediction_activation(loss);
  if (!one_output) {
    (void)write_activation(graph, link, x, "probabilities");
    return;
  }
  const std::string second =
      link == Activation::kIdentity ? x : write_activation(graph, link, x, "probabilities.second");
  const std::string first = graph.node("Sub", {graph.constant("one", 1), second}, "probabilities.first");
  graph.node("Concat", {first, second}, "probabilities", {integer("axis", 1)});
}

void write_classification(GraphWriter& graph, const Model& model, const std::string& x) {
  const std::vector<std::string>& classes = model.target.classes;
  write_probabilities(graph, model.loss.kind, x, model.network.outputs() == 1);
  const std::string place =
      graph.node("ArgMax", {"probabilities"}, "label.place", {integer("axis", 1), integer("keepdims", 0)});
  const auto numbers = whole_numbers(classes);
  const std::string names =
      numbers ? graph.constant("classes", *numbers) : graph.constant("classes", classes);
  graph.node("Gather", {names, place}, "label", {integer("axis", 0)});
  graph.output("label", numbers ? ElementType::kInt64 : ElementType::kString, 0);
  graph.output("probabilities", ElementType::kFloat, classes.size());
}

void write_regression(GraphWriter& graph, const Model& model, std::string x) {
  const TargetCoding& target = model.target;
  const Activation link = prediction_activation(model.loss.kind);
  if (link != Activation::kIdentity) x = write_activation(graph, link, x, "value.link");
  x = graph.node("Mul", {x, graph.constant("target.deviation", static_cast<float>(target.deviation))},
                 "value.scaled");
  graph.node("Add", {x, graph.constant("target.mean", static_cast<float>(target.mean))}, "value");
  graph.output("value", ElementType::kFloat, 1);
}

}  // namespace

std::string write_graph(const Model& model, const Safetensors& content) {
  GraphWriter graph;
  graph.input("X", ElementType::kFloat, model.transform.features() - (model.transform.ones_column ? 1 : 0));
  std::string x = write_transform(graph, model.transform);
  LayerWriter layers(graph, content);
  for (std::size_t i = 0; i < model.network.layers.size(); ++i)
    x = layers.write(model.network.layers[i], i, x);
  if (model.target.task == Task::kClassification) {
    write_classification(graph, model, x);
  } else {
    write_regression(graph, model, x);
  }
  return graph.finish("gradus");
}

}  // namespace gradus::onnx
