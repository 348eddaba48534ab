// gradus train: one network.
#include <fmt/format.h>

#include <memory>
#include <optional>

#include "cli/command.h"
#include "cli/figures_text.h"
#include "cli/out_file.h"
#include "cli/processes.h"
#include "cli/run_flags.h"
#include "cli/signals.h"
#include "cli/train_observers.h"
#include "cli/train_output.h"
#include "cli/train_resume.h"
#include "gradus/core/checksum.h"
#include "gradus/core/error.h"
#include "gradus/report/run_files.h"
#include "gradus/runs/run_identity.h"
#include "gradus/runs/run_series.h"
#include "gradus/train/initial_weights.h"

namespace gradus::cli {

namespace {

struct TrainOptions {
  RunFlags flags;
  std::string runs = "runs";
  RunLabels labels;
  std::string out;
  std::string checkpoint_every;
  std::string resume;
  bool json = false;
  bool quiet = false;
};

std::unique_ptr<RunObserver> make_observer(const TrainOptions& options, const Experiment& experiment) {
  const ObserverSetup setup{static_cast<std::size_t>(experiment.plan.config.epochs), score_name(experiment),
                            !experiment.data.validation.empty(), !experiment.data.test.empty()};
  if (options.json) return make_json_observer(setup);
  return options.quiet ? make_progress_observer(setup) : make_table_observer(setup);
}

// Of a run that was interrupted; empty of others.
std::string resume_command_of(const TrainingResult& result, const std::filesystem::path& folder,
                              const std::string& out) {
  return result.stop_reason == StopReason::kInterrupted ? resume_command(folder, out) : "";
}

int status_of(StopReason reason) {
  if (reason == StopReason::kInterrupted) return kInterrupted;
  return reason == StopReason::kDiverged ? kCheckFailed : kDone;
}

void say_end(const TrainOptions& options, const Experiment& experiment, const TrainingResult& result,
             const PartReport* report, const std::filesystem::path& folder, const std::string& model_path) {
  print(conclusion(experiment, result));
  const std::string resume = resume_command_of(result, folder, options.out);
  if (options.quiet) {
    print_line("\nmodel  " + model_path);
    if (!resume.empty()) print_line("go on  " + resume);
    return;
  }
  print(chart(result));
  if (report != nullptr) print("\n" + part_text(*report, experiment.data.target));
  const bool classes = report != nullptr && experiment.data.target.task == Task::kClassification;
  const std::string place = folder.string();
  print(fmt::format("\nmodel     {}\npictures  {}/curves.svg\n{}history   {}/history.csv\n", model_path,
                    place, classes ? fmt::format("          {}/confusion.svg\n", place) : "", place));
  print(wrapped(fmt::format("repeat    gradus train --config {}/config.toml\n", place), 10));
  if (!resume.empty()) print(wrapped(fmt::format("go on     {}\n", resume), 10));
}

// The first words; a run that cannot begin leaves nothing.
void begin(const TrainOptions& options, const Experiment& experiment, StoredRun& run) {
  try {
    if (options.json) {
      print(start_line(experiment, run.folder()));
    } else if (!options.quiet) {
      print(introduction(experiment));
    }
  } catch (...) {
    run.forget();
    throw;
  }
}

// Weights are not to be lost because their own place fails after all: they go into the run's folder before the error is said.
void rescue(const std::filesystem::path& place, const Model& model) {
  try {
    save_model(place, model);
    print_error(fmt::format("gradus: the model is in {} instead", place.string()));
  } catch (const std::exception&) {
    // The first error is the one to be told.
  }
}

std::filesystem::path save(const TrainOptions& options, const RunFolder& folder, const Model& model) {
  const std::filesystem::path in_folder = folder.path / "model.safetensors";
  std::filesystem::path path = options.out.empty() ? in_folder : std::filesystem::path(options.out);
  try {
    save_model(path, model);
  } catch (...) {
    if (path != in_folder) rescue(in_folder, model);
    throw;
  }
  return path;
}

std::unique_ptr<CheckpointKeeper> make_keeper(const TrainOptions& options, const Experiment& experiment,
                                              const std::string& data_hash,
                                              const std::filesystem::path& folder) {
  const CheckpointPace pace =
      options.checkpoint_every.empty() ? kUsualCheckpointPace : checkpoint_pace(options.checkpoint_every);
  return std::make_unique<CheckpointKeeper>(
      folder, CheckpointHead{experiment.plan.config, data_hash}, pace,
      [](const std::string& warning) { print_error("gradus: " + warning); });
}

int train_and_tell(const TrainOptions& options, Experiment& experiment, StoredRun& run,
                   CheckpointKeeper& keeper, ProcessGroup& group) {
  const std::unique_ptr<RunObserver> observer = make_observer(options, experiment);
  SeriesRecorder recorder(score_name(experiment), *observer);
  keeper.add(recorder);
  TrainingResult result;
  ending_all(group, [&] {
    result =
        train(experiment.plan, experiment.data, experiment.streams, recorder, interrupted, &keeper, &group);
  });
  const report::KeptTraining kept =
      report::keep_training(run, experiment, result, recorder,
                            [&](const Model& model) { return save(options, run.folder(), model); });
  observer->finish();  // words come last: nobody may be there to read them
  if (!kept.not_stored.empty()) print_error("gradus: " + kept.not_stored);
  const std::string path = kept.model.string();
  if (options.json) {
    print(end_line(experiment, result, kept.weights_sha256, path,
                   resume_command_of(result, run.folder().path, options.out)));
  } else if (path.empty()) {
    print(conclusion(experiment, result));
  } else {
    say_end(options, experiment, result, kept.report ? &*kept.report : nullptr, run.folder().path, path);
  }
  if (!kept.not_stored.empty()) return kEnvironment;
  return path.empty() ? kCheckFailed : status_of(result.stop_reason);
}

// A process that works for process 0, which tells and stores what comes of it.
int train_along(Experiment& experiment, std::optional<Checkpoint> checkpoint, ProcessGroup& group) {
  int status = kDone;
  ending_all(group, [&] {
    Observer nobody;
    SeriesRecorder recorder(score_name(experiment), nobody);
    CheckpointKeeper keeper({}, {}, {}, {});  // process 0 writes
    keeper.add(recorder);
    if (checkpoint) keeper.go_on_from(std::move(*checkpoint));
    status = status_of(
        train(experiment.plan, experiment.data, experiment.streams, recorder, interrupted, &keeper, &group)
            .stop_reason);
  });
  return status;
}

int train_stored(const TrainOptions& options, Experiment& experiment, StoredRun& run, ProcessGroup& group,
                 std::optional<Checkpoint> checkpoint = {}) {
  try {
    std::unique_ptr<CheckpointKeeper> keeper;
    ending_all(group, [&] {
      keeper = make_keeper(options, experiment, run.header().data_hash, run.folder().path);
      if (checkpoint) keeper->go_on_from(std::move(*checkpoint));
    });
    return train_and_tell(options, experiment, run, *keeper, group);
  } catch (const std::exception& error) {
    run.fail(error.what());
    throw;
  }
}

// Says the end of a finished run again, from its last checkpoint.
int say_end_again(const TrainOptions& options, Experiment& experiment, ResumedRun& run) {
  CheckpointKeeper keeper(run.record.folder, run.checkpoint->head(), {}, {});
  Observer nobody;
  SeriesRecorder recorder(score_name(experiment), nobody);
  keeper.add(recorder);
  keeper.go_on_from(std::move(*run.checkpoint));
  TrainingResult result =
      train(experiment.plan, experiment.data, experiment.streams, recorder, interrupted, &keeper);
  if (result.stop_reason == StopReason::kInterrupted) return kInterrupted;
  const std::filesystem::path& folder = run.record.folder;
  std::string path = run.record.model.empty() ? "" : (folder / run.record.model).string();
  Model model = make_model(experiment, result);
  model.data_sha256 = run.record.data_hash;
  if (result.finite) report::complete_files(folder, experiment, result, model, recorder);
  if (result.finite && !options.out.empty()) {
    save_model(options.out, model);
    path = options.out;
  }
  if (options.json) {
    print(end_line(experiment, result, weights_sha256(model), path, ""));
  } else if (path.empty()) {
    print(conclusion(experiment, result));
  } else {
    say_end(options, experiment, result, nullptr, folder, path);
  }
  return status_of(result.stop_reason);
}

template <class T>
void add_initial_weights(Sha256& hash, const Experiment& experiment) {
  Streams streams = experiment.streams;  // the training's own stay where they are
  hash.add(std::as_bytes(initial_parameters<T>(experiment.plan, streams).span()));
}

// Of all that a training begins with. Drawn weights depend on the C library too.
std::string digest_of(const Experiment& experiment) {
  Sha256 hash;
  hash.add(configuration_hash(experiment.plan.config) + data_hash(experiment.data));
  if (experiment.plan.config.precision == "double") {
    add_initial_weights<double>(hash, experiment);
  } else {
    add_initial_weights<float>(hash, experiment);
  }
  return hash.hex();
}

void check_model_out(const TrainOptions& options, const RunConfig& config) {
  if (options.out.empty()) return;
  check_out(options.out, "model.safetensors", "; gradus model convert makes .npz, .onnx and C of it");
  refuse_input_as_out(options.out, {config.data, options.flags.config_file, config.initial_weights});
}

void refuse_labels(const RunLabels& labels) {
  if (labels.name.empty() && labels.note.empty() && labels.tags.empty()) return;
  throw Error(
      ErrorCode::kInvalidArgument,
      "setting --resume: --name, --tag and --note are for a new run; gradus runs tag and gradus runs note "
      "change those of an old one");
}

int resume_command_line(const TrainOptions& options, ProcessGroup& group) {
  KnownRun known;
  together(group, [&] {
    refuse_labels(options.labels);
    if (group.rank() == 0) known = find_known_run(options.resume, options.runs, options.flags);
  });
  const std::string told = told_by_first(group, to_text(known));
  if (group.rank() > 0) known = known_run_from(told);
  std::optional<ResumedRun> found;
  std::optional<Experiment> experiment;
  std::string digest;
  together(group, [&] {
    found = resumed_run(known, options.flags);
    experiment = set_up_again(*found, options.flags.source());
    check_processes(experiment->plan, group.size());
    if (group.is_alone()) return;
    if (!experiment->plan.config.threads) experiment->plan.config.threads = 1;
    digest = found->checkpoint ? found->checkpoint->hash() : digest_of(*experiment);
  });
  require_same_everywhere(group, digest, "checkpoints or data");
  if (group.rank() == 0) tell_of_previous(*found);
  if (found->has_ended()) return group.rank() == 0 ? say_end_again(options, *experiment, *found) : kDone;
  end_politely();
  std::optional<StoredRun> run;
  together(group, [&] {
    if (group.rank() > 0) return;
    check_model_out(options, experiment->plan.config);
    run = StoredRun::resumed(found->runs, *experiment, found->record.id);
    begin(options, *experiment, *run);
  });
  if (!run) return train_along(*experiment, std::move(found->checkpoint), group);
  return train_stored(options, *experiment, *run, group, std::move(found->checkpoint));
}

int train_command(const TrainOptions& options) {
  catch_job_signals();
  ProcessGroup& group = processes();
  together(group, [&] {
    if (!options.checkpoint_every.empty()) (void)checkpoint_pace(options.checkpoint_every);
  });
  if (!options.resume.empty()) return resume_command_line(options, group);
  std::optional<Experiment> experiment;
  std::string digest;
  together(group, [&] {
    experiment = set_up(options.flags.config(), options.flags.source());
    check_processes(experiment->plan, group.size());
    if (group.is_alone()) return;
    if (!experiment->plan.config.threads) experiment->plan.config.threads = 1;
    digest = digest_of(*experiment);
  });
  require_same_everywhere(group, digest, "data, configuration or initial weights");
  end_politely();
  std::optional<StoredRun> run;
  together(group, [&] {  // when no process has refused it
    if (group.rank() > 0) return;
    check_model_out(options, experiment->plan.config);
    run.emplace(options.runs, *experiment, options.labels);
    begin(options, *experiment, *run);
  });
  if (!run) return train_along(*experiment, {}, group);
  return train_stored(options, *experiment, *run, group);
}

}  // namespace

void add_train(Command& program, Outcome& outcome) {
  Command* command = program.add_command(
      "train", "Train one network; table, chart, run folder, model file",
      "gradus train digits\n  gradus train houses.csv --target price --hidden 64,32 --epochs 200\n"
      "  gradus train --resume 12\n"
      "  mpirun -n 4 gradus train mnist --batch-size 1024 --gradient-slices 8");
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
  command
      ->add_option(
          "--checkpoint-every", options->checkpoint_every,
          "leave a checkpoint so often: a time such as 50ms or 10min, a number of steps, 0: never [5s]")
      ->type_name("T");
  command
      ->add_option("--resume", options->resume,
                   "go on with a run that was stopped, to the weights that it would have reached; its number "
                   "or folder")
      ->type_name("RUN");
  command->add_flag("--json", options->json, "JSON lines on standard output");
  command->add_flag("--quiet", options->quiet, "only the final figures");
  command->callback([options, &outcome] { outcome.status = train_command(*options); });
}

}  // namespace gradus::cli
