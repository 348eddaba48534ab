// gradus train: one network.
#include <fmt/format.h>

#include <memory>

#include "cli/command.h"
#include "cli/figures_text.h"
#include "cli/out_file.h"
#include "cli/run_flags.h"
#include "cli/signals.h"
#include "cli/train_observers.h"
#include "cli/train_output.h"
#include "gradus/core/error.h"
#include "gradus/report/run_files.h"
#include "gradus/runs/run_series.h"

namespace gradus::cli {

namespace {

struct TrainOptions {
  RunFlags flags;
  std::string runs = "runs";
  RunLabels labels;
  std::string out;
  bool json = false;
  bool quiet = false;
};

std::unique_ptr<RunObserver> make_observer(const TrainOptions& options, const Experiment& experiment) {
  const ObserverSetup setup{static_cast<std::size_t>(experiment.plan.config.epochs), score_name(experiment),
                            !experiment.data.validation.empty(), !experiment.data.test.empty()};
  if (options.json) return make_json_observer(setup);
  return options.quiet ? make_progress_observer(setup) : make_table_observer(setup);
}

int status_of(StopReason reason) {
  if (reason == StopReason::kInterrupted) return kInterrupted;
  return reason == StopReason::kDiverged ? kCheckFailed : kDone;
}

void say_end(const TrainOptions& options, const Experiment& experiment, const TrainingResult& result,
             const PartReport* report, const std::filesystem::path& folder, const std::string& model_path) {
  print(conclusion(experiment, result));
  if (options.quiet) {
    print_line("\nmodel  " + model_path);
    return;
  }
  print(chart(result));
  if (report != nullptr) print("\n" + part_text(*report, experiment.data.target));
  const bool classes = report != nullptr && experiment.data.target.task == Task::kClassification;
  const std::string place = folder.string();
  print(fmt::format("\nmodel     {}\npictures  {}/curves.svg\n{}history   {}/history.csv\n", model_path,
                    place, classes ? fmt::format("          {}/confusion.svg\n", place) : "", place));
  print(wrapped(fmt::format("repeat    gradus train --config {}/config.toml\n", place), 10));
}

// The first words; a run that cannot begin leaves nothing.
void begin(const TrainOptions& options, const Experiment& experiment, StoredRun& run) {
  try {
    if (options.json) {
      print(start_line(experiment, run.folder()));
    } else if (!options.quiet) {
      print(introduction(experiment));
    }
  } catch (const Error&) {
    run.forget();
    throw;
  }
}

// Weights are not to be lost because their own place fails after all: they go into the run's folder before the error is said.
void rescue(const std::filesystem::path& place, const Model& model) {
  try {
    save_model(place, model);
    print_error(fmt::format("gradus: the model is in {} instead", place.string()));
  } catch (const Error&) {
    // The first error is the one to be told.
  }
}

std::filesystem::path save(const TrainOptions& options, const RunFolder& folder, const Model& model) {
  const std::filesystem::path in_folder = folder.path / "model.safetensors";
  const std::filesystem::path path = options.out.empty() ? in_folder : std::filesystem::path(options.out);
  try {
    save_model(path, model);
  } catch (const Error&) {
    if (path != in_folder) rescue(in_folder, model);
    throw;
  }
  return path;
}

int train_and_tell(const TrainOptions& options, Experiment& experiment, StoredRun& run) {
  const std::unique_ptr<RunObserver> observer = make_observer(options, experiment);
  SeriesRecorder recorder(score_name(experiment), *observer);
  TrainingResult result = train(experiment.plan, experiment.data, experiment.streams, recorder, interrupted);
  observer->finish();

  const report::KeptTraining kept =
      report::keep_training(run, experiment, result, recorder,
                            [&](const Model& model) { return save(options, run.folder(), model); });
  if (!kept.not_stored.empty()) print_error("gradus: " + kept.not_stored);
  const std::string path = kept.model.string();
  if (options.json) {
    print(end_line(experiment, result, kept.weights_sha256, path));
  } else if (path.empty()) {
    print(conclusion(experiment, result));
  } else {
    say_end(options, experiment, result, kept.report ? &*kept.report : nullptr, run.folder().path, path);
  }
  if (!kept.not_stored.empty()) return kEnvironment;
  return path.empty() ? kCheckFailed : status_of(result.stop_reason);
}

int train_command(const TrainOptions& options) {
  Experiment experiment = set_up(options.flags.config(), options.flags.source());
  if (!options.out.empty()) check_out(options.out, "model.safetensors");
  StoredRun run(options.runs, experiment, options.labels);
  begin(options, experiment, run);
  try {
    return train_and_tell(options, experiment, run);
  } catch (const std::exception& error) {
    run.fail(error.what());
    throw;
  }
}

}  // namespace

void add_train(Command& program, Outcome& outcome) {
  Command* command = program.add_command(
      "train", "Train one network; table, chart, run folder, model file",
      "gradus train digits\n  gradus train houses.csv --target price --hidden 64,32 --epochs 200");
  const auto options = std::make_shared<TrainOptions>();
  command->add_option("DATA", options->flags.data,
                      "built-in set, .csv, .npz, or folder of X.npy and y.npy or of IDX files");
  options->flags.add_to(*command);
  command->add_option("--runs", options->runs, "folder of all runs [runs]")->type_name("DIR");
  command->add_option("--name", options->labels.name, "what this run is called in the list of runs")
      ->type_name("TEXT");
  command->add_option("--tag", options->labels.tags, "words by which `gradus runs list --tag` finds it")
      ->delimiter(',')
      ->type_name("A,B");
  command->add_option("--note", options->labels.note, "a sentence to remember it by")->type_name("TEXT");
  command->add_option("--out", options->out, "the model goes here instead of into the run's folder")
      ->type_name("FILE");
  command->add_flag("--json", options->json, "JSON lines on standard output");
  command->add_flag("--quiet", options->quiet, "only the final figures");
  command->callback([options, &outcome] { outcome.status = train_command(*options); });
}

}  // namespace gradus::cli
