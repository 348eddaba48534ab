// Steps whose gradients are sums over slices of the batch: against the plain step, against differences, over threads and processes.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/train/training_fixture.h"
#include "gradus/train/training_step.h"
#include "tests/support/allocation_count.h"
#include "tests/support/process_threads.h"

namespace gradus {
namespace {

struct Setting {
  std::size_t slices = 1;
  std::size_t threads = 1;
  ProcessGroup* group = nullptr;
  std::optional<LayerSpec> first = {};  // in front of the configured layers
};

struct Steps {
  std::vector<double> losses;
  std::vector<double> weights;
  std::vector<double> optimizer;  // its memory; of several processes the first has it
  friend bool operator==(const Steps&, const Steps&) = default;
};

const std::vector<std::uint32_t> kBatch = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3};
const std::vector<std::uint32_t> kSmallBatch = {11, 12, 13, 14, 15};  // the last of an epoch

template <class T>
Steps take(const RunConfig& config, const Setting& setting,
           const std::function<void(std::span<T>)>& change = {}, std::string* not_finite = nullptr) {
  Experiment experiment = set_up(config, {});
  Plan& plan = experiment.plan;
  if (setting.first) plan.network.layers.insert(plan.network.layers.begin(), *setting.first);
  const ParameterTable table = parameter_table(plan.network);
  AlignedBuffer<T> block(table.block_size);
  initialize<T>(plan.initializer, table, block.span(), experiment.streams.weights());
  if (change) change(block.span());
  ThreadPool team(setting.threads);
  TrainingStep<T> step(plan.network, plan.loss, plan.penalty, plan.optimizer, experiment.data.train,
                       experiment.data.transform, kBatch.size(), block.span(), team,
                       {.max_norm = plan.max_norm,
                        .dropout_seed = 5,
                        .gradient_slices = setting.slices,
                        .group = setting.group});
  Steps result;
  for (const auto& batch : {kBatch, kSmallBatch, kBatch}) {
    result.losses.push_back(step.run(batch, plan.optimizer.learning_rate));
    step.store_parameters();
    for (const T weight : block.span()) result.weights.push_back(weight);
  }
  if (not_finite != nullptr) *not_finite = step.non_finite_value();
  FigureSum sum(plan.loss.kind, MetricsOver::kSamples);
  step.add_figures(sum);
  result.losses.push_back(sum.figures(true).loss);
  result.losses.push_back(sum.figures(true).score);
  step.gather_optimizer_memory();

  const OptimizerMemory<T> memory = step.optimizer_memory();
  result.optimizer.assign(memory.first.begin(), memory.first.end());
  result.optimizer.insert(result.optimizer.end(), memory.second.begin(), memory.second.end());
  return result;
}

RunConfig config_with(const std::string& normalization) {
  RunConfig config = small_config();
  config.hidden = {70, 33};
  config.activation = "gelu";
  config.normalization = normalization;
  config.dropout = 0.2;
  config.optimizer = "momentum";
  config.learning_rate = 0.05;
  return config;
}

std::vector<RunConfig> configs() {
  std::vector<RunConfig> all = {config_with("none"), config_with("batch"), config_with("layer")};
  RunConfig clipped = config_with("batch");
  clipped.clip_norm = 0.1;
  clipped.clip_value = 0.05;
  clipped.l2 = 0.01;
  all.push_back(clipped);
  RunConfig limited = config_with("layer");
  limited.max_norm = 0.9;
  limited.l1 = 0.001;
  limited.weight_decay = 0.01;
  limited.optimizer = "adam";
  limited.class_weights = {"balanced"};
  all.push_back(limited);
  return all;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

TEST(GradientSlices, DifferFromThePlainStepInTheLastDigitsOnly) {
  std::size_t config_number = 0;
  for (const RunConfig& config : configs()) {
    const Steps plain = take<double>(config, {});
    for (const std::size_t slices : {2U, 3U, 8U, 18U}) {
      const Steps sliced = take<double>(config, {.slices = slices});
      EXPECT_LT(largest_difference(plain.losses, sliced.losses), 1e-11) << config_number << ", " << slices;
      EXPECT_LT(largest_difference(plain.weights, sliced.weights), 1e-11) << config_number << ", " << slices;
    }
    ++config_number;
  }
}

TEST(GradientSlices, AreATermOfTheResult) {
  EXPECT_NE(take<float>(config_with("none"), {}).weights,
            take<float>(config_with("none"), {.slices = 4}).weights);
}

TEST(GradientSlices, ATeamOfAnySizeGivesTheSameBits) {
  for (const RunConfig& config : configs()) {
    const Steps alone = take<float>(config, {.slices = 7});
    for (const std::size_t threads : {2U, 3U, 8U})
      EXPECT_EQ(alone, take<float>(config, {.slices = 7, .threads = threads})) << threads << " threads";
  }
}

TEST(GradientSlices, ProcessesOfAnyNumberGiveTheSameBits) {
  for (const RunConfig& config : configs()) {
    for (const std::size_t slices : {8U, 5U}) {
      const Steps alone = take<float>(config, {.slices = slices});
      for (const std::size_t processes : {2U, 3U, 4U, 5U, 8U}) {
        if (processes > slices) continue;
        const std::size_t threads = processes == 3 ? 2 : 1;
        std::vector<Steps> results(processes);
        const bool share_memory = processes != 4;
        test::in_processes(
            processes,
            [&](ProcessGroup& group) {
              results[group.rank()] =
                  take<float>(config, {.slices = slices, .threads = threads, .group = &group});
            },
            share_memory);
        for (Steps& result : results) {
          result.optimizer = results.front().optimizer;
          EXPECT_EQ(alone, result) << slices << " slices, " << processes;
        }
      }
    }
  }
}

// One step of plain descent is the gradient; its entries against central differences of the loss.
TEST(GradientSlices, HaveTheGradientOfTheLoss) {
  for (const char* normalization : {"none", "batch", "layer"}) {
    RunConfig config = config_with(normalization);
    config.optimizer = "sgd";
    config.learning_rate = 1e-3;
    const auto first = [&](double rate, const std::function<void(std::span<double>)>& change) {
      Experiment experiment = set_up(config, {});
      const Plan& plan = experiment.plan;
      const ParameterTable table = parameter_table(plan.network);
      AlignedBuffer<double> block(table.block_size);
      initialize<double>(plan.initializer, table, block.span(), experiment.streams.weights());
      change(block.span());
      ThreadPool team(1);
      TrainingStep<double> step(plan.network, plan.loss, plan.penalty, plan.optimizer, experiment.data.train,
                                experiment.data.transform, kBatch.size(), block.span(), team,
                                {.dropout_seed = 5, .gradient_slices = 4});
      const double loss = step.run(kBatch, rate);
      return std::pair(loss, std::vector<double>(block.span().begin(), block.span().end()));
    };
    constexpr double kRate = 1e-3;
    constexpr double kStep = 1e-5;
    const auto before = first(1e-300, [](auto) {}).second;
    const auto after = first(kRate, [](auto) {}).second;
    for (std::size_t i = 0; i < before.size(); i += 97) {
      const auto moved = [&](double by) { return first(1e-300, [&](auto w) { w[i] += by; }).first; };
      const double gradient = (before[i] - after[i]) / kRate;
      EXPECT_NEAR(gradient, (moved(kStep) - moved(-kStep)) / (2 * kStep), 1e-7) << normalization << ' ' << i;
    }
  }
}

TEST(GradientSlices, AllocateNothingOnceBuilt) {
  if (!test::counts_allocations()) GTEST_SKIP() << "a sanitizer owns operator new";
  Experiment experiment = set_up(config_with("batch"), {});
  const Plan& plan = experiment.plan;
  AlignedBuffer<float> block(parameter_table(plan.network).block_size);
  ThreadPool team(2);
  TrainingStep<float> step(plan.network, plan.loss, plan.penalty, plan.optimizer, experiment.data.train,
                           experiment.data.transform, kBatch.size(), block.span(), team,
                           {.gradient_slices = 4});
  step.run(kBatch, 0.1, kBatch);
  const std::size_t before = test::allocation_count();
  for (int i = 0; i < 10; ++i) step.run(kBatch, 0.1, kBatch);
  EXPECT_EQ(test::allocation_count() - before, 0U);
}

TEST(GradientSlices, MoreThanRowsOrFewerThanProcessesAreRefused) {
  RunConfig config = small_config();
  config.batch_size = 16;
  config.gradient_slices = 17;
  EXPECT_THROW((void)set_up(config, {}), Error);
  config.gradient_slices = 16;
  const Experiment experiment = set_up(config, {});
  EXPECT_NO_THROW(check_processes(experiment.plan, 16));
  try {
    check_processes(experiment.plan, 17);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("--gradient-slices 17"), std::string::npos) << error.what();
  }
  config.gradient_slices = 2;
  config.hidden.assign(10'000, 1);  // layers and their activations
  EXPECT_NO_THROW(check_processes(set_up(config, {}).plan, 1));
  EXPECT_THROW(check_processes(set_up(config, {}).plan, 2), Error);
  config.hidden = {4};
  config.batch_size.reset();
  config.optimizer = "lbfgs";
  EXPECT_THROW((void)set_up(config, {}), Error);
}

// A normalization in front has as many columns as the data, and more than any layer here has outputs.
TEST(GradientSlices, SumTheColumnsOfANormalizationOfTheInputs) {
  RunConfig config = small_config();
  config.optimizer = "momentum";
  for (const LayerSpec& first : {batch_norm(), layer_norm()}) {
    const auto taken = [&](const Setting& setting) {
      Setting in_front = setting;
      in_front.first = first;
      return take<double>(config, in_front);
    };
    const Steps sliced = taken({.slices = 4});
    EXPECT_LT(largest_difference(taken({}).weights, sliced.weights), 1e-11) << name_of(first);
    test::in_processes(2, [&](ProcessGroup& group) {
      const Steps together = taken({.slices = 4, .group = &group});
      EXPECT_EQ(sliced.losses, together.losses);
      EXPECT_EQ(sliced.weights, together.weights);
    });
  }
}

// Some rows of the batch overflow in the first layer, those of others further on: all tell the first.
TEST(GradientSlices, EveryProcessTellsTheFirstValueThatIsNotFinite) {
  const auto told = [](double factor, ProcessGroup* group) {
    std::string where;
    (void)take<float>(
        small_config(), {.slices = 8, .group = group},
        [&](std::span<float> weights) {
          for (float& weight : weights) weight *= static_cast<float>(factor);
        },
        &where);
    return where;
  };
  const std::string alone = told(8.192e37, nullptr);
  EXPECT_EQ(alone, "the output of layer 0 (dense, 16 outputs)");
  test::in_processes(8, [&](ProcessGroup& group) { EXPECT_EQ(told(8.192e37, &group), alone); });
}

// Another group whose messages take their time.
class SlowProcess : public ProcessGroup {
 public:
  explicit SlowProcess(ProcessGroup& group) : group_(group) {}
  [[nodiscard]] std::size_t rank() const override { return group_.rank(); }
  [[nodiscard]] std::size_t size() const override { return group_.size(); }
  [[nodiscard]] std::string name() const override { return group_.name(); }
  [[nodiscard]] bool shares_machine() const override { return group_.shares_machine(); }
  std::unique_ptr<MessageSet> messages() override { return group_.messages(); }
  void gather(std::span<std::byte> whole, std::span<const std::size_t> bounds) override {
    take_time();
    group_.gather(whole, bounds);
  }
  unsigned bits_of_any(unsigned mine) override {
    take_time();
    return group_.bits_of_any(mine);
  }
  void abort(int status) override { group_.abort(status); }

 private:
  static void take_time() { std::this_thread::sleep_for(std::chrono::milliseconds(5)); }
  ProcessGroup& group_;
};

TEST(GradientSlices, ProcessesThatMostlyWaitSaySo) {
  struct Listener : Observer {
    void on_note(const std::string& text) override { notes.push_back(text); }
    std::vector<std::string> notes;
  };
  RunConfig config = small_config();
  config.gradient_slices = 2;
  config.epochs = 6;
  test::in_processes(2, [&](ProcessGroup& group) {
    Experiment experiment = set_up(config, {});
    SlowProcess slow(group);
    Listener listener;
    (void)train(experiment.plan, experiment.data, experiment.streams, listener, {}, nullptr, &slow);
    EXPECT_EQ(listener.notes.size(), 1U);
  });
}

// Whole trainings, with stops and figures: every process ends with the same result.
TEST(GradientSlices, ProcessesTrainAsOneDoes) {
  RunConfig config = small_config();
  config.gradient_slices = 4;
  config.patience = 2;
  config.normalization = "batch";
  config.max_norm = 0.9;
  const TrainingResult alone = train_quietly(config);
  test::in_processes(3, [&](ProcessGroup& group) {
    Experiment experiment = set_up(config, {});
    Observer nobody;
    const TrainingResult together =
        train(experiment.plan, experiment.data, experiment.streams, nobody, {}, nullptr, &group);
    EXPECT_EQ(weights_of(together), weights_of(alone));
    EXPECT_EQ(together.train.loss, alone.train.loss);
    EXPECT_EQ(together.history.epochs.back().train.score, alone.history.epochs.back().train.score);
  });
}

}  // namespace
}  // namespace gradus
