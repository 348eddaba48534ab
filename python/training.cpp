// One training: its configuration, its events told to Python, what it leaves.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gradus/core/files.h"
#include "gradus/formats/model.h"
#include "gradus/runs/layer_lines.h"
#include "gradus/runs/run_identity.h"
#include "gradus/runs/run_series.h"
#include "gradus/runs/run_store.h"
#include "gradus/train/experiment.h"
#include "gradus/train/trainer.h"
#include "python/arrays.h"
#include "python/bindings.h"
#include "python/configuration.h"
#include "python/figures.h"

namespace gradus::python {
namespace {

using Clock = std::chrono::steady_clock;

// Passes events to a Python function, listener(event, values), whose True ends the training, as do its exceptions and
// those of signals. Made and destroyed with the interpreter's lock held; told and asked without it.
class Listener final : public Observer {
 public:
  Listener(nb::object listener, std::string score_name)
      : listener_(std::move(listener)), score_name_(std::move(score_name)) {}

  void on_start(const StartEvent& event) override { start_ = event; }

  void on_progress(const ProgressEvent& event) override {
    tell([&] {
      nb::dict values;
      values["epoch"] = event.epoch;
      values["epochs"] = start_.epochs;
      values["done"] =
          static_cast<double>(event.step) / static_cast<double>(start_.steps_per_epoch * start_.epochs);
      values["seconds_left"] = event.seconds_left;
      values["samples_per_second"] = event.samples_per_second;
      values["loss"] = event.loss;
      return listener_("progress", values);
    });
  }

  void on_epoch(const EpochEvent& event) override {
    tell([&] { return listener_("epoch", row_of(event, score_name_)); });
  }

  // Signals are looked for now and then: a step may take a microsecond.
  bool cancelled() {
    const Clock::time_point now = Clock::now();
    if (!stop_ && now - last_look_ > std::chrono::milliseconds(20)) {
      last_look_ = now;
      const nb::gil_scoped_acquire held;
      if (PyErr_CheckSignals() != 0) keep_exception();
    }
    return stop_;
  }

  // With the lock held, after the training. Whether Ctrl-C ended it: that is an end like others. Other exceptions are
  // thrown again.
  [[nodiscard]] bool was_interrupted() const {
    if (!exception_) return false;
    try {
      std::rethrow_exception(exception_);
    } catch (nb::python_error& error) {
      if (!error.matches(PyExc_KeyboardInterrupt)) throw;
    }
    return true;
  }

 private:
  template <class Call>
  void tell(Call call) {
    const nb::gil_scoped_acquire held;
    if (listener_.is_none() || stop_) return;
    try {
      stop_ = call().is(nb::handle(Py_True));
    } catch (nb::python_error&) {
      exception_ = std::current_exception();
      stop_ = true;
    }
  }

  void keep_exception() {
    stop_ = true;
    try {
      throw nb::python_error();
    } catch (nb::python_error&) {
      exception_ = std::current_exception();
    }
  }

  nb::object listener_;
  std::string score_name_;
  StartEvent start_;
  Clock::time_point last_look_ = Clock::now();
  bool stop_ = false;
  std::exception_ptr exception_;
};

struct Labels {
  std::string name;
  std::string note;
  std::vector<std::string> tags;
};

// What a training leaves, before Python's lock is taken again.
struct Trained {
  TrainingResult result;
  Model model;
  std::vector<Series> series;
  std::string layer_lines;  // of kLayersFile
  std::string weights_sha256;
  std::optional<RunFolder> folder;
  std::optional<Predictions> judged;  // of the test part, else the validation part
};

const Dataset& judged_part(const Experiment& experiment) {
  return !experiment.data.test.empty() ? experiment.data.test : experiment.data.validation;
}

RunFolder keep(const std::string& runs, const Labels& labels, const Experiment& experiment,
               const Trained& trained) {
  RunStore store = RunStore::open(runs);
  RunHeader header = header_of(experiment);
  header.name = labels.name;
  header.note = labels.note;
  header.tags = labels.tags;
  RunOutcome outcome = outcome_of(trained.result, score_name(experiment), trained.series);
  outcome.weights_sha256 = trained.weights_sha256;
  if (trained.result.finite) outcome.model = "model.safetensors";
  return store.add_finished(header, outcome, [&](const std::filesystem::path& folder) {
    write_file_atomically(folder / "config.toml", to_toml(experiment.plan.config));
    write_file_atomically(folder / "history.csv", to_csv(trained.result.history, score_name(experiment)));
    if (!trained.layer_lines.empty()) write_file_atomically(folder / kLayersFile, trained.layer_lines);
    if (trained.result.finite) save_model(folder / "model.safetensors", trained.model);
  });
}

Trained carry_out(Experiment& experiment, Listener& listener, const std::optional<std::string>& runs,
                  const Labels& labels) {
  Trained trained;
  SeriesRecorder recorder(score_name(experiment), listener);
  trained.result = train(experiment.plan, experiment.data, experiment.streams, recorder,
                         [&listener] { return listener.cancelled(); });
  trained.series = recorder.take();
  trained.layer_lines = recorder.layer_lines();
  trained.model = make_model(experiment, trained.result);
  trained.model.data_sha256 = data_hash(experiment.data);
  trained.weights_sha256 = weights_sha256(trained.model);
  if (runs) trained.folder = keep(*runs, labels, experiment, trained);
  const Dataset& judged = judged_part(experiment);
  if (trained.result.finite && !judged.empty()) trained.judged = predictions(trained.model, judged);
  return trained;
}

nb::dict figures_dict(const TrainingResult& result, const std::string& score) {
  nb::dict figures;
  const auto add = [&](const std::string& part, const PartFigures& values) {
    figures[(part + "_loss").c_str()] = values.loss;
    figures[(part + "_" + score).c_str()] = values.score;
  };
  add("train", result.train);
  if (result.validation) add("validation", *result.validation);
  if (result.test) add("test", *result.test);
  return figures;
}

nb::list lines(const Experiment& experiment) {
  nb::list list;
  for (const auto* texts : {&experiment.notes, &experiment.data.decisions, &experiment.plan.choices}) {
    for (const std::string& text : *texts) list.append(text);
  }
  return list;
}

nb::dict describe(const Experiment& experiment, Trained trained) {
  const std::string score = score_name(experiment);
  const TrainingResult& result = trained.result;
  nb::dict described;
  described["history"] = columns_of(result.history, score);
  described["series"] = dict_of(trained.series);
  described["layer_lines"] = trained.layer_lines;
  described["figures"] = figures_dict(result, score);
  described["score"] = score;
  described["stop_reason"] = std::string(name_of(result.stop_reason));
  described["diverged_at"] = result.diverged_at;
  described["steps"] = result.steps;
  described["epochs"] = result.epochs;
  described["seconds"] = result.seconds;
  described["best_epoch"] = result.best_epoch;
  described["best_step"] = result.best_step;
  described["config"] = to_toml(experiment.plan.config);
  described["decisions"] = lines(experiment);
  described["warnings"] = experiment.data.warnings;
  described["weights_sha256"] = trained.weights_sha256;
  described["finite"] = result.finite;
  described["rows"] = nb::make_tuple(experiment.data.train.size(), experiment.data.validation.size(),
                                     experiment.data.test.size());
  described["report"] = trained.judged
                            ? report_of(*trained.judged, judged_part(experiment), experiment.data.target)
                            : nb::dict();
  described["folder"] = trained.folder ? nb::cast(trained.folder->path.string()) : nb::none();
  described["model"] = nb::cast(std::move(trained.model));
  return described;
}

nb::dict train_run(const std::optional<std::string>& config_file, const nb::dict& fields, const Table* table,
                   const std::string& data_folder, const std::optional<std::string>& runs,
                   const std::string& name, const std::string& note, const std::vector<std::string>& tags,
                   nb::object listener) {
  const RunRequest request = request_of(config_file, fields, table, data_folder);
  const Labels labels{name, note, tags};
  std::optional<Experiment> experiment;
  {
    const nb::gil_scoped_release released;
    experiment = make_experiment(request);
  }
  Listener events(std::move(listener), score_name(*experiment));
  std::optional<Trained> trained;
  {
    const nb::gil_scoped_release released;
    trained = carry_out(*experiment, events, runs, labels);
  }
  const bool interrupted = events.was_interrupted();
  nb::dict described = describe(*experiment, std::move(*trained));
  described["interrupted"] = interrupted;
  return described;
}

}  // namespace

void bind_training(nb::module_& module) {
  module.def("train", &train_run, nb::arg("config_file").none(), nb::arg("fields"), nb::arg("table").none(),
             nb::arg("data_folder"), nb::arg("runs").none(), nb::arg("name"), nb::arg("note"),
             nb::arg("tags"), nb::arg("listener").none());
  module.def("configuration_page", &reference_page);
  module.def("configuration_defaults", [] { return to_json(RunConfig()); });
}

}  // namespace gradus::python
