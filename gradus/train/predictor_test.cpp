#include "gradus/train/predictor.h"

#include <gtest/gtest.h>

#include "gradus/train/evaluator.h"
#include "gradus/train/training_fixture.h"

namespace gradus {
namespace {

// What the evaluator gives for a part of the data, and what the predictor gives for the same rows.
void expect_same_predictions(const RunConfig& config) {
  Experiment experiment = set_up(config, {});
  Observer nobody;
  const TrainingResult trained = train(experiment.plan, experiment.data, experiment.streams, nobody);
  const auto parameters = std::get<AlignedBuffer<float>>(trained.parameters).span();
  const Dataset& part = experiment.data.test;
  ThreadPool team;
  const Predictions expected =
      Evaluator<float>(experiment.plan.network, experiment.plan.loss, part, experiment.data.transform, team)
          .predictions(parameters, experiment.data.target);

  const std::size_t features = part.features->cols;
  std::vector<float> rows;
  for (const std::uint32_t row : part.rows) {
    for (std::size_t f = 0; f < features; ++f) rows.push_back(static_cast<float>(part.features->at(row, f)));
  }
  Predictor<float> predictor(experiment.plan.network, experiment.plan.loss.kind, experiment.data.transform,
                             experiment.data.target, parameters, 7);
  std::vector<double> actual(expected.values.size());
  predictor({rows.data(), part.size(), features}, {actual.data(), expected.rows, expected.cols});
  ASSERT_EQ(actual.size(), expected.values.size());
  for (std::size_t i = 0; i < actual.size(); ++i)
    EXPECT_NEAR(actual[i], expected.values[i], 1e-6) << "value " << i;
}

TEST(Predictor, GivesTheProbabilitiesOfTheEvaluator) {
  expect_same_predictions(small_config());
}

TEST(Predictor, AlsoForABinaryLossWithOneOutputAndAColumnOfOnes) {
  RunConfig config = small_config();
  config.positive = {"5", "6", "7", "8", "9"};
  config.loss = "binary_cross_entropy";
  config.bias = "ones_column";
  expect_same_predictions(config);
}

TEST(Predictor, OneRowAtATimeGivesTheBitsOfManyAtOnce) {
  const Experiment experiment = set_up(small_config(), {});
  const NetworkSpec& network = experiment.plan.network;
  const ParameterTable table = parameter_table(network);
  AlignedBuffer<float> parameters(table.block_size);
  Generator generator(GeneratorKind::kPcg64, 3);
  initialize<float>(experiment.plan.initializer, table, parameters.span(), generator);
  const auto make = [&](std::size_t max_rows) {
    return Predictor<float>(network, experiment.plan.loss.kind, experiment.data.transform,
                            experiment.data.target, parameters.span(), max_rows);
  };
  constexpr std::size_t kRows = 50;
  constexpr std::size_t kFeatures = 64;
  std::vector<float> rows(kRows * kFeatures);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<float>(i * 7 % 17);
  std::vector<double> at_once(kRows * 10);
  make(64)({rows.data(), kRows, kFeatures}, {at_once.data(), kRows, 10});
  Predictor<float> one = make(1);
  for (std::size_t r = 0; r < kRows; ++r) {
    std::vector<double> alone(10);
    one({rows.data() + r * kFeatures, 1, kFeatures}, {alone.data(), 1, 10});
    EXPECT_EQ(alone, std::vector<double>(at_once.begin() + static_cast<std::ptrdiff_t>(r * 10),
                                         at_once.begin() + static_cast<std::ptrdiff_t>(r * 10 + 10)))
        << "row " << r;
  }
}

}  // namespace
}  // namespace gradus
