#include "gradus/train/trainer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "gradus/core/error.h"
#include "gradus/train/training_fixture.h"

namespace gradus {
namespace {

TEST(Trainer, LearnsTheDigits) {
  RunConfig config = small_config();
  config.hidden = {32};
  config.epochs = 30;
  const TrainingResult result = train_quietly(config);
  EXPECT_GT(result.test.value().score, 0.94);
  EXPECT_EQ(result.stop_reason, StopReason::kEpochs);
  EXPECT_EQ(result.epochs, 30u);
}

TEST(Trainer, LearnsTheDigitsWithEveryLayer) {
  RunConfig config = small_config();
  config.hidden = {32};
  config.epochs = 30;
  for (const auto& [normalization, dropout] : std::vector<std::pair<std::string, double>>{
           {"batch", 0.0}, {"layer", 0.0}, {"none", 0.2}, {"batch", 0.2}}) {
    config.normalization = normalization;
    config.dropout = dropout;
    const TrainingResult result = train_quietly(config);
    EXPECT_GT(result.test.value().score, 0.94) << normalization << ", dropout " << dropout;
  }
}

TEST(Trainer, SameSeedSameBitsOtherSeedOtherBits) {
  RunConfig config = small_config();
  const auto first = weights_of(train_quietly(config));
  EXPECT_EQ(weights_of(train_quietly(config)), first);
  config.seed = 1;
  EXPECT_NE(weights_of(train_quietly(config)), first);
}

// Layers that divide evenly among the threads and layers that do not; every way to get from a loss to an update.
TEST(Trainer, TheNumberOfThreadsChangesNoBit) {
  RunConfig config = small_config();
  config.hidden = {72, 33};
  config.epochs = 2;
  config.batch_size = 20;
  std::vector<RunConfig> variants(4, config);
  variants[1].activation = "gelu";
  variants[1].clip_norm = 0.1;
  variants[2].optimizer = "momentum";
  variants[2].l2 = 0.01;
  variants[2].precision = "double";
  variants[3].loss = "negative_log_likelihood";
  variants[3].label_smoothing = 0;
  for (RunConfig& variant : variants) {
    variant.threads = 1;
    const auto alone = weights_of(train_quietly(variant));
    for (const std::int64_t threads : {2, 3, 8}) {
      variant.threads = threads;
      EXPECT_EQ(weights_of(train_quietly(variant)), alone) << threads << " threads, " << to_json(variant);
    }
    variant.threads.reset();
    EXPECT_EQ(weights_of(train_quietly(variant)), alone) << "auto";
  }
}

TEST(Trainer, StopsWhereTheValidationScoreReachesTheTarget) {
  RunConfig config = small_config();
  config.epochs = 50;
  config.target_score = 0.8;
  const TrainingResult result = train_quietly(config);
  EXPECT_EQ(result.stop_reason, StopReason::kTargetScore);
  EXPECT_LT(result.epochs, 50u);
  EXPECT_GE(result.history.epochs.back().validation.value().score, 0.8);
  for (std::size_t i = 0; i + 1 < result.history.epochs.size(); ++i)
    EXPECT_LT(result.history.epochs[i].validation.value().score, 0.8) << "epoch " << i;
}

TEST(Trainer, ChangingTheOrderDoesNotMoveTheInitialWeights) {
  RunConfig config = small_config();
  config.epochs = 1;
  config.learning_rate = 1e-300;  // the update is lost in rounding: the weights stay as drawn
  const auto shuffled = weights_of(train_quietly(config));
  config.shuffle = false;
  EXPECT_EQ(weights_of(train_quietly(config)), shuffled);
}

TEST(Trainer, BothPrecisionsAgreeToFloatAccuracyEarlyOn) {
  RunConfig config = small_config();
  config.epochs = 1;
  config.optimizer = "sgd";
  config.learning_rate = 0.01;
  const TrainingResult single = train_quietly(config);
  config.precision = "double";
  const TrainingResult twice = train_quietly(config);
  EXPECT_NEAR(single.train.loss, twice.train.loss, 1e-5);
}

TEST(Trainer, RestoresTheWeightsOfTheLowestValidationLoss) {
  RunConfig config = small_config();
  config.epochs = 40;
  config.learning_rate = 0.05;  // too fast: the validation loss rises again
  config.patience = 5;
  const TrainingResult result = train_quietly(config);
  EXPECT_EQ(result.stop_reason, StopReason::kEarlyStopping);
  EXPECT_EQ(result.epochs, result.best_epoch + 1 + 5);
  EXPECT_DOUBLE_EQ(result.validation.value().loss, result.best_validation_loss);
  for (const EpochEvent& epoch : result.history.epochs)
    EXPECT_GE(epoch.validation.value().loss, result.best_validation_loss);
}

TEST(Trainer, KeepsTheLastWeightsWhenAskedTo) {
  RunConfig config = small_config();
  config.epochs = 12;
  config.learning_rate = 0.05;
  config.restore_best = false;
  const TrainingResult result = train_quietly(config);
  EXPECT_DOUBLE_EQ(result.validation.value().loss, result.history.epochs.back().validation.value().loss);
}

TEST(Trainer, DivergenceNamesStepLayerAndTensorAndKeepsFiniteWeights) {
  RunConfig config = small_config();
  config.optimizer = "sgd";
  config.learning_rate = 1e30;
  config.loss = "mean_squared_error";
  config.data = "digits";
  config.task = "regression";
  const TrainingResult result = train_quietly(config);
  EXPECT_EQ(result.stop_reason, StopReason::kDiverged);
  EXPECT_NE(result.diverged_at.find("step "), std::string::npos) << result.diverged_at;
  EXPECT_NE(result.diverged_at.find("layer "), std::string::npos) << result.diverged_at;
  EXPECT_TRUE(std::ranges::all_of(weights_of(result), [](double w) { return std::isfinite(w); }));
}

TEST(Trainer, DivergenceInTheVeryLastUpdateIsSeen) {
  RunConfig config = small_config();
  config.data = "xor";
  config.optimizer = "sgd";
  config.learning_rate = 1e39;
  config.validation = "0";
  config.test = "0";
  config.batch_size = 400;
  config.epochs = 1;
  const TrainingResult result = train_quietly(config);
  EXPECT_EQ(result.stop_reason, StopReason::kDiverged);
  EXPECT_FALSE(result.finite);
  EXPECT_NE(result.diverged_at.find("step 1: its update made tensor"), std::string::npos)
      << result.diverged_at;
}

TEST(Trainer, ABatchOfWeightNoneIsNoDivergence) {
  RunConfig config = small_config();
  config.data = "xor";
  config.class_weights = {"0", "1"};
  config.reduction = "sum";
  config.batch_size = 1;
  EXPECT_EQ(train_quietly(config).stop_reason, StopReason::kEpochs);
}

TEST(Trainer, APartSmallerThanABatchIsStillMeasured) {
  RunConfig config = small_config();
  config.metrics_over = "batches";
  config.drop_last = true;
  config.batch_size = 500;
  EXPECT_TRUE(std::isfinite(train_quietly(config).validation.value().loss));
}

// Every loss, for the task it is made for.
TEST(Trainer, EveryLossTrains) {
  for (const std::string_view loss : loss_names()) {
    RunConfig config = small_config();
    config.loss = loss;
    config.task = is_classification(loss_from_name(loss)) ? "classification" : "regression";
    if (is_binary(loss_from_name(loss))) config.positive = {"0", "2", "4", "6", "8"};
    config.epochs = 5;
    const TrainingResult result = train_quietly(config);
    const auto& epochs = result.history.epochs;
    EXPECT_LT(epochs.back().train.loss, epochs.front().train.loss) << loss;
    config.task = is_classification(loss_from_name(loss)) ? "regression" : "classification";
    config.positive = {};
    EXPECT_THROW((void)set_up(config, {}), Error) << loss;
  }
}

class Interrupter : public Observer {
 public:
  void on_step(const StepEvent& event) override { steps = event.step; }
  std::uint64_t steps = 0;
};

TEST(Trainer, StopsCleanlyWhenAsked) {
  RunConfig config = small_config();
  config.log_every = 1;
  Experiment experiment = set_up(config, {});
  Interrupter observer;
  const TrainingResult result = train(experiment.plan, experiment.data, experiment.streams, observer,
                                      [&] { return observer.steps >= 10; });
  EXPECT_EQ(result.stop_reason, StopReason::kInterrupted);
  EXPECT_EQ(result.steps, 10u);
  EXPECT_TRUE(std::isfinite(result.train.loss));
}

// Looks at the weights after every step that `wanted` names.
class Onlooker : public Observer {
 public:
  explicit Onlooker(std::function<bool(std::uint64_t)> wanted) : wanted_(std::move(wanted)) {}
  void on_progress(const ProgressEvent& event) override { progress = event.step; }
  bool wants_weights() override { return wanted_(++asked); }
  void on_weights(const WeightsEvent& event) override {
    seen.push_back(event.step);
    told_before = told_before && progress == event.step;
    std::visit([&](const auto& view) { last.assign(view.begin(), view.end()); }, event.parameters);
  }

  std::uint64_t asked = 0;
  std::uint64_t progress = 0;
  bool told_before = true;
  std::vector<std::uint64_t> seen;
  std::vector<double> last;

 private:
  std::function<bool(std::uint64_t)> wanted_;
};

// With a team whose layout of the weights is its own, and without; both precisions.
TEST(Trainer, AnOnlookerSeesTheWeightsAndChangesNoBit) {
  RunConfig config = small_config();
  config.hidden = {33};
  config.restore_best = false;
  for (const auto& [precision, threads] :
       std::vector<std::pair<std::string, std::int64_t>>{{"float", 1}, {"float", 3}, {"double", 2}}) {
    config.precision = precision;
    config.threads = threads;
    const TrainingResult alone = train_quietly(config);
    Experiment experiment = set_up(config, {});
    Onlooker onlooker([&](std::uint64_t step) { return step % 7 == 0 || step == alone.steps; });
    const TrainingResult watched = train(experiment.plan, experiment.data, experiment.streams, onlooker);
    EXPECT_EQ(weights_of(watched), weights_of(alone)) << precision << ", " << threads << " threads";
    EXPECT_EQ(onlooker.last, weights_of(alone));
    EXPECT_TRUE(onlooker.told_before);
    EXPECT_EQ(onlooker.asked, alone.steps);
    ASSERT_GE(onlooker.seen.size(), 2u);
    EXPECT_EQ(onlooker.seen[1], 14u);
  }
}

TEST(Trainer, ValidatesWithinAnEpochFirstAfterTheFirstStep) {
  RunConfig config = small_config();
  config.epochs = 2;
  config.batch_size = 100;
  config.train_count = 1000;
  config.validations_per_epoch = 5;
  const TrainingResult result = train_quietly(config);
  ASSERT_EQ(result.history.validations.size(), 10u);
  EXPECT_EQ(result.history.validations[0].step, 1u);
  EXPECT_EQ(result.history.validations[1].step, 3u);
  EXPECT_EQ(result.history.validations[5].step, 11u);
}

TEST(Trainer, LeavesOutAPartialBatchOnlyWhenAsked) {
  RunConfig config = small_config();
  config.epochs = 1;
  config.train_count = 250;
  config.batch_size = 100;
  EXPECT_EQ(train_quietly(config).steps, 3u);
  config.drop_last = true;
  EXPECT_EQ(train_quietly(config).steps, 2u);
}

TEST(Trainer, TrainsOnRandomLabelsUntilItKnowsThemByHeart) {
  RunConfig config = small_config();
  config.random_labels = true;
  config.train_count = 64;
  config.hidden = {128};
  config.epochs = 200;
  config.validation = "0";
  const TrainingResult result = train_quietly(config);
  EXPECT_GT(result.train.score, 0.99);
  EXPECT_LT(result.test.value().score, 0.2);
}

TEST(Trainer, TheBiasTrickTrainsOneColumnMoreAndNoBiases) {
  RunConfig config = small_config();
  config.bias = "ones_column";
  const Experiment experiment = set_up(config, {});
  EXPECT_EQ(experiment.plan.network.inputs, 65u);
  EXPECT_EQ(parameter_table(experiment.plan.network).count, 65u * 16 + 16 * 10);
  config.epochs = 15;
  EXPECT_GT(train_quietly(config).train.score, 0.9);
}

}  // namespace
}  // namespace gradus
