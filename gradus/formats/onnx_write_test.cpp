#include "gradus/formats/onnx_write.h"

#include <algorithm>

#include "gradus/formats/onnx_file.h"
#include "gradus/formats/onnx_fixture.h"
#include "gradus/nn/activation.h"

namespace gradus {
namespace {

using onnx::ElementType;
using onnx::GraphWriter;
using test::floats;
using test::names_of;
using testing::ElementsAre;
using testing::HasSubstr;

class OnnxWrite : public test::OnnxGraphs {
 protected:
  // A dense layer of one output.
  Model of_one_output(LossKind loss, std::vector<std::string> classes = {}) {
    return read(
        [](GraphWriter& graph) {
          graph.node("Gemm", {"X", graph.constant("u", floats({2, 1}, {1, -1}))}, "y");
        },
        {.loss = loss, .classes = std::move(classes)});
  }
  Model of_three_classes(std::vector<std::string> classes) {
    return read(
        [](GraphWriter& graph) {
          graph.node("Gemm", {"X", "v"}, "y");
        },
        {.classes = std::move(classes)});
  }
  onnx::FileMessage written(const Model& model) {
    file_ = format_onnx(model);
    return onnx::parse_file(file_, "a.onnx");
  }
  std::vector<std::string> ops_of(const Model& model) {
    std::vector<std::string> ops;
    for (const onnx::NodeMessage& node : written(model).graph.nodes) ops.push_back(node.op);
    return ops;
  }
  // As another program's graph, which no metadata explains.
  Model through_graph(const Model& model) { return read_bytes(std::string(written(model).graph_bytes)); }

  std::string file_;
};

TEST_F(OnnxWrite, TheGraphAloneSaysTheWholeNetwork) {
  for (const std::string_view name : activation_names()) {
    if (name == "identity") continue;  // reading passes it over
    Model model = of_three_classes({});
    model.network.layers = {dense(3, false), activation_layer(activation_from_name(name)),
                            layer_norm(),    batch_norm(),
                            dense(3, true),  dropout_layer(0.5)};
    const ParameterTable table = parameter_table(model.network);
    AlignedBuffer<float> block(table.block_size);
    for (std::size_t i = 0; i < block.size(); ++i) block[i] = 0.5F + static_cast<float>(i % 7);
    model.parameters = std::move(block);
    const Model again = through_graph(model);
    EXPECT_THAT(names_of(again.network), ElementsAre("dense", name, "layer_norm", "batch_norm", "dense"));
    for (const ParameterInfo& info : table.tensors)
      EXPECT_EQ(test::parameter(again, info.name), test::parameter(model, info.name)) << info.name;
  }
}

TEST_F(OnnxWrite, OneOutputIsTheProbabilityOfTheSecondClass) {
  const Model model = of_one_output(LossKind::kBinaryCrossEntropy, {"no", "yes"});
  EXPECT_THAT(ops_of(model), ElementsAre("Gemm", "Sigmoid", "Sub", "Concat", "ArgMax", "Gather"));
  EXPECT_EQ(through_graph(model).loss.kind, LossKind::kBinaryCrossEntropy);
  EXPECT_THAT(notes_, ElementsAre("left out behind the network: ArgMax, Concat, Gather, Sub",
                                  "loss binary_cross_entropy: the network ends in a sigmoid"));
  Model probabilities = of_one_output(LossKind::kBinaryCrossEntropyProbability, {"no", "yes"});
  probabilities.network.layers.push_back(activation_layer(Activation::kSigmoid));
  EXPECT_THAT(ops_of(probabilities), ElementsAre("Gemm", "Sigmoid", "Sub", "Concat", "ArgMax", "Gather"));
}

TEST_F(OnnxWrite, RatesAreTheExponentialOfTheOutput) {
  const Model model = of_one_output(LossKind::kPoisson);
  EXPECT_THAT(ops_of(model), ElementsAre("Gemm", "Exp", "Mul", "Add"));
  EXPECT_THAT(ops_of(of_one_output(LossKind::kHuber)), ElementsAre("Gemm", "Mul", "Add"));
  EXPECT_EQ(written(model).graph.outputs, std::vector<std::string>{"value"});
}

TEST_F(OnnxWrite, ClassesThatAreWholeNumbersAreWrittenAsSuch) {
  const std::vector<std::pair<std::vector<std::string>, ElementType>> cases = {
      {{"0", "7", "-12"}, ElementType::kInt64},
      {{"ant", "bee", "cat"}, ElementType::kString},
      {{"0", "07", "1"}, ElementType::kString},
      {{"1.5", "2", "3"}, ElementType::kString},
      {{"1", "2", "9223372036854775808"}, ElementType::kString}};
  for (const auto& [classes, type] : cases) {
    const onnx::FileMessage file = written(of_three_classes(classes));
    const auto found = std::ranges::find(file.graph.constants, "classes", &onnx::TensorMessage::name);
    ASSERT_TRUE(found != file.graph.constants.end());
    EXPECT_EQ(found->type, static_cast<std::int64_t>(type)) << classes.back();
    EXPECT_THAT(found->shape, ElementsAre(3));
    EXPECT_EQ(parse_onnx(file_, "a.onnx", {}, notes_).target.classes, classes);
  }
  const std::string bee(
      "\x32\x03"
      "bee",
      5);  // field 6, three bytes
  EXPECT_THAT(format_onnx(of_three_classes({"ant", "bee", "cat"})), HasSubstr(bee));
}

}  // namespace
}  // namespace gradus
