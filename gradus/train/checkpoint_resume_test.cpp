// Stop + resume = straight through, for everything that a configuration may ask for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <functional>

#include "gradus/core/error.h"
#include "gradus/optim/optimizer.h"
#include "gradus/optim/schedule.h"
#include "gradus/train/checkpoint_fixture.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Twelve steps, the last of each epoch not full.
RunConfig twelve_steps() {
  RunConfig config;
  config.data = "xor";
  config.samples = 100;
  config.hidden = {5};
  config.batch_size = 20;
  config.epochs = 4;
  config.patience = 0;
  config.train_count = 50;
  config.threads = 1;
  return config;
}

// One process for each step.
Outcome step_by_step(const RunConfig& config) {
  const test::TemporaryFolder folder;
  std::uint64_t steps = 0;
  while (true) {
    auto [outcome, begun_behind] = go_on(config, folder.path(), 1);
    if (outcome.reason != StopReason::kInterrupted) return outcome;
    EXPECT_EQ(begun_behind, steps++);
  }
}

void expect_same_after_any_stop(const RunConfig& config) {
  const Outcome expected = straight_through(config);
  EXPECT_EQ(step_by_step(config), expected) << to_json(config);
  for (std::uint64_t step = 1;; ++step) {
    const test::TemporaryFolder folder;
    if (go_on(config, folder.path(), step).first.reason != StopReason::kInterrupted) break;
    const auto [outcome, begun_behind] = go_on(config, folder.path(), 0);
    EXPECT_EQ(begun_behind, step);
    EXPECT_EQ(outcome, expected) << "stopped after step " << step << ", " << to_json(config);
  }
}

TEST(Resume, EveryOptimizerWithEverySchedule) {
  for (const std::string_view optimizer : optimizer_names()) {
    for (const std::string_view schedule : schedule_names()) {
      RunConfig config = twelve_steps();
      config.optimizer = optimizer;
      config.schedule = schedule;
      config.schedule_every = 2;
      config.schedule_patience = 1;
      config.schedule_min_delta = 0.5;  // plateau has something to do
      config.warmup_steps = 3;
      EXPECT_EQ(step_by_step(config), straight_through(config)) << optimizer << ", " << schedule;
    }
  }
}

TEST(Resume, EveryLayerInBothPrecisions) {
  for (const char* normalization : {"none", "batch", "layer"}) {
    for (const double dropout : {0.0, 0.5}) {
      for (const char* precision : {"float", "double"}) {
        for (const std::int64_t threads : {1, 3}) {
          RunConfig config = twelve_steps();
          config.hidden = {40, 7};
          config.normalization = normalization;
          config.dropout = dropout;
          config.precision = precision;
          config.threads = threads;
          EXPECT_EQ(step_by_step(config), straight_through(config))
              << normalization << ", dropout " << dropout << ", " << precision << ", " << threads
              << " threads";
        }
      }
    }
  }
}

TEST(Resume, AfterEveryStep) {
  expect_same_after_any_stop(twelve_steps());
}

TEST(Resume, EveryWayToStopAndToMeasure) {
  const std::vector<std::function<void(RunConfig&)>> ways = {
      [](RunConfig& c) { c.validations_per_epoch = 2; },
      [](RunConfig& c) { c.patience = 1, c.learning_rate = 0.3; },
      [](RunConfig& c) { c.patience = 2, c.early_stopping = "oldest_minimum", c.validations_per_epoch = 3; },
      [](RunConfig& c) { c.patience = 2, c.learning_rate = 0.5, c.validations_per_epoch = 3; },
      [](RunConfig& c) { c.target_score = 0.6, c.learning_rate = 0.1; },
      [](RunConfig& c) { c.restore_best = false; },
      [](RunConfig& c) { c.validation = "0", c.test = "0"; },
      [](RunConfig& c) { c.train_metrics = "after"; },
      [](RunConfig& c) { c.metrics_over = "batches", c.drop_last = true; },
      [](RunConfig& c) { c.log_every = 1, c.layers_every = 2; },
      [](RunConfig& c) { c.loss = "mean_squared_error", c.task = "regression"; },
  };
  for (const auto& way : ways) {
    RunConfig config = twelve_steps();
    way(config);
    expect_same_after_any_stop(config);
  }
}

TEST(Resume, EveryWayToDrawAndToUpdate) {
  const std::vector<std::function<void(RunConfig&)>> ways = {
      [](RunConfig& c) { c.generator = "mt19937", c.streams = "shared"; },
      [](RunConfig& c) { c.streams = "fresh", c.skip_draws = 3; },
      [](RunConfig& c) { c.replacement = true; },
      [](RunConfig& c) { c.shuffle = false; },
      [](RunConfig& c) { c.random_labels = true, c.streams = "shared", c.dropout = 0.3; },
      [](RunConfig& c) { c.clip_norm = 0.1, c.optimizer = "momentum"; },
      [](RunConfig& c) { c.clip_value = 0.01, c.max_norm = 0.5; },
      [](RunConfig& c) { c.l1 = 0.01, c.l2 = 0.01, c.threads = 2; },
      [](RunConfig& c) {
        c.class_weights = {"1", "3"}, c.reduction = "sum";
      },
      [](RunConfig& c) { c.bias = "ones_column"; },
  };
  for (const auto& way : ways) {
    RunConfig config = twelve_steps();
    way(config);
    EXPECT_EQ(step_by_step(config), straight_through(config)) << to_json(config);
  }
}

TEST(Resume, ASumOfManyLossesGoesOnWithinItsBlock) {
  RunConfig config = twelve_steps();
  config.samples = 14000;
  config.train_count = 9500;
  config.batch_size = 1000;
  config.epochs = 2;
  config.task = "regression";
  config.loss = "mean_squared_error";
  EXPECT_EQ(step_by_step(config), straight_through(config));
}

TEST(Resume, WithAnotherNumberOfThreads) {
  RunConfig config = twelve_steps();
  config.hidden = {64, 33};
  const Outcome expected = straight_through(config);
  const test::TemporaryFolder folder;
  for (const std::int64_t threads : {3, 1, 2}) {
    config.threads = threads;
    EXPECT_EQ(go_on(config, folder.path(), 3).first.reason, StopReason::kInterrupted);
  }
  EXPECT_EQ(go_on(config, folder.path(), 0).first, expected);
}

TEST(Resume, ARunThatHasEndedSaysItsEndAgain) {
  for (const double rate : {0.01, 1e30}) {
    RunConfig config = twelve_steps();
    config.optimizer = "sgd";
    config.learning_rate = rate;
    if (rate > 1) config.loss = "mean_squared_error", config.task = "regression";
    const test::TemporaryFolder folder;
    const Outcome expected = go_on(config, folder.path(), 0).first;
    EXPECT_EQ(expected.reason, rate > 1 ? StopReason::kDiverged : StopReason::kEpochs);
    for (int again = 0; again < 2; ++again) {
      const auto [outcome, begun_behind] = go_on(config, folder.path(), 1);  // no step is left to stop at
      EXPECT_EQ(outcome, expected);
      EXPECT_GT(begun_behind, 0u);
    }
  }
}

// Small tolerances end some of these by themselves.
TEST(Resume, Lbfgs) {
  for (const char* precision : {"float", "double"}) {
    RunConfig config = twelve_steps();
    config.optimizer = "lbfgs";
    config.batch_size.reset();
    config.precision = precision;
    config.epochs = 30;
    config.l2 = 0.01;
    expect_same_after_any_stop(config);
    config.patience = 2;
    expect_same_after_any_stop(config);
  }
}

// Written beside the training, as often as they can be.
TEST(Checkpoints, ChangeNoBitAndLeaveOneSoundFile) {
  RunConfig config = twelve_steps();
  config.epochs = 200;
  const Outcome expected = straight_through(config);
  for (const CheckpointPace& pace : {CheckpointPace{.seconds = 0, .steps = 1, .most_of_time = 1},
                                     CheckpointPace{.seconds = 1e-4, .steps = 0, .most_of_time = 1},
                                     CheckpointPace{.seconds = 1e-4, .steps = 0, .most_of_time = 0.01}}) {
    const test::TemporaryFolder folder;
    EXPECT_EQ(go_on(config, folder.path(), 0, pace).first, expected);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
    EXPECT_TRUE(fs::exists(folder.path() / kCheckpointFile));
  }
}

class FirstLook : public Observer {
 public:
  explicit FirstLook(fs::path file) : file_(std::move(file)) {}
  void on_start(const StartEvent&) override { seen = fs::exists(file_); }
  bool seen = false;

 private:
  fs::path file_;
};

TEST(Checkpoints, OneExistsBeforeTheFirstStepUnlessThereAreToBeNone) {
  for (const double seconds : {5.0, 0.0}) {
    const test::TemporaryFolder folder;
    Experiment experiment = set_up(twelve_steps(), {});
    FirstLook observer(folder.path() / kCheckpointFile);
    CheckpointKeeper keeper(folder.path(), {experiment.plan.config, ""},
                            {.seconds = seconds, .steps = 0, .most_of_time = 1}, {});
    (void)train(experiment.plan, experiment.data, experiment.streams, observer, {}, &keeper);
    EXPECT_EQ(observer.seen, seconds > 0);
    EXPECT_EQ(fs::exists(folder.path() / kCheckpointFile), seconds > 0);
  }
}

// No file of this process grows beyond some bytes: what a full disk does, without one.
class FullDisk {
 public:
  FullDisk() : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &saved_);
    const rlimit limit{1000, saved_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &saved_);
    std::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit saved_{};
  void (*handler_)(int);
};

TEST(Checkpoints, OneThatCannotBeWrittenIsAWarningAndTheTrainingGoesOn) {
  const RunConfig config = twelve_steps();
  const test::TemporaryFolder folder;
  (void)go_on(config, folder.path(), 3);
  Experiment experiment = set_up(config, {});
  Listener listener;
  std::vector<std::string> warnings;
  CheckpointKeeper keeper(folder.path(), {experiment.plan.config, "data"}, kNotByItself,
                          [&](const std::string& warning) { warnings.push_back(warning); });
  keeper.add(listener);
  keeper.go_on_from(newest_checkpoint(folder.path()).value());
  std::optional<FullDisk> full;
  full.emplace();
  TrainingResult result = train(experiment.plan, experiment.data, experiment.streams, listener, {}, &keeper);
  full.reset();
  EXPECT_EQ(told_by(std::move(result), listener.losses), straight_through(config));
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0], HasSubstr("no checkpoint: writing "));
  EXPECT_THAT(warnings[0], HasSubstr("File too large"));
  EXPECT_EQ(go_on(config, folder.path(), 0).second, 3u) << "the one before stays";
}

TEST(Checkpoints, TheStateOfAnotherTrainingIsRefused) {
  const RunConfig config = twelve_steps();
  const std::vector<std::function<void(RunConfig&)>> others = {
      [](RunConfig& c) { c.hidden = {40}; },        [](RunConfig& c) { c.optimizer = "sgd"; },
      [](RunConfig& c) { c.precision = "double"; }, [](RunConfig& c) { c.generator = "mt19937"; },
      [](RunConfig& c) { c.batch_size = 50; },
  };
  for (const auto& change : others) {
    const test::TemporaryFolder folder;
    (void)go_on(config, folder.path(), 3);
    RunConfig other = config;
    change(other);
    EXPECT_THROW((void)go_on(other, folder.path(), 0), Error) << to_json(other);
  }
}

}  // namespace
}  // namespace gradus
