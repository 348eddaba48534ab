#include "gradus/formats/onnx_patterns.h"

#include <algorithm>
#include <cstring>
#include <numbers>

#include "gradus/formats/onnx_graph.h"

namespace gradus::onnx {

namespace {

constexpr double kEpsilon = 1e-5;

// Two readers, the first with that operator: what the second makes of it stands behind it in the file.
std::vector<std::size_t> two_users(const GraphIndex& index, const std::string& x, std::string_view first) {
  const std::span<const std::size_t> users = index.users(x);
  if (users.size() != 2 || index.node(users[0]).op != first) return {};
  return {users[0], users[1]};
}

// x sigmoid(x)
std::optional<Pattern> find_silu(const GraphIndex& index, const std::string& x) {
  const std::vector<std::size_t> users = two_users(index, x, "Sigmoid");
  if (users.empty() || index.follow(index.output_of(users[0]), {"Mul"}) != std::vector{users[1]})
    return std::nullopt;
  if (index.node(users[1]).inputs.size() != 2) return std::nullopt;
  return Pattern{activation_layer(Activation::kSilu), users};
}

// x (1 + erf(x / sqrt 2)) / 2, as PyTorch writes it.
std::optional<Pattern> find_gelu(const GraphIndex& index, const std::string& x) {
  const std::vector<std::size_t> users = two_users(index, x, "Div");
  if (users.empty() || !index.puts_against(users[0], x, std::numbers::sqrt2)) return std::nullopt;
  const std::vector<std::size_t> rest = index.follow(index.output_of(users[0]), {"Erf", "Add", "Mul", "Mul"});
  const bool fits = !rest.empty() && index.puts_against(rest[1], index.output_of(rest[0]), 1) &&
                    rest[2] == users[1] && index.puts_against(rest[3], index.output_of(rest[2]), 0.5);
  if (!fits) return std::nullopt;
  return Pattern{activation_layer(Activation::kGelu), {users[0], rest[0], rest[1], rest[2], rest[3]}};
}

// 1.7159 tanh(2/3 x)
std::optional<Pattern> find_lecun_tanh(const GraphIndex& index, const std::string& x) {
  const std::vector<std::size_t> nodes = index.follow(x, {"Mul", "Tanh", "Mul"});
  const bool fits = !nodes.empty() && index.puts_against(nodes[0], x, kLecunSlope) &&
                    index.puts_against(nodes[2], index.output_of(nodes[1]), kLecunScale);
  if (!fits) return std::nullopt;
  return Pattern{activation_layer(Activation::kLecunTanh), nodes};
}

// The mean of each row, as a column. Its axes are an attribute, from opset 18 on an input.
bool takes_means_of_rows(const GraphIndex& index, std::size_t i) {
  const NodeMessage& node = index.node(i);
  std::int64_t axis = 0;
  if (const AttributeMessage* axes = node.find("axes"); axes != nullptr && axes->integers.size() == 1) {
    axis = axes->integers.front();
  } else if (node.inputs.size() == 2) {
    const TensorMessage* given = index.find(node.inputs[1]);
    const bool is_one = given != nullptr && given->type == static_cast<std::int64_t>(ElementType::kInt64) &&
                        given->raw.size() == sizeof(axis);
    if (is_one) std::memcpy(&axis, given->raw.data(), sizeof(axis));
  }
  return (axis == -1 || axis == 1) && node.integer("keepdims", 1) == 1;
}

// Before opset 17: (x - mean) / sqrt(mean of squares + epsilon), weight and bias, in PyTorch's operators.
std::optional<Pattern> find_layer_norm(const GraphIndex& index, const std::string& x) {
  const std::vector<std::size_t> users = two_users(index, x, "ReduceMean");
  if (users.empty() || index.follow(index.output_of(users[0]), {"Sub"}) != std::vector{users[1]})
    return std::nullopt;
  if (index.node(users[1]).inputs.front() != x || !takes_means_of_rows(index, users[0])) return std::nullopt;
  const std::string& centred = index.output_of(users[1]);
  const std::vector<std::size_t> both = two_users(index, centred, "Pow");
  if (both.empty() || !index.puts_against(both[0], centred, 2)) return std::nullopt;
  const std::vector<std::size_t> rest =
      index.follow(index.output_of(both[0]), {"ReduceMean", "Add", "Sqrt", "Div", "Mul", "Add"});
  const bool fits = !rest.empty() && rest[3] == both[1] && index.node(both[1]).inputs.front() == centred &&
                    takes_means_of_rows(index, rest[0]) &&
                    index.puts_against(rest[1], index.output_of(rest[0]), kEpsilon);
  if (!fits) return std::nullopt;
  Pattern pattern{layer_norm(), {users[0], users[1], both[0]}};
  pattern.nodes.insert(pattern.nodes.end(), rest.begin(), rest.end());
  return pattern;
}

}  // namespace

std::optional<Pattern> find_pattern(const GraphIndex& index, const std::string& x) {
  for (const auto find : {find_silu, find_gelu, find_lecun_tanh, find_layer_norm}) {
    if (auto pattern = find(index, x)) return pattern;
  }
  return std::nullopt;
}

}  // namespace gradus::onnx
