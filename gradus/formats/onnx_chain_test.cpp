#include "gradus/formats/onnx_chain.h"

#include <bit>
#include <limits>

#include "gradus/formats/onnx_fixture.h"

namespace gradus {
namespace {

using onnx::GraphWriter;
using test::file_of;
using test::floats;
using test::graph_of;
using test::names_of;
using test::parameter;
using test::raw_attribute;
using test::raw_node;
using test::raw_tensor;
using test::WriteGraph;
using testing::ElementsAre;

struct Refused {
  WriteGraph write;
  std::string words;
};

class OnnxChain : public test::OnnxGraphs {
 protected:
  void expect_all_refused(ErrorCode code, const std::vector<Refused>& cases) {
    for (const Refused& each : cases) expect_refused(each.write, code, each.words);
  }
};

// Behind a dense layer of three outputs "z".
WriteGraph behind_dense(const std::string& op, const std::vector<std::string>& others = {},
                        const std::vector<onnx::Attribute>& attributes = {}) {
  return [=](GraphWriter& graph) {
    graph.node("Gemm", {"X", "v"}, "z");
    std::vector<std::string> inputs = {"z"};
    inputs.insert(inputs.end(), others.begin(), others.end());
    if (attributes.empty()) {
      graph.node(op, inputs, "y");
    } else {
      graph.node(op, inputs, "y", {attributes.front()});
    }
  };
}

WriteGraph alone(const std::string& op, const std::vector<std::string>& inputs) {
  return [=](GraphWriter& graph) { graph.node(op, inputs, "y"); };
}

// A dense layer of one output "z", and behind it a node with that constant.
WriteGraph behind_one_output(const std::string& op, const Tensor& constant) {
  return [=](GraphWriter& graph) {
    graph.node("Gemm", {"X", graph.constant("u", floats({2, 1}, {1, 1}))}, "z");
    graph.node(op, {"z", graph.constant("c", constant)}, "y");
  };
}

WriteGraph in_front(const std::string& op, const Tensor& constant) {
  return [=](GraphWriter& graph) {
    graph.node(op, {"X", graph.constant("c", constant)}, "s");
    graph.node("Gemm", {"s", "v"}, "y");
  };
}

TEST_F(OnnxChain, EveryActivationIsReadAsItself) {
  const std::vector<std::pair<WriteGraph, std::string>> cases = {
      {behind_dense("Relu"), "relu"},
      {behind_dense("Sigmoid"), "sigmoid"},
      {behind_dense("Tanh"), "tanh"},
      {behind_dense("Softplus"), "softplus"},
      {behind_dense("LeakyRelu"), "leaky_relu"},
      {behind_dense("LeakyRelu", {}, {onnx::real("alpha", 0.01F)}), "leaky_relu"},
      {behind_dense("Elu"), "elu"},
      {behind_dense("Elu", {}, {onnx::real("alpha", 1)}), "elu"},
      {behind_dense("Gelu"), "gelu"}};
  for (const auto& [write, name] : cases)
    EXPECT_THAT(names_of(read(write).network), ElementsAre("dense", name));
}

TEST_F(OnnxChain, ActivationsInAnotherFormAreRefused) {
  expect_all_refused(
      ErrorCode::kUnsupported,
      {{behind_dense("LeakyRelu", {}, {onnx::real("alpha", 0.2F)}),
        "node 1 is LeakyRelu with an alpha that is not 0.01"},
       {behind_dense("Elu", {}, {onnx::real("alpha", 0.5F)}), "node 1 is Elu with an alpha that is not 1"},
       {behind_dense("Softmax", {}, {onnx::integer("axis", 0)}), "node 1 is Softmax over another axis"},
       {behind_dense("Flatten", {}, {onnx::integer("axis", 0)}), "node 1 is Flatten; expected"},
       {alone("Relu", {"X"}), "node 0 is Relu before the first dense layer"}});
}

TEST_F(OnnxChain, GeluMaySayThatItIsExact) {
  const auto graph = [](std::string_view approximate) {
    return raw_node("Gemm", {"X", "v"}, {"z"}) +
           raw_node("Gelu", {"z"}, {"y"}, {raw_attribute("approximate", 4, approximate)}) +
           graph_of([](GraphWriter&) {});
  };
  EXPECT_THAT(names_of(read_bytes(graph("none")).network), ElementsAre("dense", "gelu"));
  expect_file_refused(file_of(graph("tanh")), ErrorCode::kUnsupported, "node 1 is Gelu that approximates");
}

TEST_F(OnnxChain, SoftmaxOverColumnsIsTheLosssOwn) {
  for (const int axis : {-1, 1}) {
    const Model model = read(behind_dense("Softmax", {}, {onnx::integer("axis", axis)}));
    EXPECT_THAT(names_of(model.network), ElementsAre("dense"));
    EXPECT_EQ(model.loss.kind, LossKind::kSoftmaxCrossEntropy);
  }
}

TEST_F(OnnxChain, WhatDoesNothingIsPassedOver) {
  const Model model = read([](GraphWriter& graph) {
    graph.node("Flatten", {"X"}, "f");
    graph.node("Flatten", {"f"}, "g", {onnx::integer("axis", 1)});
    graph.node("Cast", {"g"}, "c", {onnx::integer("to", 1)});
    graph.node("Gemm", {"c", "v"}, "z");
    graph.node("Dropout", {"z"}, "d");
    graph.node("Identity", {"d"}, "i");
    graph.node("Relu", {"i"}, "y");
  });
  EXPECT_THAT(names_of(model.network), ElementsAre("dense", "relu"));
}

TEST_F(OnnxChain, ACastThatChangesNumbersIsRefused) {
  for (const int type : {7, 9, 10}) {  // int64, bool, float16
    expect_refused(behind_dense("Cast", {}, {onnx::integer("to", type)}), ErrorCode::kUnsupported,
                   "node 1 is Cast to something else than float or double");
  }
  EXPECT_NO_THROW((void)read(behind_dense("Cast", {}, {onnx::integer("to", 11)})));
}

TEST_F(OnnxChain, DenseLayersInAnotherFormAreRefused) {
  const auto gemm = [](onnx::Attribute attribute) {
    return [attribute](GraphWriter& graph) { graph.node("Gemm", {"X", "v"}, "y", {attribute}); };
  };
  expect_all_refused(ErrorCode::kUnsupported,
                     {{gemm(onnx::real("alpha", 2)), "node 0 is Gemm with alpha, beta or transA"},
                      {gemm(onnx::real("beta", 0)), "node 0 is Gemm with alpha, beta or transA"},
                      {gemm(onnx::integer("transA", 1)), "node 0 is Gemm with alpha, beta or transA"},
                      {alone("Gemm", {"X"}), "node 0 is Gemm without constant weights"},
                      {alone("MatMul", {"v", "X"}), "node 0 is MatMul without constant weights"},
                      {[](GraphWriter& graph) {
                         graph.node("Constant", {}, "c");
                         graph.node("MatMul", {"X", "c"}, "y");
                       },
                       "node 1 is MatMul without constant weights"}});
  expect_refused(
      [](GraphWriter& graph) {
        graph.node("Gemm", {"X", graph.constant("u", floats({0, 2}, {}))}, "y");
      },
      ErrorCode::kBadData, "node 0 (Gemm) has weights of shape (0, 2); 0 values come in");
}

TEST_F(OnnxChain, ABiasMayBeLeftOutAndStandOnEitherSide) {
  EXPECT_EQ(read(alone("Gemm", {"X", "v", ""})).network.layers[0], dense(3, false));
  EXPECT_EQ(read(alone("MatMul", {"X", "v"})).network.layers[0], dense(3, false));
  for (const auto& sides : {std::vector<std::string>{"p", "b"}, {"b", "p"}}) {
    const Model model = read([&](GraphWriter& graph) {
      graph.node("MatMul", {"X", "v"}, "p");
      graph.node("Add", sides, "y");
    });
    EXPECT_EQ(model.network.layers[0], dense(3, true));
    EXPECT_THAT(parameter(model, "0.bias"), ElementsAre(7, 8, 9));
  }
}

TEST_F(OnnxChain, WhatIsAddedBehindMatMulMustBeABias) {
  const auto add = [](const std::vector<std::string>& inputs) {
    return [=](GraphWriter& graph) {
      graph.node("Constant", {}, "unknown");
      graph.node("MatMul", {"X", "v"}, "p");
      graph.node("Add", inputs, "y");
    };
  };
  expect_all_refused(ErrorCode::kUnsupported,
                     {{add({"p", "v"}), "node 2 is Add between or behind layers"},
                      {add({"p", "unknown"}), "node 2 is Add of values that are no constants"},
                      {add({"p", "b", "b"}), "node 2 is Add of values that are no constants"},
                      {add({"p"}), "node 2 is Add of values that are no constants"}});
}

TEST_F(OnnxChain, BatchNormalizationTakesItsEpsilonIntoTheVariance) {
  const auto write = [](float epsilon) {
    return [=](GraphWriter& graph) {
      graph.node("Gemm", {"X", "v"}, "z");
      graph.constant("mean", floats({3}, {0, 1, 2}));
      graph.constant("variance", floats({3}, {4, 5, 6}));
      graph.node("BatchNormalization", {"z", "b", "b", "mean", "variance"}, "y",
                 {onnx::real("epsilon", epsilon)});
    };
  };
  const Model model = read(write(1e-5F));
  EXPECT_THAT(names_of(model.network), ElementsAre("dense", "batch_norm"));
  EXPECT_THAT(parameter(model, "1.weight"), ElementsAre(7, 8, 9));
  EXPECT_THAT(parameter(model, "1.bias"), ElementsAre(7, 8, 9));
  EXPECT_THAT(parameter(model, "1.running_mean"), ElementsAre(0, 1, 2));
  EXPECT_THAT(parameter(model, "1.running_var"), ElementsAre(4, 5, 6));
  EXPECT_NEAR(parameter(read(write(0.25F)), "1.running_var")[1], 5.25 - 1e-5, 1e-6);
}

TEST_F(OnnxChain, BatchNormalizationOfOtherShapesIsRefused) {
  expect_all_refused(ErrorCode::kUnsupported, {{alone("BatchNormalization", {"X", "b", "b", "b", "b"}),
                                                "node 0 is BatchNormalization before the first dense layer"},
                                               {behind_dense("BatchNormalization", {"b", "b", "b"}),
                                                "BatchNormalization whose input 4 is no constant"},
                                               {behind_dense("BatchNormalization", {"b", "", "b", "b"}),
                                                "whose input 2 is no constant"}});
  expect_refused(behind_dense("BatchNormalization", {"b", "b", "v", "b"}), ErrorCode::kBadData,
                 "node 1 (BatchNormalization) has the constant v of shape (2, 3); expected 3 values");
}

TEST_F(OnnxChain, LayerNormalizationIsOfTheColumnsWithOneEpsilon) {
  for (const onnx::Attribute& attribute :
       {onnx::integer("axis", -1), onnx::integer("axis", 1), onnx::real("epsilon", 1e-5F)}) {
    const Model model = read(behind_dense("LayerNormalization", {"b", "b"}, {attribute}));
    EXPECT_THAT(names_of(model.network), ElementsAre("dense", "layer_norm"));
    EXPECT_THAT(parameter(model, "1.weight"), ElementsAre(7, 8, 9));
  }
  const std::string words = "is LayerNormalization over other axes, or with an epsilon that is not 1e-5";
  expect_all_refused(ErrorCode::kUnsupported,
                     {{alone("LayerNormalization", {"X", "b", "b"}), "node 0 " + words},
                      {behind_dense("LayerNormalization", {"b", "b"}, {onnx::integer("axis", 0)}), words},
                      {behind_dense("LayerNormalization", {"b", "b"}, {onnx::real("epsilon", 1e-6F)}), words},
                      {behind_dense("LayerNormalization", {"b"}), "whose input 2 is no constant"}});
}

TEST_F(OnnxChain, ScalingInFrontIsComposed) {
  struct Case {
    std::string op;
    std::vector<float> values;
    std::vector<double> shift, scale;
  };
  const std::vector<Case> cases = {{"Sub", {3}, {3}, {1}},
                                   {"Add", {3}, {-3}, {1}},
                                   {"Div", {4}, {0}, {4}},
                                   {"Mul", {4}, {0}, {0.25}},
                                   {"Add", {1, 2}, {-1, -2}, {1, 1}}};
  for (const Case& each : cases) {
    const Model model = read(in_front(each.op, floats({each.values.size()}, each.values)));
    EXPECT_EQ(model.transform.shift, each.shift) << each.op;
    EXPECT_EQ(model.transform.scale, each.scale) << each.op;
    EXPECT_EQ(model.transform.scaling, each.values.size() == 1 ? Scaling::kGlobal : Scaling::kFeature);
  }
  const Model model = read([](GraphWriter& graph) {
    graph.node("Add", {graph.constant("one", 1), "X"}, "a");
    graph.node("Div", {"a", graph.constant("both", floats({2}, {2, 4}))}, "d");
    graph.node("Sub", {"d", graph.constant("three", 3)}, "s");
    graph.node("Mul", {graph.constant("two", floats({1, 2}, {2, 2})), "s"}, "m");
    graph.node("Gemm", {"m", "v"}, "y");
  });
  EXPECT_THAT(model.transform.shift, ElementsAre(5, 11)) << "((x + 1) / d - 3) * 2";
  EXPECT_THAT(model.transform.scale, ElementsAre(1, 2));
}

TEST_F(OnnxChain, ScalingBehindIsTheTargetsUnit) {
  struct Case {
    std::string op;
    float value;
    double mean, deviation;
  };
  for (const Case& each :
       {Case{"Add", 3, 3, 1}, Case{"Sub", 3, -3, 1}, Case{"Mul", 4, 0, 4}, Case{"Div", 4, 0, 0.25}}) {
    const Model model = read(behind_one_output(each.op, floats({1}, {each.value})));
    EXPECT_EQ(model.target.mean, each.mean) << each.op;
    EXPECT_EQ(model.target.deviation, each.deviation) << each.op;
  }
}

TEST_F(OnnxChain, ScalingThatIsNoneOfThemIsRefused) {
  expect_all_refused(
      ErrorCode::kUnsupported,
      {{alone("Sub", {"b", "X"}), "node 0 is Sub of values that are no constants"},
       {alone("Div", {"b", "X"}), "node 0 is Div of values that are no constants"},
       {in_front("Add", floats({0}, {})), "node 0 is Add of values that are no constants"},
       {behind_dense("Mul", {"b"}), "node 1 is Mul between or behind layers"},
       {behind_one_output("Add", floats({2}, {1, 2})), "node 1 is Add between or behind layers"},
       {[](GraphWriter& graph) {
          graph.node("Gemm", {"X", graph.constant("u", floats({2, 1}, {1, 1}))}, "z");
          graph.node("Mul", {"z", graph.constant("four", 4)}, "m");
          graph.node("Gemm", {"m", graph.constant("one", floats({1, 1}, {1}))}, "y");
        },
        "node 2 is Gemm behind scaled outputs"}});
}

TEST_F(OnnxChain, ScalingThatCannotBeIsDamage) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  // So many times in a row.
  const auto repeat = [](GraphWriter& graph, std::string x, int times, std::string_view op, float factor) {
    for (int i = 0; i < times; ++i)
      x = graph.node(op, {x, graph.constant("c", factor)}, "s" + std::to_string(i));
    return x;
  };
  const auto often_in_front = [=](const std::string& op) {
    return [=](GraphWriter& graph) { graph.node("Gemm", {repeat(graph, "X", 10, op, 1e-38F), "v"}, "y"); };
  };
  const auto often_behind = [=](int times, const std::string& op) {
    return [=](GraphWriter& graph) {
      graph.node("Gemm", {"X", graph.constant("u", floats({2, 1}, {1, 1}))}, "z");
      graph.node("Add", {"z", graph.constant("far", 3e38F)}, "a");
      (void)repeat(graph, "a", times, op, 3e38F);
    };
  };
  expect_all_refused(
      ErrorCode::kBadData,
      {{in_front("Div", floats({1}, {0})), "node 0 (Div) scales by 0 or by what is no number"},
       {in_front("Sub", floats({1}, {kInfinity})), "node 0 (Sub) scales by 0 or by what is no number"},
       {in_front("Sub", floats({3}, {1, 2, 3})), "3 features are scaled; the network takes 2"},
       {[](GraphWriter& graph) {
          graph.node("Sub", {"X", graph.constant("two", floats({2}, {1, 2}))}, "s");
          graph.node("Div", {"s", "b"}, "d");
          graph.node("Gemm", {"d", "v"}, "y");
        },
        "node 1 (Div) has 3 values for 2 features"},
       {often_in_front("Div"), "its scaling comes to 0 or to what is no number"},
       {often_in_front("Mul"), "its scaling comes to 0 or to what is no number"},
       {often_behind(8, "Mul"), "its scaling comes to 0 or to what is no number"},
       {often_behind(9, "Div"), "its scaling comes to 0 or to what is no number"},
       {behind_one_output("Mul", floats({1}, {-1})), "the outputs are scaled by a negative number"}});
}

TEST_F(OnnxChain, ConstantNodesAreConstants) {
  const std::string one = std::string("\0\0\x80\x3f", 4);
  const auto graph = [&](const std::string& attribute) {
    return raw_node("Constant", {}, {"shift"}, {attribute}) + raw_node("Sub", {"X", "shift"}, {"s"}) +
           raw_node("Gemm", {"s", "v"}, {"z"}) + raw_node("Softmax", {"z"}, {"p"}) +
           raw_node("ArgMax", {"p"}, {"y"}) + graph_of([](GraphWriter&) {});
  };
  const Model model =
      read_bytes(graph(raw_attribute("value", 5, raw_tensor("", {}, onnx::ElementType::kFloat, one))));
  EXPECT_THAT(model.transform.shift, ElementsAre(1));
  EXPECT_THAT(notes_, testing::Contains("left out behind the network: ArgMax"));
  expect_file_refused(file_of(graph(raw_attribute("value", 4, "one"))), ErrorCode::kUnsupported,
                      "node 1 is Sub of values that are no constants");
}

TEST_F(OnnxChain, OperatorsOfOnnxsOwnDomainNeedNoNameForIt) {
  const auto graph = [](std::string_view domain) {
    return raw_node("Gemm", {"X", "v"}, {"y"}, {}, domain) + graph_of([](GraphWriter&) {});
  };
  EXPECT_THAT(names_of(read_bytes(graph("ai.onnx")).network), ElementsAre("dense"));
  expect_file_refused(file_of(graph("com.example")), ErrorCode::kUnsupported, "node 0 is com.example.Gemm");
}

TEST_F(OnnxChain, ConstantsMayBeListedAmongTheInputs) {
  const Model model = read([](GraphWriter& graph) {
    graph.input("v", onnx::ElementType::kFloat, 3);
    graph.node("Gemm", {"X", "v"}, "y");
  });
  EXPECT_EQ(model.network.inputs, 2u);
}

TEST_F(OnnxChain, OnlyWhatMakesLabelsIsLeftOut) {
  const auto labels = [](const std::string& last) {
    return [=](GraphWriter& graph) {
      graph.node("Gemm", {"X", "v"}, "z");
      graph.node("ArgMax", {"z"}, "i");
      graph.node(last, {"i"}, "y");
    };
  };
  (void)read(labels("Cast"));
  EXPECT_THAT(notes_, testing::Contains("left out behind the network: ArgMax, Cast"));
  expect_all_refused(ErrorCode::kUnsupported,
                     {{labels("Relu"), "node 2 is Relu; expected a chain"},
                      {alone("ArgMax", {"X"}), "node 0 is ArgMax; expected a chain"}});
}

// The file says that the network ends there.
TEST_F(OnnxChain, LayersBehindAnOutputAreRefused) {
  const auto write = [](const std::vector<std::string>& ops) {
    return [=](GraphWriter& graph) {
      graph.node("Gemm", {"X", "v"}, "z");
      graph.output("z", onnx::ElementType::kFloat, 3);
      graph.node(ops.front(), {"z"}, ops.size() == 1 ? "y" : "s");
      if (ops.size() > 1) graph.node(ops.back(), {"z", "s"}, "y");
    };
  };
  expect_all_refused(ErrorCode::kUnsupported,
                     {{write({"Relu"}), "node 1 is Relu; expected a chain"},
                      {write({"Sigmoid", "Mul"}), "node 1 is Sigmoid where the graph branches"}});
}

TEST_F(OnnxChain, AValueWithoutANameHasNoReaders) {
  expect_file_refused(file_of(raw_node("Identity", {"X", ""}, {""}) + graph_of([](GraphWriter&) {})),
                      ErrorCode::kBadData,
                      "there is no Gemm or MatMul with constant weights behind its input");
}

TEST_F(OnnxChain, NumbersMayStandOneByOne) {
  std::string single;
  protobuf::add_varint(single, 1, 2);
  protobuf::add_varint(single, 1, 1);
  std::string wide = single;
  protobuf::add_varint(single, 2, static_cast<std::uint64_t>(onnx::ElementType::kFloat));
  protobuf::add_varint(wide, 2, static_cast<std::uint64_t>(onnx::ElementType::kDouble));
  for (const double value : {0.5, -3.0}) {
    protobuf::add_float(single, 4, static_cast<float>(value));
    protobuf::add_double(wide, 10, value);
  }
  const auto graph = [](std::string tensor) {
    protobuf::add_bytes(tensor, 8, "u");
    std::string whole = graph_of([](GraphWriter& writer) { writer.node("Gemm", {"X", "u"}, "y"); });
    protobuf::add_bytes(whole, 5, tensor);
    return whole;
  };
  EXPECT_THAT(parameter(read_bytes(graph(single)), "0.weight"), ElementsAre(0.5F, -3));
  const Model model = read_bytes(graph(wide));
  ASSERT_TRUE(is_double(model));
  EXPECT_EQ(std::get<AlignedBuffer<double>>(model.parameters)[0], 0.5);
}

TEST_F(OnnxChain, WhatStandsTwiceOrMakesNothingIsDamage) {
  const std::string whole = graph_of([](GraphWriter& graph) { graph.node("Gemm", {"X", "v"}, "y"); });
  std::string tensor;
  protobuf::add_bytes(tensor, 5, raw_tensor("v", {1}, onnx::ElementType::kFloat, "1234"));
  std::string entry;
  protobuf::add_bytes(entry, 14, std::string("\x0a\x01k\x12\x01v", 6));
  const std::string number = raw_tensor("", {}, onnx::ElementType::kFloat, "1234");
  std::string two_tensors = raw_attribute("value", 5, number);
  protobuf::add_bytes(two_tensors, 5, number);
  const std::vector<std::pair<std::string, std::string>> cases = {
      {file_of(whole + tensor), "two of its tensors are called 'v'"},
      {file_of(whole) + file_of(whole), "it has two graphs"},
      {file_of(whole) + entry + entry, "the key 'k' stands twice"},
      {file_of(raw_node("Constant", {}, {"c"}, {two_tensors}) + whole), "it has two tensors"},
      {file_of(raw_node("Relu", {"X"}, {}) + whole), "node 0 (Relu) makes nothing"}};
  for (const auto& [file, words] : cases) expect_file_refused(file, ErrorCode::kBadData, words);
}

TEST_F(OnnxChain, AFileOfTooManyPartsIsRefused) {
  std::string graph = graph_of([](GraphWriter&) {});
  for (int i = 0; i < 50'001; ++i) protobuf::add_bytes(graph, 1, "");
  expect_file_refused(file_of(graph), ErrorCode::kBadData,
                      "the file has more than 50000 nodes, names and numbers");
}

}  // namespace
}  // namespace gradus
