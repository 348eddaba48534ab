// Trainings that are stopped and go on, for the tests of checkpoints.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "gradus/train/checkpoint_keeper.h"
#include "gradus/train/training_fixture.h"

namespace gradus {

// Keeps what a training told, as a run's recorder does.
class Listener : public Observer {
 public:
  void on_start(const StartEvent& event) override { begun_behind = event.steps_done; }
  void on_step(const StepEvent& event) override { losses.push_back(event.loss); }

  template <class Archive>
  void transfer(Archive& archive) {
    archive(losses);
  }

  std::uint64_t begun_behind = 0;
  std::vector<double> losses;
};

// What must be the same however often a training was stopped.
struct Outcome {
  std::vector<double> weights;
  StopReason reason = StopReason::kEpochs;
  std::string history;  // without times
  std::vector<double> losses;
  std::size_t best_epoch = 0;
  std::uint64_t best_step = 0;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

inline Outcome told_by(TrainingResult result, const std::vector<double>& losses) {
  for (EpochEvent& epoch : result.history.epochs) epoch.seconds = epoch.evaluation_seconds = 0;
  Outcome outcome{weights_of(result), result.stop_reason, to_csv(result.history, "score"), losses,
                  result.best_epoch,  result.best_step};
  for (const ValidationEvent& event : result.history.validations)
    outcome.history += fmt::format("{} {} {}\n", event.step, event.epoch, event.validation.loss);
  for (const auto& part : {std::optional(result.train), result.validation, result.test})
    outcome.history += part ? fmt::format("{} {}\n", part->loss, part->score) : "none\n";
  return outcome;
}

inline Outcome straight_through(const RunConfig& config) {
  Experiment experiment = set_up(config, {});
  Listener listener;
  TrainingResult result = train(experiment.plan, experiment.data, experiment.streams, listener);
  return told_by(std::move(result), listener.losses);
}

constexpr CheckpointPace kNotByItself = {.seconds = 1e6, .steps = 0, .most_of_time = 1};

// Goes on in `folder`, or begins there, until `steps` of this process are done (0: to the end).
inline std::pair<Outcome, std::uint64_t> go_on(const RunConfig& config, const std::filesystem::path& folder,
                                               std::uint64_t steps,
                                               const CheckpointPace& pace = kNotByItself) {
  Experiment experiment = set_up(config, {});
  Listener listener;
  CheckpointKeeper keeper(folder, {experiment.plan.config, "data"}, pace,
                          [](const std::string& warning) { ADD_FAILURE() << warning; });
  keeper.add(listener);
  if (auto checkpoint = newest_checkpoint(folder)) keeper.go_on_from(std::move(*checkpoint));
  std::uint64_t done = 0;
  TrainingResult result = train(
      experiment.plan, experiment.data, experiment.streams, listener, [&] { return ++done == steps; },
      &keeper);
  return {told_by(std::move(result), listener.losses), listener.begun_behind};
}

}  // namespace gradus
