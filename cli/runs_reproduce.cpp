// gradus runs reproduce: the same run again, and whether its weights are the same.
#include <fmt/format.h>

#include <array>
#include <memory>

#include "cli/command.h"
#include "cli/run_flags.h"
#include "cli/runs_commands.h"
#include "cli/runs_text.h"
#include "cli/signals.h"
#include "cli/train_observers.h"
#include "cli/train_output.h"
#include "gradus/core/error.h"
#include "gradus/formats/model.h"
#include "gradus/report/display_text.h"
#include "gradus/report/text_table.h"
#include "gradus/runs/run_identity.h"

namespace gradus::cli {

namespace {

struct Reproduction {
  bool equal = false;
  std::string weights;
  std::string stored_weights;
  bool data_equal = false;
  // Name, then, now: of the environment.
  std::vector<std::array<std::string, 3>> differences;
};

// Where a run that was interrupted ended is nobody's to repeat; one that diverged may have left no weights.
void require_repeatable(const RunRecord& run) {
  const bool ended_by_itself = run.status == RunStatus::kFinished || run.status == RunStatus::kDiverged;
  if (ended_by_itself && !run.weights_sha256.empty()) return;
  throw Error(
      ErrorCode::kInvalidArgument,
      fmt::format("reproducing run {}: it is {}{}; expected a finished run with weights to compare with",
                  run.id, name_of(run.status), run.weights_sha256.empty() ? ", without weights" : ""));
}

std::vector<std::array<std::string, 3>> differences(const Environment& then, const Environment& now) {
  const auto before = environment_fields(then);
  const auto after = environment_fields(now);
  std::vector<std::array<std::string, 3>> found;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i].second != after[i].second)
      found.push_back({before[i].first, before[i].second, after[i].second});
  }
  return found;
}

void print_json(const RunRecord& run, const Reproduction& again) {
  std::string environment;
  for (const auto& [name, then, now] : again.differences) {
    environment += fmt::format("{}{}:[{},{}]", environment.empty() ? "" : ",", json_text(name),
                               json_text(then), json_text(now));
  }
  print_line(
      fmt::format("{{\"event\":\"reproduction\",\"run\":{},\"equal\":{},\"weights_sha256\":{},"
                  "\"stored_weights_sha256\":{},\"data_equal\":{},\"environment\":{{{}}}}}",
                  run.id, again.equal, json_text(again.weights), json_text(again.stored_weights),
                  again.data_equal, environment));
}

void print_text(const RunRecord& run, const Reproduction& again) {
  if (again.equal) {
    print_line(fmt::format("run {}: the same weights, {}", run.id, again.weights));
  } else {
    print(wrapped(fmt::format("run {}: other weights\n  then  {}\n  now   {}\n", run.id, again.stored_weights,
                              again.weights),
                  8));
  }
  if (!again.data_equal) print_line("the data are not the same as then");
  if (again.differences.empty()) return;
  report::TextTable table({{"environment"}, {"then"}, {"now"}});
  for (const auto& [name, then, now] : again.differences) table.add_row({name, then, now});
  print("\n" + table.render(console().width));
}

}  // namespace

int reproduce_run(const RunsOptions& options) {
  const RunStore store = RunStore::open_existing(options.runs);
  const RunRecord run = store.record(options.ids.front());
  require_repeatable(run);
  const RunConfig config = config_from_json(store.configuration(run.id), fmt::format("run {}", run.id));
  Experiment experiment = set_up(config, source_options(options.data_folder));

  Reproduction again;
  again.stored_weights = run.weights_sha256;
  again.data_equal = data_hash(experiment.data) == run.data_hash;
  again.differences = differences(store.environment(run.id), header_of(experiment).environment);

  const ObserverSetup setup{static_cast<std::size_t>(experiment.plan.config.epochs), score_name(experiment),
                            !experiment.data.validation.empty(), !experiment.data.test.empty()};
  const std::unique_ptr<RunObserver> observer = make_progress_observer(setup);
  end_politely();
  TrainingResult result = train(experiment.plan, experiment.data, experiment.streams, *observer, interrupted);
  observer->finish();
  if (result.stop_reason == StopReason::kInterrupted) {
    print_error(fmt::format("gradus: reproducing run {}: interrupted, nothing is known", run.id));
    return kInterrupted;
  }
  again.weights = weights_sha256(make_model(experiment, result));
  again.equal = again.weights == again.stored_weights;
  if (options.json) {
    print_json(run, again);
  } else {
    print_text(run, again);
  }
  return again.equal ? kDone : kCheckFailed;
}

}  // namespace gradus::cli
