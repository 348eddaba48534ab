#include "gradus/train/full_batch_trainer.h"

#include <gmock/gmock.h>

#include "gradus/core/error.h"
#include "gradus/train/training_fixture.h"

namespace gradus {
namespace {

using testing::HasSubstr;

RunConfig lbfgs() {
  RunConfig config = small_config();
  config.optimizer = "lbfgs";
  config.learning_rate = std::nullopt;
  config.batch_size = std::nullopt;
  config.epochs = 15;
  return config;
}

std::vector<double> losses(const TrainingResult& result) {
  std::vector<double> losses;
  for (const EpochEvent& epoch : result.history.epochs) losses.push_back(epoch.train.loss);
  return losses;
}

TEST(FullBatchTrainer, EveryIterationLowersTheLossAndIsAnEpoch) {
  for (const char* precision : {"float", "double"}) {
    RunConfig config = lbfgs();
    config.precision = precision;
    const TrainingResult result = train_quietly(config);
    EXPECT_EQ(result.epochs, 15u);
    EXPECT_EQ(result.steps, 15u);
    EXPECT_EQ(result.stop_reason, StopReason::kEpochs);
    const std::vector<double> fall = losses(result);
    ASSERT_EQ(fall.size(), 15u);
    for (std::size_t i = 1; i < fall.size(); ++i) EXPECT_LT(fall[i], fall[i - 1]) << "iteration " << i;
    EXPECT_EQ(result.train.loss, fall.back());
  }
}

TEST(FullBatchTrainer, GivesTheSameBitsTwice) {
  EXPECT_EQ(weights_of(train_quietly(lbfgs())), weights_of(train_quietly(lbfgs())));
}

// A convex problem has one lowest point; the gradient of loss and penalty is almost nothing there.
TEST(FullBatchTrainer, ConvergesOnALinearModelWithAPenalty) {
  RunConfig config = lbfgs();
  config.hidden = {};
  config.validation = "0";  // else the weights of the best validation come back
  config.l2 = 0.01;
  config.precision = "double";
  config.epochs = 500;
  const TrainingResult result = train_quietly(config);
  EXPECT_EQ(result.stop_reason, StopReason::kConverged);
  EXPECT_LT(result.epochs, 500u);
  RunConfig adam = config;
  adam.optimizer = "adam";
  adam.learning_rate = 1e-3;
  adam.epochs = 50;
  const auto objective = [&](const TrainingResult& at) {
    const Experiment experiment = set_up(config, {});
    return at.train.loss + penalty<double>(experiment.plan.penalty, parameter_table(experiment.plan.network),
                                           std::get<AlignedBuffer<double>>(at.parameters).span());
  };
  EXPECT_LT(objective(result), objective(train_quietly(adam)));
}

TEST(FullBatchTrainer, KeepsTheWeightsOfTheBestValidation) {
  RunConfig config = lbfgs();
  config.epochs = 60;
  config.patience = 3;
  config.validation = "0.2";
  const TrainingResult result = train_quietly(config);
  ASSERT_TRUE(result.validation.has_value());
  EXPECT_EQ(result.validation->loss, result.best_validation_loss);
  EXPECT_EQ(result.validation->loss, result.history.epochs.at(result.best_epoch).validation->loss);
}

// A batch is the training part; a larger validation part is several, the last one smaller.
TEST(FullBatchTrainer, MeasuresOverBatchesWhenAsked) {
  RunConfig config = lbfgs();
  config.validation = "0.7";
  const double over_samples = train_quietly(config).validation.value().loss;
  config.metrics_over = "batches";
  const double over_batches = train_quietly(config).validation.value().loss;
  EXPECT_NE(over_batches, over_samples);
  EXPECT_NEAR(over_batches, over_samples, 0.2 * over_samples);
}

TEST(FullBatchTrainer, StopsWhenAsked) {
  Experiment experiment = set_up(lbfgs(), {});
  Observer nobody;
  const TrainingResult result =
      train(experiment.plan, experiment.data, experiment.streams, nobody, [] { return true; });
  EXPECT_EQ(result.stop_reason, StopReason::kInterrupted);
  EXPECT_EQ(result.epochs, 1u);
}

TEST(FullBatchTrainer, RefusesWhatHasNoMeaningForIt) {
  const auto expect_refused = [](const char* field, const auto& change) {
    RunConfig config = lbfgs();
    change(config);
    try {
      (void)set_up(config, {});
      ADD_FAILURE() << field << " was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadConfiguration);
      EXPECT_THAT(error.what(), HasSubstr(std::string("setting ") + field + ": lbfgs takes the mean loss"));
    }
  };
  expect_refused("batch_size", [](RunConfig& c) { c.batch_size = 10; });
  expect_refused("learning_rate", [](RunConfig& c) { c.learning_rate = 0.1; });
  expect_refused("dropout", [](RunConfig& c) { c.dropout = 0.5; });
  expect_refused("normalization = batch", [](RunConfig& c) { c.normalization = "batch"; });
  expect_refused("schedule", [](RunConfig& c) { c.schedule = "cosine"; });
  expect_refused("threads", [](RunConfig& c) { c.threads = 2; });
  expect_refused("clip_norm", [](RunConfig& c) { c.clip_norm = 1; });
}

// An iteration's steps have no figures of which there were a running mean.
TEST(FullBatchTrainer, SaysThatItMeasuresAfterEachIteration) {
  RunConfig config = lbfgs();
  config.train_metrics = "running";
  const Experiment experiment = set_up(config, {});
  EXPECT_EQ(experiment.plan.config.train_metrics, "after");
  EXPECT_THAT(experiment.plan.choices, testing::Contains(HasSubstr("training figures measured after it")));
}

class LastWeights : public Observer {
 public:
  bool wants_weights() override { return true; }
  void on_weights(const WeightsEvent& event) override {
    steps.push_back(event.step);
    std::visit([&](const auto& view) { last.assign(view.begin(), view.end()); }, event.parameters);
  }
  std::vector<std::uint64_t> steps;
  std::vector<double> last;
};

TEST(FullBatchTrainer, ShowsTheWeightsAfterEveryIteration) {
  RunConfig config = lbfgs();
  config.restore_best = false;
  Experiment experiment = set_up(config, {});
  LastWeights onlooker;
  const TrainingResult watched = train(experiment.plan, experiment.data, experiment.streams, onlooker);
  EXPECT_EQ(weights_of(watched), weights_of(train_quietly(config)));
  EXPECT_EQ(onlooker.last, weights_of(watched));
  EXPECT_EQ(onlooker.steps.size(), watched.steps);
}

}  // namespace
}  // namespace gradus
