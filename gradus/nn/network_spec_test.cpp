#include "gradus/nn/network_spec.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <limits>

#include "gradus/core/error.h"

namespace gradus {
namespace {

using ::testing::HasSubstr;

NetworkSpec relu_network(std::size_t inputs, const std::vector<std::size_t>& hidden, std::size_t outputs,
                         bool bias = true) {
  return multilayer_perceptron(inputs, hidden, outputs, Activation::kRelu, Activation::kIdentity, bias);
}

std::string error_of(const NetworkSpec& spec) {
  try {
    spec.validate();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadConfiguration);
    return error.what();
  }
  return "no error";
}

TEST(NetworkSpec, AMultilayerPerceptronIsAListOfLayers) {
  const NetworkSpec spec =
      multilayer_perceptron(4, {3, 2}, 1, Activation::kTanh, Activation::kSigmoid, false);
  EXPECT_EQ(spec.inputs, 4u);
  EXPECT_EQ(spec.outputs(), 1u);
  const std::vector<LayerSpec> expected = {dense(3, false), activation_layer(Activation::kTanh),
                                           dense(2, false), activation_layer(Activation::kTanh),
                                           dense(1, false), activation_layer(Activation::kSigmoid)};
  EXPECT_EQ(spec.layers, expected);
  EXPECT_EQ(relu_network(4, {}, 1).layers, std::vector<LayerSpec>{dense(1)});
}

TEST(NetworkSpec, TheParametersBearTheNamesOfSequentialAndStartAtCacheLines) {
  const ParameterTable table = parameter_table(relu_network(5, {3}, 2));
  ASSERT_EQ(table.tensors.size(), 4u);
  const std::vector<std::string> names = {"0.weight", "0.bias", "2.weight", "2.bias"};
  const std::vector<std::size_t> rows = {5, 1, 3, 1};
  const std::vector<std::size_t> cols = {3, 3, 2, 2};
  std::size_t end = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const ParameterInfo& tensor = table.tensors[i];
    EXPECT_EQ(tensor.name, names[i]);
    EXPECT_EQ(tensor.layer, i / 2 * 2) << tensor.name;
    EXPECT_EQ(tensor.rows, rows[i]) << tensor.name;
    EXPECT_EQ(tensor.cols, cols[i]) << tensor.name;
    EXPECT_EQ(tensor.is_weight, i % 2 == 0) << tensor.name;
    EXPECT_EQ(tensor.offset * sizeof(float) % 64, 0u) << tensor.name;
    EXPECT_GE(tensor.offset, end) << tensor.name;
    end = tensor.offset + tensor.size();
  }
  EXPECT_GE(table.block_size, end);
  EXPECT_EQ(table.count, 5u * 3 + 3 + 3 * 2 + 2);
}

TEST(NetworkSpec, NormalizationStandsBeforeTheActivationAndDropoutBehindIt) {
  const NetworkSpec batch = multilayer_perceptron(4, {3}, 2, Activation::kRelu, Activation::kIdentity, true,
                                                  Normalization::kBatch, 0.5);
  EXPECT_EQ(batch.layers,
            (std::vector<LayerSpec>{dense(3, false), batch_norm(), activation_layer(Activation::kRelu),
                                    dropout_layer(0.5), dense(2)}));
  const NetworkSpec layer =
      multilayer_perceptron(4, {3}, 2, Activation::kRelu, Activation::kIdentity, true, Normalization::kLayer);
  EXPECT_EQ(layer.layers,
            (std::vector<LayerSpec>{dense(3), layer_norm(), activation_layer(Activation::kRelu), dense(2)}));
  EXPECT_EQ(summary(batch),
            "layer  kind        output  parameters  formula\n"
            "0      dense            3          12  4 x 3\n"
            "1      batch_norm       3           6  2 x 3\n"
            "2      relu             3           0\n"
            "3      dropout          3           0  rate 0.5\n"
            "4      dense            2           8  3 x 2 + 2\n"
            "total                              26\n");
}

TEST(NetworkSpec, BuffersAreSavedButLieBehindWhatIsTrained) {
  const ParameterTable table = parameter_table(multilayer_perceptron(
      4, {3}, 2, Activation::kTanh, Activation::kIdentity, true, Normalization::kBatch));
  std::vector<std::string> names;
  for (const ParameterInfo& tensor : table.tensors) {
    names.push_back(tensor.name);
    EXPECT_EQ(tensor.offset >= table.trained_size, tensor.is_buffer) << tensor.name;
    if (!tensor.is_weight) {
      EXPECT_EQ(file_shape(tensor), std::vector<std::size_t>{tensor.cols}) << tensor.name;
    }
  }
  EXPECT_EQ(names, (std::vector<std::string>{"0.weight", "1.weight", "1.bias", "1.running_mean",
                                             "1.running_var", "3.weight", "3.bias"}));
  EXPECT_EQ(table.count, 4u * 3 + 2 * 3 + 3 * 2 + 2);
  EXPECT_EQ(table.tensors[0].activation, Activation::kTanh);
  EXPECT_EQ(table.tensors[5].activation, Activation::kIdentity);
}

TEST(NetworkSpec, TheReportsNetworksHaveTheRightNumberOfParameters) {
  EXPECT_EQ(parameter_table(relu_network(784, {64}, 10)).count, 50890u);
  EXPECT_EQ(parameter_table(relu_network(785, {64}, 10, false)).count, 50880u);
  EXPECT_EQ(parameter_table(relu_network(784, {64, 64}, 10)).count, 55050u);
  EXPECT_EQ(parameter_table(relu_network(785, {60, 60}, 10, false)).count, 51300u);
  const std::vector<std::size_t> ten_layers(10, 64);
  EXPECT_EQ(parameter_table(relu_network(784, ten_layers, 10)).count, 88330u);
  EXPECT_EQ(parameter_table(relu_network(785, ten_layers, 10, false)).count, 87744u);
}

TEST(NetworkSpec, TheSummaryShowsEachCountWithItsFormula) {
  EXPECT_EQ(summary(relu_network(784, {64}, 10)),
            "layer  kind   output  parameters  formula\n"
            "0      dense      64      50,240  784 x 64 + 64\n"
            "1      relu       64           0\n"
            "2      dense      10         650  64 x 10 + 10\n"
            "total                     50,890\n");
}

TEST(NetworkSpec, TheSummaryOfTenLayersGivesBothCountsRight) {
  const std::vector<std::size_t> ten_layers(10, 64);
  EXPECT_THAT(summary(relu_network(784, ten_layers, 10)), HasSubstr("88,330\n"));
  const std::string trick = summary(relu_network(785, ten_layers, 10, false), true);
  EXPECT_THAT(trick, HasSubstr("50,240  (784 + 1) x 64\n"));
  EXPECT_THAT(trick, HasSubstr(" 4,096  64 x 64\n"));
  EXPECT_THAT(trick, HasSubstr("87,744\n"));
}

TEST(NetworkSpec, WhatCannotBeBuiltIsRefusedWithTheReason) {
  EXPECT_THAT(error_of(relu_network(0, {3}, 2)), HasSubstr("0 inputs"));
  EXPECT_THAT(error_of({.inputs = 3, .layers = {activation_layer(Activation::kRelu)}}),
              HasSubstr("no dense layer"));
  EXPECT_THAT(error_of(relu_network(3, {4, 0}, 2)), HasSubstr("layer 2 has 0 outputs"));
  EXPECT_THAT(error_of({.inputs = 3, .layers = {dense(2), dropout_layer(1)}}), HasSubstr("a share of 1"));
  EXPECT_THAT(error_of(relu_network(1 << 16, {1 << 15}, 2)), HasSubstr("more than 2147483648 parameters"));
  EXPECT_THAT(error_of(relu_network(3, {std::numeric_limits<std::size_t>::max()}, 2)),
              HasSubstr("more than"));
  EXPECT_THAT(error_of(relu_network(std::numeric_limits<std::size_t>::max(), {1}, 2)),
              HasSubstr("more than"));
  EXPECT_THAT(error_of(relu_network(1 << 16, {1 << 15}, 2, false)),
              HasSubstr("more than"));                                    // of the second layer
  EXPECT_NO_THROW(relu_network(1 << 16, {}, 1 << 15, false).validate());  // 2^31 exactly
}

}  // namespace
}  // namespace gradus
