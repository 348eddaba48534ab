#include "gradus/formats/onnx_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gradus/core/error.h"
#include "gradus/data/shape.h"

namespace gradus::onnx {

namespace {

constexpr double kNear = 1e-6;

std::vector<double> as_doubles(const Tensor& tensor) {
  return std::visit([](const auto& values) { return std::vector<double>(values.begin(), values.end()); },
                    tensor.values);
}

}  // namespace

bool near(double a, double b) {
  return std::abs(a - b) <= kNear * std::abs(b);
}

void GraphIndex::bad(const std::string& what) const {
  throw Error(ErrorCode::kBadData, fmt::format("reading {}: {}", source_, what));
}

void GraphIndex::refuse(std::size_t node, const std::string& what) const {
  throw Error(ErrorCode::kUnsupported,
              fmt::format("reading {}: node {} is {}{}; expected a chain of Gemm or MatMul and Add, "
                          "BatchNormalization, LayerNormalization and activations that gradus has",
                          source_, node, graph_.nodes[node].op, what));
}

// Every node reads what stands before it, so that there are no cycles.
void GraphIndex::check_order(std::size_t i, std::set<std::string>& made) const {
  const NodeMessage& node = graph_.nodes[i];
  if (node.outputs.empty()) bad(fmt::format("node {} ({}) makes nothing", i, node.op));
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

GraphIndex::GraphIndex(const GraphMessage& graph, const std::string& source)
    : graph_(graph), source_(source) {
  std::set<std::string> made;
  for (const TensorMessage& tensor : graph_.constants) {
    if (!constants_.emplace(tensor.name, &tensor).second)
      bad(fmt::format("two of its tensors are called '{}'", tensor.name));
    made.insert(tensor.name);
  }
  std::vector<std::string> inputs;
  for (const std::string& name : graph_.inputs) {
    if (!constants_.contains(name)) inputs.push_back(name);
  }
  if (inputs.size() != 1) bad(fmt::format("the graph has {} inputs; expected one", inputs.size()));
  input_ = inputs.front();
  made.insert(input_);
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    const NodeMessage& node = graph_.nodes[i];
    check_order(i, made);
    const AttributeMessage* value = node.op == "Constant" ? node.find("value") : nullptr;
    if (value != nullptr && !value->tensors.empty()) {
      constants_.emplace(node.outputs.front(), &value->tensors.front());
      constant_nodes_.insert(i);
    }
    // An input that is left out has no name, and a value without one has no readers.
    for (const std::string& input : node.inputs) {
      if (!input.empty()) users_[input].push_back(i);
    }
  }
}

bool GraphIndex::is_output(const std::string& name) const {
  return std::ranges::find(graph_.outputs, name) != graph_.outputs.end();
}

std::span<const std::size_t> GraphIndex::users(const std::string& name) const {
  const auto found = users_.find(name);
  if (found == users_.end()) return {};
  return found->second;
}

std::vector<std::size_t> GraphIndex::follow(const std::string& name,
                                            std::initializer_list<std::string_view> ops) const {
  std::vector<std::size_t> nodes;
  const std::string* at = &name;
  for (const std::string_view op : ops) {
    const std::span<const std::size_t> next = users(*at);
    if (next.size() != 1 || node(next.front()).op != op) return {};
    nodes.push_back(next.front());
    at = &output_of(next.front());
  }
  return nodes;
}

const TensorMessage* GraphIndex::find(const std::string& name) const {
  const auto found = constants_.find(name);
  return found == constants_.end() ? nullptr : found->second;
}

std::optional<std::vector<double>> GraphIndex::constant_beside(std::size_t i, const std::string& x) const {
  const std::vector<std::string>& inputs = node(i).inputs;
  if (inputs.size() != 2) return std::nullopt;
  const TensorMessage* other = find(inputs[0] == x ? inputs[1] : inputs[0]);
  if (other == nullptr) return std::nullopt;
  return as_doubles(values_of(*other, source_));
}

bool GraphIndex::puts_against(std::size_t i, const std::string& x, double number) const {
  const auto constant = constant_beside(i, x);
  if (!constant || constant->size() != 1 || !near(constant->front(), number)) return false;
  return node(i).op == "Add" || node(i).op == "Mul" || node(i).inputs.front() == x;
}

Tensor GraphIndex::tensor(std::size_t i, std::size_t input, std::size_t size) const {
  const NodeMessage& reader = node(i);
  const TensorMessage* found = input < reader.inputs.size() ? find(reader.inputs[input]) : nullptr;
  if (found == nullptr) refuse(i, fmt::format(" whose input {} is no constant", input));
  Tensor values = values_of(*found, source_);
  if (values.size() != size) {
    bad(fmt::format("node {} ({}) has the constant {} of shape {}; expected {} values", i, reader.op,
                    found->name, shape_text(values.shape), size));
  }
  values.shape = {size};
  return values;
}

}  // namespace gradus::onnx
