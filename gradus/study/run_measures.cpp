#include "gradus/study/run_measures.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "gradus/runs/run_series.h"
#include "gradus/study/runner.h"

namespace gradus::study {

namespace {

const Series* find(const std::vector<Series>& all, std::string_view name) {
  const auto found = std::ranges::find(all, name, &Series::name);
  return found == all.end() ? nullptr : &*found;
}

// Training time until a step, from the series of seconds an epoch took.
class Stopwatch {
 public:
  explicit Stopwatch(const Series* seconds) : seconds_(seconds), until_epoch_{0} {
    if (seconds_ == nullptr) return;
    for (const double epoch : seconds_->values) until_epoch_.push_back(until_epoch_.back() + epoch);
  }

  [[nodiscard]] double until(std::uint64_t step) const {
    if (seconds_ == nullptr) return 0;
    const std::vector<std::uint64_t>& ends = seconds_->steps;
    const auto epoch = static_cast<std::size_t>(std::ranges::upper_bound(ends, step) - ends.begin());
    if (epoch == ends.size()) return until_epoch_.back();
    const std::uint64_t before = epoch == 0 ? 0 : ends[epoch - 1];  // its part by steps
    return until_epoch_[epoch] + seconds_->values[epoch] * static_cast<double>(step - before) /
                                     static_cast<double>(ends[epoch] - before);
  }

 private:
  const Series* seconds_;
  std::vector<double> until_epoch_;  // [i]: the sum of those before epoch i
};

// The lowest finite validation loss; without one the last step.
std::uint64_t best_step(const RunOutcome& outcome) {
  const Series* losses = find(outcome.series, "validation_loss");
  std::uint64_t best = outcome.steps;
  double lowest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; losses != nullptr && i < losses->steps.size(); ++i) {
    if (!(losses->values[i] < lowest)) continue;
    lowest = losses->values[i];
    best = losses->steps[i];
  }
  return best;
}

}  // namespace

MeasuredRun measures_of(const RunHeader& header, const RunOutcome& outcome) {
  MeasuredRun run;
  run.diverged = outcome.status == RunStatus::kDiverged;
  run.failed = outcome.status == RunStatus::kFailed;
  run.stop_reason = outcome.stop_reason;
  const Stopwatch stopwatch(find(outcome.series, "seconds"));
  for (const Series& series : outcome.series) {
    std::vector<Point>& points = run.series[series.name];
    for (std::size_t i = 0; i < series.steps.size(); ++i) {
      const std::uint64_t step = series.steps[i];
      points.push_back(
          {step, epoch_of_step(step, header.steps_per_epoch), stopwatch.until(step), series.values[i]});
    }
  }
  for (const auto& [name, value] : outcome.finals) run.scalars[name] = value;
  const auto epoch = [&](std::uint64_t step) {
    return static_cast<double>(epoch_of_step(step, header.steps_per_epoch));
  };
  const std::uint64_t best = best_step(outcome);
  run.scalars["steps"] = run.scalars["stop_step"] = static_cast<double>(outcome.steps);
  run.scalars["epochs"] = static_cast<double>(outcome.epochs);
  run.scalars["seconds"] = outcome.seconds;
  run.scalars["stop_epoch"] = epoch(outcome.steps);
  run.scalars["best_step"] = static_cast<double>(best);
  run.scalars["best_epoch"] = epoch(best);
  run.scalars["parameters"] = static_cast<double>(header.parameters);
  return run;
}

MeasuredRun measured_run(const RunStore& store, std::uint64_t id) {
  const RunRecord record = store.record(id);
  RunHeader header;
  header.steps_per_epoch = record.steps_per_epoch;
  header.parameters = record.parameters;
  RunOutcome outcome;
  outcome.status = record.status;
  outcome.stop_reason = record.stop_reason;
  outcome.steps = record.steps;
  outcome.epochs = record.epochs;
  outcome.seconds = record.seconds;
  outcome.series = store.series(id);
  for (const auto& [name, figures] : store.figures(id)) {
    if (figures.final) outcome.finals[name] = *figures.final;
  }
  MeasuredRun run = measures_of(header, outcome);
  run.contender = record.contender;
  run.replicate = static_cast<std::size_t>(record.replicate);
  run.seed = record.seed;
  return run;
}

}  // namespace gradus::study
