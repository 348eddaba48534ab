#include "gradus/train/training_step.h"

#include <gtest/gtest.h>

#include <numeric>

#include "gradus/train/training_fixture.h"

namespace gradus {
namespace {

struct OneStep {
  double loss = 0;
  std::vector<double> weights;
};

// One step in double from the same initial weights, on the first `rows` samples.
OneStep take(const RunConfig& config, std::vector<std::uint32_t> samples) {
  Experiment experiment = set_up(config, {});
  const Plan& plan = experiment.plan;
  const ParameterTable table = parameter_table(plan.network);
  AlignedBuffer<double> block(table.block_size);
  initialize<double>(plan.initializer, table, block.span(), experiment.streams.weights());
  ThreadPool team;
  TrainingStep<double> step(plan.network, plan.loss, plan.penalty, plan.optimizer, experiment.data.train,
                            experiment.data.transform, samples.size(), block.span(), team);
  OneStep result;
  result.loss = step.run(samples, plan.optimizer.learning_rate);
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

}  // namespace
}  // namespace gradus
