// Predictions and losses over rows in memory, against formulas written out.
#include "gradus/train/array_evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/core/random.h"

namespace gradus {
namespace {

constexpr std::size_t kRows = 301;  // more than two blocks
constexpr std::size_t kInputs = 3;

std::vector<double> draw(std::uint64_t seed, std::size_t size) {
  Pcg64 random(seed);
  std::vector<double> values(size);
  for (double& value : values) value = random.uniform() - 0.5;
  return values;
}

// One dense layer, so that the formulas are short.
struct Linear {
  NetworkSpec network;
  std::vector<double> block;

  explicit Linear(std::size_t outputs)
      : network(multilayer_perceptron(kInputs, {}, outputs, Activation::kRelu)),
        block(parameter_table(network).block_size) {
    const std::vector<double> values = draw(3, block.size());
    for (const ParameterInfo& tensor : parameter_table(network).tensors)
      std::copy_n(values.begin(), tensor.size(), block.begin() + static_cast<std::ptrdiff_t>(tensor.offset));
  }

  [[nodiscard]] double output(const std::vector<double>& x, std::size_t row, std::size_t k) const {
    const auto tensors = parameter_table(network).tensors;
    double z = block[tensors[1].offset + k];
    for (std::size_t i = 0; i < kInputs; ++i)
      z += x[row * kInputs + i] * block[tensors[0].offset + i * tensors[0].cols + k];
    return z;
  }
};

TEST(ArrayEvaluator, GivesProbabilitiesAndTheirMeanLossByWeights) {
  const Linear linear(2);
  const std::vector<double> x = draw(1, kRows * kInputs);
  ArrayTargets targets;
  double loss = 0;
  double total = 0;
  std::vector<double> second(kRows);
  for (std::size_t b = 0; b < kRows; ++b) {
    targets.labels.push_back(b % 3 == 0 ? 1 : 0);
    targets.weights.push_back(1.0 + static_cast<double>(b % 5));
    second[b] = 1 / (1 + std::exp(linear.output(x, b, 0) - linear.output(x, b, 1)));
    loss -= targets.weights[b] * std::log(targets.labels[b] == 1 ? second[b] : 1 - second[b]);
    total += targets.weights[b];
  }
  LossSpec spec;
  spec.kind = LossKind::kSoftmaxCrossEntropy;
  ArrayEvaluator<double> evaluator(linear.network, spec, kRows);
  std::vector<double> outputs(kRows * 2);
  EXPECT_NEAR(
      evaluator.evaluate(linear.block, {x.data(), kRows, kInputs}, targets, {outputs.data(), kRows, 2}),
      loss / total, 1e-14);
  for (std::size_t b = 0; b < kRows; ++b) EXPECT_NEAR(outputs[2 * b + 1], second[b], 1e-15) << "row " << b;
  std::vector<double> again(kRows * 2);
  evaluator.predict(linear.block, {x.data(), kRows, kInputs}, {again.data(), kRows, 2});
  EXPECT_EQ(again, outputs);
}

TEST(ArrayEvaluator, GivesValuesAndTheirMeanLoss) {
  const Linear linear(2);
  const std::vector<double> x = draw(1, kRows * kInputs);
  ArrayTargets targets;
  targets.values = draw(2, kRows * 2);
  double loss = 0;
  for (std::size_t b = 0; b < kRows; ++b) {
    for (std::size_t k = 0; k < 2; ++k)
      loss += std::abs(linear.output(x, b, k) - targets.values[2 * b + k]) / 2 / kRows;
  }
  LossSpec spec;
  spec.kind = LossKind::kMeanAbsoluteError;
  std::vector<double> outputs(kRows * 2);
  EXPECT_NEAR(ArrayEvaluator<double>(linear.network, spec, kRows)
                  .evaluate(linear.block, {x.data(), kRows, kInputs}, targets, {outputs.data(), kRows, 2}),
              loss, 1e-14);
  EXPECT_NEAR(outputs[2 * 300 + 1], linear.output(x, 300, 1), 1e-15);
}

TEST(ArrayEvaluator, PredictsTheSameWhateverTheRowsAtOnce) {
  const NetworkSpec network = multilayer_perceptron(kInputs, {7}, 1, Activation::kTanh);
  const std::vector<double> block = draw(4, parameter_table(network).block_size);
  const std::vector<double> x = draw(1, kRows * kInputs);
  LossSpec spec;
  spec.kind = LossKind::kBinaryCrossEntropy;
  const auto predicted = [&](std::size_t max_rows) {
    std::vector<double> outputs(kRows);
    ArrayEvaluator<double>(network, spec, max_rows)
        .predict(block, {x.data(), kRows, kInputs}, {outputs.data(), kRows, 1});
    return outputs;
  };
  EXPECT_EQ(predicted(1), predicted(kRows));
}

TEST(ArrayEvaluator, RefusesTargetsOfAnotherSize) {
  const Linear linear(1);
  const std::vector<double> x = draw(1, 2 * kInputs);
  LossSpec spec;
  spec.kind = LossKind::kHuber;
  std::vector<double> outputs(2);
  EXPECT_THAT(
      [&] {
        ArrayEvaluator<double>(linear.network, spec, 2)
            .evaluate(linear.block, {x.data(), 2, kInputs}, {{}, {1.0, 2.0, 3.0}, {}},
                      {outputs.data(), 2, 1});
      },
      testing::ThrowsMessage<Error>(testing::HasSubstr("3 targets; expected 2")));
}

}  // namespace
}  // namespace gradus
