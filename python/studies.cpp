// Studies: what they plan, the runs with their progress, verdicts, the page.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "gradus/core/files.h"
#include "gradus/core/names.h"
#include "gradus/report/study_report.h"
#include "gradus/study/budget.h"
#include "gradus/study/judge.h"
#include "gradus/study/runner.h"
#include "gradus/study/statistics.h"
#include "gradus/study/study_file.h"
#include "python/arrays.h"
#include "python/bindings.h"

namespace gradus::python {
namespace {

using study::Measure;
using study::MeasuredRun;
using study::Study;

// A study that has been run, with all that its tables and its page are made of.
struct Outcome {
  Study study;
  study::StudyResult result;
  std::vector<study::JudgedClaim> judged;
  std::string runs;
  SourceOptions source;

  [[nodiscard]] report::StudyOutcome view() const { return {study, result, judged}; }
};

// What the threads of the runs tell, for the thread that Python waits in.
class Progress final : public study::StudyObserver {
 public:
  void on_plan(std::size_t runs, std::size_t workers) override {
    const std::lock_guard lock(mutex_);
    runs_ = runs;
    ended_ = 0;
    running_.assign(workers, 0);
  }
  void on_progress(std::size_t worker, double done, double) override {
    const std::lock_guard lock(mutex_);
    running_[worker] = done;
  }
  void on_end(std::size_t worker, const study::StudyRun&) override {
    const std::lock_guard lock(mutex_);
    running_[worker] = 0;
    ++ended_;
  }

  // Runs that ended, with those that go on counted in parts; and all.
  [[nodiscard]] std::pair<double, std::size_t> state() const {
    const std::lock_guard lock(mutex_);
    double done = static_cast<double>(ended_);
    for (const double part : running_) done += part;
    return {done, runs_};
  }

 private:
  mutable std::mutex mutex_;
  std::size_t runs_ = 0;
  std::size_t ended_ = 0;
  std::vector<double> running_;
};

// Runs `work(cancelled)` in a thread of its own. Meanwhile this one, the interpreter's, looks for signals and calls `tell`
// now and then; what they throw cancels the work and is thrown again behind it.
template <class Work, class Tell>
void run_beside_python(Work work, Tell tell) {
  std::atomic<bool> cancelled = false;
  std::exception_ptr failure;
  std::exception_ptr python_failure;
  std::mutex mutex;
  std::condition_variable ended;
  bool done = false;
  {
    const nb::gil_scoped_release released;
    const std::jthread worker([&] {
      try {
        work(cancelled);
      } catch (...) {
        failure = std::current_exception();
      }
      const std::lock_guard lock(mutex);
      done = true;
      ended.notify_all();
    });
    std::unique_lock lock(mutex);
    while (!ended.wait_for(lock, std::chrono::milliseconds(50), [&] { return done; })) {
      lock.unlock();
      try {
        const nb::gil_scoped_acquire held;
        if (PyErr_CheckSignals() != 0) throw nb::python_error();
        if (!cancelled) tell();
      } catch (...) {
        python_failure = std::current_exception();
        cancelled = true;
      }
      lock.lock();
    }
  }
  if (python_failure) std::rethrow_exception(python_failure);
  if (failure) std::rethrow_exception(failure);
}

// Other replicates and another budget than the file's, where they are given.
Study changed(Study study, std::optional<std::size_t> seeds, std::optional<std::size_t> folds,
              const std::optional<std::string>& budget) {
  if (budget) study.budget = study::parse_budget(*budget);
  if (seeds || folds) study::set_replicates(study, seeds, folds);
  return study;
}

Outcome run(const Study& study, const std::string& name, const std::string& runs,
            const std::string& data_folder, std::size_t workers, std::optional<std::size_t> seeds,
            std::optional<std::size_t> folds, const std::optional<std::string>& budget,
            const nb::object& progress) {
  Outcome outcome{changed(study, seeds, folds, budget), {}, {}, runs, {}};
  outcome.source.data_folder = data_folder;
  Progress observer;
  run_beside_python(
      [&](const std::atomic<bool>& cancelled) {
        RunStore store = RunStore::open(runs);
        study::RunnerOptions options;
        options.source = outcome.source;
        options.name = name;
        options.workers = workers;
        options.cancelled = [&cancelled] { return cancelled.load(); };
        outcome.result = study::run_study(outcome.study, store, options, observer);
        outcome.judged = study::judge(outcome.study, outcome.result.measured);
      },
      [&] {
        const auto [done, all] = observer.state();
        progress(done, all);
      });
  return outcome;
}

nb::list contenders(const Study& study) {
  nb::list list;
  for (const study::Contender& contender : study.contenders) {
    nb::dict row;
    row["contender"] = contender.name;
    row["text"] = contender.text;
    for (const auto& [field, value] : contender.changes) row[field.c_str()] = value;
    list.append(row);
  }
  return list;
}

nb::list planned_claims(const Study& study) {
  nb::list list;
  for (const study::Claim& claim : study.claims) {
    nb::dict row;
    row["says"] = claim.says;
    row["text"] = claim.text;
    row["must"] = claim.must;
    list.append(row);
  }
  return list;
}

// The study's own measures, else all figures of the finished models.
std::vector<Measure> measures_of(const Outcome& outcome) {
  if (!outcome.study.measures.empty()) return outcome.study.measures;
  std::vector<Measure> measures;
  for (const study::Metric& metric : study::metrics()) {
    const bool known = std::ranges::any_of(
        outcome.result.measured, [&](const MeasuredRun& run) { return run.scalars.contains(metric.name); });
    if (known) measures.push_back({.metric = metric});
  }
  return measures;
}

std::string state_of(const MeasuredRun& run) {
  return run.failed ? "failed" : run.diverged ? "diverged" : "done";
}

nb::list measured_runs(const Outcome& outcome) {
  const std::vector<Measure> measures = measures_of(outcome);
  nb::list list;
  for (const MeasuredRun& run : outcome.result.measured) {
    nb::dict row;
    row["contender"] = run.contender;
    row["replicate"] = run.replicate;
    row["seed"] = run.seed;
    row["state"] = state_of(run);
    for (const Measure& measure : measures)
      row[study::to_text(measure).c_str()] = study::evaluate(measure, run);
    list.append(row);
  }
  return list;
}

// Mean and 95 % interval of a measure over a contender's replicates; runs without a finite value are counted.
nb::dict figure_row(const Outcome& outcome, const std::string& contender, const Measure& measure) {
  std::vector<double> values;
  std::size_t without = 0;
  for (const MeasuredRun& run : outcome.result.measured) {
    if (run.contender != contender) continue;
    const std::optional<double> value = study::evaluate(measure, run);
    if (value && std::isfinite(*value)) {
      values.push_back(*value);
    } else {
      ++without;
    }
  }
  const std::size_t folds = outcome.study.folds;
  const study::Summary summary =
      study::summarize(values, folds > 1 ? 1.0 / static_cast<double>(folds - 1) : 0.0);
  std::optional<study::Interval> interval;
  if (summary.n >= 2) interval = study::t_interval(summary, 0.95);
  nb::dict row;
  row["contender"] = contender;
  row["measure"] = study::to_text(measure);
  row["mean"] = summary.mean;
  row["low"] = interval ? nb::cast(interval->low) : nb::none();
  row["high"] = interval ? nb::cast(interval->high) : nb::none();
  row["runs"] = values.size();
  row["without_value"] = without;
  return row;
}

nb::list figures(const Outcome& outcome) {
  const std::vector<Measure> measures = measures_of(outcome);
  nb::list list;
  for (const study::Contender& contender : outcome.study.contenders) {
    for (const Measure& measure : measures) list.append(figure_row(outcome, contender.name, measure));
  }
  return list;
}

nb::list claims(const Outcome& outcome) {
  nb::list list;
  for (std::size_t i = 0; i < outcome.judged.size(); ++i) {
    const study::Claim& claim = outcome.study.claims[i];
    const study::JudgedClaim& judged = outcome.judged[i];
    const study::JudgedPart& part = judged.part();
    nb::dict row;
    row["says"] = claim.says;
    row["text"] = claim.text;
    row["verdict"] = std::string(study::name_of(judged.verdict));
    row["estimate"] = part.estimate;
    row["low"] = part.interval ? nb::cast(part.interval->low) : nb::none();
    row["high"] = part.interval ? nb::cast(part.interval->high) : nb::none();
    row["p"] = part.adjusted_p;
    row["effect"] = part.effect;
    row["more_seeds"] = part.more_seeds;
    row["must"] = claim.must;
    row["report"] = claim.report;
    row["rerun"] = claim.rerun;
    row["reason"] = judged.reason;
    list.append(row);
  }
  return list;
}

// Of every run that recorded it: who, and the points.
nb::list curves(const Outcome& outcome, const std::string& metric) {
  const study::Metric* known = study::find_metric(metric);
  const std::string name = known != nullptr ? known->name : metric;
  nb::list list;
  for (const MeasuredRun& run : outcome.result.measured) {
    const auto found = run.series.find(name);
    if (found == run.series.end()) continue;
    std::vector<std::int64_t> epochs;
    std::vector<std::int64_t> steps;
    std::vector<double> values;
    for (const study::Point& point : found->second) {
      epochs.push_back(static_cast<std::int64_t>(point.epoch));
      steps.push_back(static_cast<std::int64_t>(point.step));
      values.push_back(point.value);
    }
    nb::dict points;
    points["epoch"] = array_of(std::move(epochs));
    points["step"] = array_of(std::move(steps));
    points[name.c_str()] = array_of(std::move(values));
    list.append(nb::make_tuple(run.contender, run.seed, points));
  }
  return list;
}

std::string page(const Outcome& outcome, const std::string& path, const std::string& command) {
  const std::filesystem::path place = path;
  const report::HtmlReport page = report::study_page(outcome.view(), {.runs = outcome.runs,
                                                                      .command = command,
                                                                      .source = outcome.source,
                                                                      .page_folder = place.parent_path()});
  write_file_atomically(place, report::html_report(page));
  return path;
}

void def_outcome(nb::module_& module) {
  nb::class_<Outcome>(module, "StudyOutcome")
      .def("measured_runs", &measured_runs)
      .def("figures", &figures)
      .def("claims", &claims)
      .def("curves", &curves, nb::arg("metric"))
      .def("page", &page, nb::arg("path"), nb::arg("command"), nb::call_guard<nb::gil_scoped_release>())
      .def(
          "text",
          [](const Outcome& outcome, int width) {
            return report::study_text(outcome.view(), {.width = width, .details = true});
          },
          nb::arg("width"))
      .def_prop_ro("known",
                   [](const Outcome& outcome) {
                     return std::ranges::count_if(outcome.result.runs,
                                                  [](const study::StudyRun& run) { return run.known; });
                   })
      .def_prop_ro("budget_spent", [](const Outcome& outcome) { return outcome.result.budget_spent; });
}

}  // namespace

void bind_studies(nb::module_& module) {
  def_outcome(module);
  module.def(
      "nearest_name",
      [](const std::string& name, const std::vector<std::string>& names) {
        return nearest_name(name, std::vector<std::string_view>(names.begin(), names.end()));
      },
      nb::arg("name"), nb::arg("names"));
  nb::class_<Study>(module, "Study")
      .def_static(
          "read", [](const std::string& path) { return study::read_study(path); }, nb::arg("path"))
      .def_static(
          "parse",
          [](const std::string& text, const std::string& folder) {
            return study::parse_study(text, "the study", folder);
          },
          nb::arg("text"), nb::arg("folder"))
      .def_ro("title", &Study::title)
      .def_ro("question", &Study::question)
      .def("contenders", &contenders)
      .def("claims", &planned_claims)
      .def("runs", [](const Study& study) { return planned_runs(study).size(); })
      .def("run", &run, nb::arg("name"), nb::arg("runs"), nb::arg("data_folder"), nb::arg("workers"),
           nb::arg("replicates").none(), nb::arg("folds").none(), nb::arg("budget").none(),
           nb::arg("progress"));
}

}  // namespace gradus::python
