#include "gradus/formats/onnx.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "gradus/core/error.h"
#include "gradus/data/protobuf.h"
#include "gradus/formats/model_fixture.h"
#include "gradus/formats/onnx_graph.h"

namespace gradus {
namespace {

using onnx::ElementType;
using onnx::GraphWriter;
using protobuf::add_bytes;
using protobuf::add_varint;
using testing::ElementsAre;
using testing::HasSubstr;

std::string file_of(const std::string& graph) {
  std::string file;
  add_varint(file, 1, 7);
  add_bytes(file, 7, graph);
  return file;
}

Tensor floats(std::vector<std::size_t> shape, std::vector<float> values) {
  return {.shape = std::move(shape), .values = std::move(values)};
}

// A graph with an input X of two columns and weights "w" (3, 2), "b" (3), "v" (2, 3).
std::string graph_of(const std::function<void(GraphWriter&)>& write) {
  GraphWriter graph;
  graph.input("X", ElementType::kFloat, 2);
  graph.constant("w", floats({3, 2}, {1, 2, 3, 4, 5, 6}));
  graph.constant("b", floats({3}, {7, 8, 9}));
  graph.constant("v", floats({2, 3}, {1, 2, 3, 4, 5, 6}));
  write(graph);
  graph.output("y", ElementType::kFloat, 3);
  return graph.finish("g");
}

class Onnx : public testing::Test {
 protected:
  Model read(const std::function<void(GraphWriter&)>& write, const ImportOptions& options = {}) {
    return parse_onnx(file_of(graph_of(write)), "a.onnx", options, notes_);
  }
  std::string error_of_file(const std::string& file) {
    try {
      (void)parse_onnx(file, "a.onnx", {}, notes_);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }
  std::string error_of(const std::function<void(GraphWriter&)>& write) {
    return error_of_file(file_of(graph_of(write)));
  }
  std::vector<std::string> notes_;
};

std::vector<std::string> names_of(const NetworkSpec& network) {
  std::vector<std::string> names;
  for (const LayerSpec& layer : network.layers) names.emplace_back(name_of(layer));
  return names;
}

TEST_F(Onnx, MatMulAndAddAreADenseLayer) {
  const Model model = read([](GraphWriter& graph) {
    graph.node("MatMul", {"X", "v"}, "p");
    graph.node("Add", {"b", "p"}, "z");
    graph.node("Relu", {"z"}, "y");
  });
  EXPECT_THAT(names_of(model.network), ElementsAre("dense", "relu"));
  const auto& block = std::get<AlignedBuffer<float>>(model.parameters);
  EXPECT_THAT(std::vector<float>(block.data(), block.data() + 6), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(Onnx, GemmMayStandEitherWay) {
  const Model turned = read([](GraphWriter& graph) {
    graph.node("Gemm", {"X", "w", "b"}, "y", {onnx::integer("transB", 1)});
  });
  const auto& block = std::get<AlignedBuffer<float>>(turned.parameters);
  EXPECT_THAT(std::vector<float>(block.data(), block.data() + 6), ElementsAre(1, 3, 5, 2, 4, 6));
  EXPECT_EQ(read([](GraphWriter& graph) {
              graph.node("Gemm", {"X", "v"}, "y");
            }).network.layers[0],
            dense(3, false));
}

TEST_F(Onnx, ScalingInFrontBecomesTheTransformAndBehindTheUnit) {
  const Model model = read([](GraphWriter& graph) {
    graph.node("Sub", {"X", graph.constant("mean", floats({1, 2}, {10, 20}))}, "s");
    graph.node("Mul", {"s", graph.constant("half", 0.5F)}, "t");
    graph.node("Gemm", {"t", graph.constant("u", floats({2, 1}, {1, 1}))}, "z");
    graph.node("Mul", {"z", graph.constant("deviation", 4)}, "m");
    graph.node("Add", {"m", graph.constant("one", 1)}, "y");
  });
  EXPECT_THAT(model.transform.shift, ElementsAre(10, 20));
  EXPECT_THAT(model.transform.scale, ElementsAre(2, 2));
  EXPECT_EQ(model.target.mean, 1);
  EXPECT_EQ(model.target.deviation, 4);
  EXPECT_THAT(names_of(model.network), ElementsAre("dense"));
}

TEST_F(Onnx, WhatChoosesLabelsIsLeftOut) {
  const Model model = read([](GraphWriter& graph) {
    graph.node("Gemm", {"X", "v"}, "z");
    graph.node("Softmax", {"z"}, "p");
    graph.node("ArgMax", {"p"}, "i");
    graph.node("Cast", {"i"}, "y");
  });
  EXPECT_EQ(model.loss.kind, LossKind::kSoftmaxCrossEntropy);
  EXPECT_THAT(names_of(model.network), ElementsAre("dense"));
  EXPECT_THAT(notes_, ElementsAre("left out behind the network: ArgMax, Cast",
                                  "loss softmax_cross_entropy: the network ends in softmax"));
}

TEST_F(Onnx, OperatorsThatGradusHasNothingLikeAreNamed) {
  const auto behind = [](const char* op) {
    return [op](GraphWriter& graph) {
      graph.node("Gemm", {"X", "v"}, "z");
      graph.node(op, {"z"}, "y");
    };
  };
  EXPECT_THAT(error_of(behind("HardSwish")), HasSubstr("node 1 is HardSwish; expected a chain"));
  EXPECT_THAT(error_of([](GraphWriter& graph) {
                graph.node("Gemm", {"X", "v"}, "z");
                graph.node("LeakyRelu", {"z"}, "y", {onnx::real("alpha", 0.2F)});
              }),
              HasSubstr("node 1 is LeakyRelu with an alpha that is not 0.01"));
  EXPECT_THAT(error_of([](GraphWriter& graph) {
                graph.node("Conv", {"X", "w"}, "y");
              }),
              HasSubstr("node 0 is Conv"));
  EXPECT_THAT(error_of([](GraphWriter& graph) {
                graph.node("Gemm", {"X", "v"}, "z");
                graph.node("Relu", {"z"}, "r");
                graph.node("Add", {"r", "z"}, "y");
              }),
              HasSubstr("node 1 is Relu where the graph branches"));
}

TEST_F(Onnx, CyclesAndHolesAreNamed) {
  EXPECT_THAT(
      error_of([](GraphWriter& graph) {
        graph.node("Add", {"X", "z"}, "s");
        graph.node("Gemm", {"s", "v"}, "z");
      }),
      HasSubstr("node 0 (Add) reads 'z', which nothing before it makes; the graph has a cycle or a hole"));
  EXPECT_THAT(error_of([](GraphWriter& graph) { graph.node("Relu", {"X"}, "X"); }),
              HasSubstr("'X' is made twice"));
}

TEST_F(Onnx, ShapesThatDoNotFitAreNamed) {
  EXPECT_THAT(error_of([](GraphWriter& graph) {
                graph.node("Gemm", {"X", "v"}, "z");
                graph.node("Gemm", {"z", "v"}, "y");
              }),
              HasSubstr("node 1 (Gemm) has weights of shape (2, 3); 3 values come in"));
  EXPECT_THAT(error_of([](GraphWriter& graph) {
                graph.node("Gemm", {"X", "b"}, "y");
              }),
              HasSubstr("weights of shape (3,)"));
  EXPECT_THAT(error_of([](GraphWriter& graph) {
                graph.node("Gemm", {"X", "w", "b"}, "y");
              }),
              HasSubstr("expected 2 values"));
}

// A Gemm whose weight is the tensor message made here.
std::string file_with_tensor(const std::vector<std::uint64_t>& dimensions, std::uint64_t type,
                             const std::string& raw, bool external = false) {
  std::string tensor;
  for (const std::uint64_t size : dimensions) add_varint(tensor, 1, size);
  add_varint(tensor, 2, type);
  add_bytes(tensor, 8, "u");
  add_bytes(tensor, 9, raw);
  if (external) add_bytes(tensor, 13, "");
  std::string graph = graph_of([](GraphWriter& writer) { writer.node("Gemm", {"X", "u"}, "y"); });
  add_bytes(graph, 5, tensor);
  return file_of(graph);
}

TEST_F(Onnx, TensorsThatCannotBeCostNoMemory) {
  const std::string four(16, '\0');
  EXPECT_THAT(error_of_file(file_with_tensor({~std::uint64_t{0}, 2}, 1, four)),
              HasSubstr("a dimension is -1"));
  EXPECT_THAT(error_of_file(file_with_tensor({4194305, 4194305, 211106198978564}, 1, four)),
              HasSubstr("has 16 bytes of values"));
  EXPECT_THAT(error_of_file(file_with_tensor({1ull << 40, 2}, 1, four)), HasSubstr("has 16 bytes of values"));
  EXPECT_THAT(error_of_file(file_with_tensor({2, 2}, 10, four)), HasSubstr("is of ONNX's type 10"));
  EXPECT_THAT(error_of_file(file_with_tensor({2, 2}, 1, four, true)), HasSubstr("lie outside of the file"));
  EXPECT_THAT(error_of_file(file_with_tensor(std::vector<std::uint64_t>(100, 1), 1, four)),
              HasSubstr("more than 64 dimensions"));
  EXPECT_THAT(error_of_file(file_with_tensor({2, 0}, 1, "")), HasSubstr("weights of shape (2, 0)"));
  EXPECT_EQ(error_of_file(file_with_tensor({2, 2}, 1, four)), "no error");
}

// Messages within messages are only followed as deep as ONNX has them.
TEST_F(Onnx, DeepNestingIsNotFollowed) {
  std::string nested;
  for (int i = 0; i < 2000; ++i) {
    std::string outer;
    add_bytes(outer, 7, nested);
    nested = std::move(outer);
  }
  EXPECT_THAT(error_of_file(nested), HasSubstr("the graph has 0 inputs"));
  EXPECT_THAT(error_of_file(""), HasSubstr("it has no graph"));
  EXPECT_THAT(error_of_file("PK"), HasSubstr("damaged"));
}

TEST_F(Onnx, AGraphThatWasChangedIsReadWithoutItsMetadata) {
  const Model model = test::trained_digits();
  std::string file = format_onnx(model);
  const std::size_t relu = file.find("Relu");
  ASSERT_NE(relu, file.npos);
  file.replace(relu, 4, "Tanh");
  const Model read = parse_onnx(file, "a.onnx", {}, notes_);
  EXPECT_THAT(notes_, testing::Contains(HasSubstr("the graph is not the one that gradus wrote")));
  EXPECT_THAT(names_of(read.network), ElementsAre("dense", "tanh", "dense"));
  EXPECT_EQ(read.transform.block_prefix, "x");
}

}  // namespace
}  // namespace gradus
