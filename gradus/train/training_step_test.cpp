#include "gradus/train/training_step.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "gradus/train/training_fixture.h"
#include "tests/support/allocation_count.h"

namespace gradus {
namespace {

struct OneStep {
  double loss = 0;
  std::vector<double> weights;
};

// One step in double from the same initial weights, on the first `rows` samples.
OneStep take(const RunConfig& config, std::vector<std::uint32_t> samples, std::size_t threads = 1,
             int steps = 1) {
  Experiment experiment = set_up(config, {});
  const Plan& plan = experiment.plan;
  const ParameterTable table = parameter_table(plan.network);
  AlignedBuffer<double> block(table.block_size);
  initialize<double>(plan.initializer, table, block.span(), experiment.streams.weights());
  ThreadPool team(threads);
  TrainingStep<double> step(plan.network, plan.loss, plan.penalty, plan.optimizer, experiment.data.train,
                            experiment.data.transform, samples.size(), block.span(), team,
                            {.max_norm = plan.max_norm, .dropout_seed = 5});
  OneStep result;
  for (int i = 0; i < steps; ++i) result.loss = step.run(samples, plan.optimizer.learning_rate);
  step.store_parameters();
  result.weights.assign(block.span().begin(), block.span().end());
  return result;
}

RunConfig sgd() {
  RunConfig config = small_config();
  config.precision = "double";
  config.optimizer = "sgd";
  config.learning_rate = 0.1;
  return config;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

TEST(TrainingStep, SummedGradientsAreMeanGradientsAtBatchTimesTheRate) {
  RunConfig config = sgd();
  const std::vector<std::uint32_t> samples = {3, 1, 4, 1, 5, 9, 2, 6};
  const OneStep mean = take(config, samples);
  config.reduction = "sum";
  config.learning_rate = 0.1 / 8;
  const OneStep sum = take(config, samples);
  EXPECT_NEAR(mean.loss, sum.loss, 1e-14);
  EXPECT_LT(largest_difference(mean.weights, sum.weights), 1e-14);
}

TEST(TrainingStep, TheSameSampleTwiceIsTheSampleOnce) {
  const OneStep once = take(sgd(), {7});
  const OneStep twice = take(sgd(), {7, 7});
  EXPECT_NEAR(once.loss, twice.loss, 1e-15);
  EXPECT_LT(largest_difference(once.weights, twice.weights), 1e-15);
}

TEST(TrainingStep, APenaltyRaisesTheLossAndPullsWeightsDown) {
  RunConfig config = sgd();
  const OneStep plain = take(config, {1, 2, 3});
  config.l2 = 0.5;
  const OneStep pulled = take(config, {1, 2, 3});
  const auto norm = [](const std::vector<double>& w) {
    return std::inner_product(w.begin(), w.end(), w.begin(), 0.0);
  };
  EXPECT_GT(pulled.loss, plain.loss);
  EXPECT_LT(norm(pulled.weights), norm(plain.weights));
}

// With every layer that differs in training, in a net that is wide enough to be shared.
RunConfig layered(const std::string& normalization) {
  RunConfig config = sgd();
  config.hidden = {40, 33, 50};
  config.activation = "gelu";
  config.normalization = normalization;
  config.dropout = 0.2;
  config.max_norm = 0.9;
  config.weight_decay = 0.01;
  return config;
}

const std::vector<std::uint32_t> kSamples = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5};

TEST(TrainingStep, ATeamOfAnySizeGivesTheSameBitsWithEveryLayer) {
  for (const char* normalization : {"none", "batch", "layer"}) {
    const OneStep alone = take(layered(normalization), kSamples, 1, 5);
    for (const std::size_t threads : {2U, 3U, 8U}) {
      const OneStep together = take(layered(normalization), kSamples, threads, 5);
      EXPECT_EQ(alone.loss, together.loss) << normalization << ", " << threads << " threads";
      EXPECT_EQ(alone.weights, together.weights) << normalization << ", " << threads << " threads";
    }
  }
}

TEST(TrainingStep, AStoredGradientGivesTheSameBitsWithEveryLayer) {
  for (const char* normalization : {"none", "batch", "layer"}) {
    RunConfig config = layered(normalization);
    const OneStep fused = take(config, kSamples, 1, 5);
    config.clip_norm = 1e6;  // never reached: all gradients are stored, none is changed
    for (const std::size_t threads : {1U, 3U}) {
      const OneStep stored = take(config, kSamples, threads, 5);
      EXPECT_EQ(fused.weights, stored.weights) << normalization << ", " << threads << " threads";
    }
  }
}

TEST(TrainingStep, MasksDifferFromStepToStep) {
  RunConfig config = sgd();
  config.learning_rate = 1e-300;  // the weights stay
  EXPECT_EQ(take(config, kSamples, 1, 1).loss, take(config, kSamples, 1, 2).loss);
  config.dropout = 0.5;
  EXPECT_NE(take(config, kSamples, 1, 1).loss, take(config, kSamples, 1, 2).loss);
}

// PyTorch decays scales and shifts with all other parameters, running statistics never.
TEST(TrainingStep, NothingButTheBatchMovesTheRunningStatistics) {
  RunConfig config = sgd();
  config.normalization = "batch";
  const NetworkSpec network = set_up(config, {}).plan.network;
  const OneStep plain = take(config, kSamples);
  config.weight_decay = 0.5;
  config.optimizer = "adamw";
  config.l2 = 0.5;
  config.max_norm = 0.1;
  const OneStep decayed = take(config, kSamples);
  for (const ParameterInfo& tensor : parameter_table(network).tensors) {
    const auto begin = static_cast<std::ptrdiff_t>(tensor.offset);
    const auto end = begin + static_cast<std::ptrdiff_t>(tensor.size());
    const std::vector<double> a(plain.weights.begin() + begin, plain.weights.begin() + end);
    const std::vector<double> b(decayed.weights.begin() + begin, decayed.weights.begin() + end);
    EXPECT_EQ(a == b, tensor.is_buffer) << tensor.name;
  }
}

TEST(TrainingStep, NoUnitsWeightsExceedTheMaximalNorm) {
  RunConfig config = sgd();
  config.max_norm = 0.5;
  const ParameterTable table = parameter_table(set_up(config, {}).plan.network);
  const OneStep step = take(config, kSamples);
  for (const ParameterInfo& tensor : table.tensors) {
    if (!tensor.is_weight) continue;
    double largest = 0;
    for (std::size_t c = 0; c < tensor.cols; ++c) {
      double squares = 0;
      for (std::size_t r = 0; r < tensor.rows; ++r) {
        const double w = step.weights[tensor.offset + r * tensor.cols + c];
        squares += w * w;
      }
      largest = std::max(largest, std::sqrt(squares));
    }
    EXPECT_NEAR(largest, 0.5, 1e-12) << tensor.name;
  }
}

TEST(TrainingStep, AllocatesNothingOnceItIsBuilt) {
  if (!test::counts_allocations()) GTEST_SKIP() << "a sanitizer owns operator new";
  for (const std::size_t threads : {1u, 3u}) {
    Experiment experiment = set_up(sgd(), {});
    const Plan& plan = experiment.plan;
    const ParameterTable table = parameter_table(plan.network);
    AlignedBuffer<float> block(table.block_size);
    initialize<float>(plan.initializer, table, block.span(), experiment.streams.weights());
    ThreadPool team(threads);
    TrainingStep<float> step(plan.network, plan.loss, plan.penalty, plan.optimizer, experiment.data.train,
                             experiment.data.transform, 20, block.span(), team);
    std::vector<std::uint32_t> samples(20);
    std::iota(samples.begin(), samples.end(), 0u);
    step.run(samples, 0.1, samples);
    const std::size_t before = test::allocation_count();
    for (int i = 0; i < 10; ++i) step.run(samples, 0.1, samples);
    EXPECT_EQ(test::allocation_count() - before, 0u) << threads << " threads";
  }
}

}  // namespace
}  // namespace gradus
