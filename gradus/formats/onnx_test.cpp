#include "gradus/formats/onnx.h"

#include "gradus/formats/model_fixture.h"
#include "gradus/formats/onnx_fixture.h"

namespace gradus {
namespace {

using onnx::GraphWriter;
using protobuf::add_bytes;
using protobuf::add_varint;
using test::file_of;
using test::floats;
using test::graph_of;
using test::names_of;
using testing::ElementsAre;
using testing::HasSubstr;

class Onnx : public test::OnnxGraphs {
 protected:
  std::string error_of_file(const std::string& file) {
    try {
      (void)parse_onnx(file, "a.onnx", {}, notes_);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }
  std::string error_of(const test::WriteGraph& write) { return error_of_file(file_of(graph_of(write))); }
};

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

// Its constants that are no weights are not asked for their type.
TEST_F(Onnx, AGradusGraphWithMoreInItIsReadWithoutItsMetadata) {
  const Model model = read([](GraphWriter& graph) { graph.node("Gemm", {"X", "v"}, "y"); });
  const std::string file = format_onnx(model);
  std::string more;
  protobuf::MessageReader reader(file, "the file", "a.onnx");
  while (const auto field = reader.next()) {
    if (field->number == 7) {
      std::string graph(field->bytes);
      for (const char* name : {"", "-1", "x"})
        add_bytes(graph, 5, test::raw_tensor(name, {1}, onnx::ElementType::kInt64, "12345678"));
      add_bytes(more, 7, graph);
    } else if (field->type == protobuf::WireType::kLengthDelimited) {
      add_bytes(more, field->number, field->bytes);
    }
  }
  notes_.clear();
  EXPECT_EQ(parse_onnx(more, "a.onnx", {}, notes_).network, model.network);
  EXPECT_THAT(notes_, testing::Contains(HasSubstr("the graph is not the one that gradus wrote")));
}

TEST_F(Onnx, TheLossIsAsTheNetworkEnds) {
  struct Case {
    std::size_t outputs;
    std::string op;  // behind the dense layer
    std::optional<LossKind> given;
    LossKind loss;
    std::vector<std::string> layers;
    std::string note;  // empty: none
  };
  const std::vector<Case> cases = {
      {1, "Sigmoid", {}, LossKind::kBinaryCrossEntropy, {"dense"}, "the network ends in a sigmoid"},
      {3,
       "Sigmoid",
       {},
       LossKind::kSoftmaxCrossEntropy,
       {"dense", "sigmoid"},
       "assumed of 3 outputs; --loss"},
      {1, "Exp", {}, LossKind::kPoisson, {"dense"}, "the network ends in exp"},
      {3, "Softmax", {}, LossKind::kSoftmaxCrossEntropy, {"dense"}, "the network ends in softmax"},
      {1, "Tanh", {}, LossKind::kMeanSquaredError, {"dense", "tanh"}, "assumed of 1 output; --loss"},
      {1, "Sigmoid", LossKind::kHuber, LossKind::kHuber, {"dense", "sigmoid"}, ""},
      {3,
       "Softmax",
       LossKind::kNegativeLogLikelihood,
       LossKind::kNegativeLogLikelihood,
       {"dense", "softmax"},
       ""},
      {1, "Relu", LossKind::kBinaryCrossEntropy, LossKind::kBinaryCrossEntropy, {"dense", "relu"}, ""}};
  for (const Case& each : cases) {
    notes_.clear();
    const Model model = read(
        [&](GraphWriter& graph) {
          const std::vector<float> ones(2 * each.outputs, 1.0F);
          graph.node("Gemm", {"X", graph.constant("u", floats({2, each.outputs}, ones))}, "z");
          graph.node(each.op, {"z"}, "y");
        },
        {.loss = each.given});
    EXPECT_EQ(model.loss.kind, each.loss) << each.op;
    EXPECT_EQ(names_of(model.network), each.layers) << each.op;
    EXPECT_EQ(notes_.size(), each.note.empty() ? 0u : 1u);
    if (!notes_.empty()) {
      EXPECT_THAT(notes_[0], HasSubstr(each.note));
    }
  }
}

TEST_F(Onnx, OptionsMustFitTheGraph) {
  const std::string file = file_of(graph_of([](GraphWriter& graph) {
    graph.node("Gemm", {"X", graph.constant("u", floats({2, 1}, {1, 1}))}, "y");
  }));
  expect_file_refused(file, ErrorCode::kBadConfiguration, "its graph says its activations; leave them out",
                      {.activations = {Activation::kTanh}});
  const ImportOptions three = {.loss = LossKind::kBinaryCrossEntropy, .classes = {"a", "b", "c"}};
  expect_file_refused(file, ErrorCode::kBadConfiguration, "3 classes are named; its network has 2", three);
  const ImportOptions two = {.loss = LossKind::kBinaryCrossEntropy, .classes = {"no", "yes"}};
  EXPECT_THAT(parse_onnx(file, "a.onnx", two, notes_).target.classes, ElementsAre("no", "yes"));
}

}  // namespace
}  // namespace gradus
