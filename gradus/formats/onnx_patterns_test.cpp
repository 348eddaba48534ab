#include "gradus/formats/onnx_patterns.h"

#include "gradus/formats/onnx_fixture.h"

namespace gradus {
namespace {

using onnx::GraphWriter;
using test::floats;
using test::names_of;
using test::parameter;
using testing::ElementsAre;

struct Node {
  std::string op;
  std::vector<std::string> inputs;
  std::string output;
  std::vector<onnx::Attribute> attributes = {};
};
using Nodes = std::vector<Node>;

class OnnxPatterns : public test::OnnxGraphs {
 protected:
  // These behind a dense layer of three outputs "z"; "one" is 1 and so on.
  static test::WriteGraph behind_dense(const Nodes& nodes) {
    return [=](GraphWriter& graph) {
      graph.node("Gemm", {"X", "v"}, "z");
      graph.constant("one", 1);
      graph.constant("two", 2);
      graph.constant("half", 0.5F);
      graph.constant("sqrt_2", 1.41421356F);
      graph.constant("two_thirds", 2.0F / 3);
      graph.constant("lecun", 1.7159F);
      graph.constant("epsilon", 1e-5F);
      graph.constant("ones", floats({2}, {1, 1}));
      for (const Node& node : nodes) {
        const auto& given = node.attributes;
        if (given.empty()) graph.node(node.op, node.inputs, node.output);
        if (given.size() == 1) graph.node(node.op, node.inputs, node.output, {given[0]});
        if (given.size() == 2) graph.node(node.op, node.inputs, node.output, {given[0], given[1]});
      }
    };
  }
  std::vector<std::string> layers(const Nodes& nodes) { return names_of(read(behind_dense(nodes)).network); }
  void expect_no_pattern(const Nodes& nodes, const std::string& words) {
    expect_refused(behind_dense(nodes), ErrorCode::kUnsupported, words);
  }
  // The nodes with one of them another; the words are about the first reader of z.
  void expect_no_pattern_with(Nodes nodes, std::size_t place, Node other, const std::string& words) {
    nodes[place] = std::move(other);
    expect_no_pattern(nodes, words);
  }
};

const Nodes kSilu = {{"Sigmoid", {"z"}, "s"}, {"Mul", {"z", "s"}, "y"}};
const Nodes kGelu = {{"Div", {"z", "sqrt_2"}, "d"},
                     {"Erf", {"d"}, "e"},
                     {"Add", {"e", "one"}, "a"},
                     {"Mul", {"z", "a"}, "m"},
                     {"Mul", {"m", "half"}, "y"}};
const Nodes kLecunTanh = {
    {"Mul", {"z", "two_thirds"}, "s"}, {"Tanh", {"s"}, "t"}, {"Mul", {"t", "lecun"}, "y"}};
const Nodes kLayerNorm = {{"ReduceMean", {"z"}, "mean", {onnx::integers("axes", -1)}},
                          {"Sub", {"z", "mean"}, "c"},
                          {"Pow", {"c", "two"}, "p"},
                          {"ReduceMean", {"p"}, "variance", {onnx::integers("axes", -1)}},
                          {"Add", {"variance", "epsilon"}, "raised"},
                          {"Sqrt", {"raised"}, "deviation"},
                          {"Div", {"c", "deviation"}, "normal"},
                          {"Mul", {"normal", "b"}, "scaled"},
                          {"Add", {"scaled", "b"}, "y"}};

TEST_F(OnnxPatterns, SeveralOperatorsAreOneLayer) {
  EXPECT_THAT(layers(kSilu), ElementsAre("dense", "silu"));
  EXPECT_THAT(layers({{"Sigmoid", {"z"}, "s"}, {"Mul", {"s", "z"}, "y"}}), ElementsAre("dense", "silu"));
  EXPECT_THAT(layers(kGelu), ElementsAre("dense", "gelu"));
  EXPECT_THAT(layers(kLecunTanh), ElementsAre("dense", "lecun_tanh"));
  EXPECT_THAT(layers(kLayerNorm), ElementsAre("dense", "layer_norm"));
}

TEST_F(OnnxPatterns, ConstantsMayStandOnEitherSideWhereItDoesNotMatter) {
  EXPECT_THAT(layers({{"Div", {"z", "sqrt_2"}, "d"},
                      {"Erf", {"d"}, "e"},
                      {"Add", {"one", "e"}, "a"},
                      {"Mul", {"a", "z"}, "m"},
                      {"Mul", {"half", "m"}, "y"}}),
              ElementsAre("dense", "gelu"));
  EXPECT_THAT(layers({{"Mul", {"two_thirds", "z"}, "s"}, {"Tanh", {"s"}, "t"}, {"Mul", {"lecun", "t"}, "y"}}),
              ElementsAre("dense", "lecun_tanh"));
}

TEST_F(OnnxPatterns, LayerNormalizationBringsItsWeightAndBias) {
  Nodes nodes = kLayerNorm;
  nodes[8] = {"Add", {"shift", "scaled"}, "y"};
  for (const std::vector<std::string>& sides : {std::vector<std::string>{"normal", "b"}, {"b", "normal"}}) {
    nodes[7].inputs = sides;
    const Model model = read([&](GraphWriter& graph) {
      graph.constant("shift", floats({3}, {-1, -2, -3}));
      behind_dense(nodes)(graph);
    });
    EXPECT_THAT(parameter(model, "1.weight"), ElementsAre(7, 8, 9));
    EXPECT_THAT(parameter(model, "1.bias"), ElementsAre(-1, -2, -3));
  }
  nodes[8].inputs = {"scaled", "b"};
  nodes[7].inputs = {"normal", "normal"};
  expect_no_pattern(nodes, "where the graph branches");
  nodes[7].inputs = {"normal"};
  expect_no_pattern(nodes, "node 8 is Mul whose input 1 is no constant");
}

TEST_F(OnnxPatterns, WhatIsOnlyLikeSiluIsRefused) {
  const std::string words = "node 1 is Sigmoid where the graph branches";
  expect_no_pattern_with(kSilu, 1, {"Add", {"z", "s"}, "y"}, words);
  expect_no_pattern_with(kSilu, 1, {"Mul", {"z", "s", "one"}, "y"}, words);
  expect_no_pattern({{"Sigmoid", {"z"}, "s"}, {"Mul", {"z", "one"}, "m"}, {"Add", {"s", "m"}, "y"}}, words);
}

TEST_F(OnnxPatterns, WhatIsOnlyLikeGeluIsRefused) {
  const std::string words = "node 1 is Div where the graph branches";
  expect_no_pattern_with(kGelu, 0, {"Div", {"z", "two"}, "d"}, words);
  expect_no_pattern_with(kGelu, 0, {"Div", {"sqrt_2", "z"}, "d"}, words);
  expect_no_pattern_with(kGelu, 0, {"Div", {"z", "ones"}, "d"}, words);
  expect_no_pattern_with(kGelu, 0, {"Div", {"z", "sqrt_2", "one"}, "d"}, words);
  expect_no_pattern_with(kGelu, 1, {"Tanh", {"d"}, "e"}, words);
  expect_no_pattern_with(kGelu, 2, {"Add", {"e", "two"}, "a"}, words);
  expect_no_pattern_with(kGelu, 2, {"Add", {"e", "e"}, "a"}, words);
  expect_no_pattern_with(kGelu, 4, {"Mul", {"m", "two"}, "y"}, words);
  Nodes nodes = kGelu;
  nodes[3] = {"Mul", {"a", "one"}, "m"};
  nodes.insert(nodes.begin() + 1, {"Relu", {"z"}, "r"});
  expect_no_pattern(nodes, words);
}

TEST_F(OnnxPatterns, WhatIsOnlyLikeLecunTanhIsRefused) {
  const std::string words = "node 1 is Mul between or behind layers";
  expect_no_pattern_with(kLecunTanh, 0, {"Mul", {"z", "half"}, "s"}, words);
  expect_no_pattern_with(kLecunTanh, 2, {"Mul", {"t", "two"}, "y"}, words);
  expect_no_pattern_with(kLecunTanh, 2, {"Mul", {"t", "ones"}, "y"}, words);
}

TEST_F(OnnxPatterns, WhatIsOnlyLikeLayerNormalizationIsRefused) {
  const std::string words = "node 1 is ReduceMean where the graph branches";
  const onnx::Attribute rows = onnx::integers("axes", -1);
  expect_no_pattern_with(kLayerNorm, 0, {"ReduceMean", {"z"}, "mean", {onnx::integers("axes", 0)}}, words);
  expect_no_pattern_with(kLayerNorm, 0, {"ReduceMean", {"z"}, "mean", {onnx::integer("axes", -1)}}, words);
  expect_no_pattern_with(kLayerNorm, 0, {"ReduceMean", {"z"}, "mean"}, words);
  expect_no_pattern_with(kLayerNorm, 0, {"ReduceMean", {"z"}, "mean", {rows, onnx::integer("keepdims", 0)}},
                         words);
  expect_no_pattern_with(kLayerNorm, 1, {"Sub", {"mean", "z"}, "c"}, words);
  expect_no_pattern_with(kLayerNorm, 1, {"Mul", {"z", "mean"}, "c"}, words);
  expect_no_pattern_with(kLayerNorm, 2, {"Pow", {"c", "half"}, "p"}, words);
  expect_no_pattern_with(kLayerNorm, 2, {"Pow", {"two", "c"}, "p"}, words);
  expect_no_pattern_with(kLayerNorm, 2, {"Abs", {"c"}, "p"}, words);
  expect_no_pattern_with(kLayerNorm, 3, {"ReduceMax", {"p"}, "variance", {rows}}, words);
  expect_no_pattern_with(kLayerNorm, 3, {"ReduceMean", {"p"}, "variance", {onnx::integers("axes", 0)}},
                         words);
  expect_no_pattern_with(kLayerNorm, 4, {"Add", {"variance", "one"}, "raised"}, words);
  expect_no_pattern_with(kLayerNorm, 6, {"Div", {"deviation", "c"}, "normal"}, words);
  Nodes nodes = kLayerNorm;
  nodes[6] = {"Div", {"deviation", "one"}, "normal"};
  nodes.insert(nodes.begin() + 3, {"Relu", {"c"}, "r"});
  expect_no_pattern(nodes, words);
}

// From opset 18 on the axes are an input.
TEST_F(OnnxPatterns, AxesMayBeAConstant) {
  Nodes nodes = kLayerNorm;
  nodes[0] = {"ReduceMean", {"z", "axes"}, "mean"};
  nodes[3] = {"ReduceMean", {"p", "axes"}, "variance"};
  const auto graph = [&](const std::vector<std::int64_t>& axes) {
    return [&, axes](GraphWriter& writer) {
      writer.constant("axes", axes);
      behind_dense(nodes)(writer);
    };
  };
  for (const std::int64_t axis : {-1, 1})
    EXPECT_THAT(names_of(read(graph({axis})).network), ElementsAre("dense", "layer_norm"));
  const std::string words = "node 1 is ReduceMean where the graph branches";
  expect_refused(graph({0}), ErrorCode::kUnsupported, words);
  expect_refused(graph({-1, 1}), ErrorCode::kUnsupported, words);
  expect_refused(
      [&](GraphWriter& writer) {
        writer.constant("axes", 1);
        behind_dense(nodes)(writer);
      },
      ErrorCode::kUnsupported, words);
  nodes[0].inputs[1] = "unknown";
  nodes.insert(nodes.begin(), {"Constant", {}, "unknown"});
  expect_refused(graph({-1}), ErrorCode::kUnsupported, "node 2 is ReduceMean where the graph branches");
}

}  // namespace
}  // namespace gradus
