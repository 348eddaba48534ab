#include "gradus/study/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <exception>
#include <limits>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <system_error>
#include <thread>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/core/thread_pool.h"
#include "gradus/formats/model.h"
#include "gradus/runs/layer_lines.h"
#include "gradus/runs/run_identity.h"
#include "gradus/runs/run_series.h"
#include "gradus/study/fold_config.h"
#include "gradus/study/halving.h"
#include "gradus/study/remote_runs.h"
#include "gradus/study/run_measures.h"
#include "gradus/train/experiment.h"
#include "gradus/train/trainer.h"

namespace gradus::study {

namespace {

using Clock = std::chrono::steady_clock;

class Runner;

// The events of a run, passed on as its progress.
class RunProgress : public Observer {
 public:
  RunProgress(Runner& runner, std::size_t worker) : runner_(runner), worker_(worker) {}
  void on_start(const StartEvent& event) override {
    steps_ = static_cast<double>(event.steps_per_epoch) * static_cast<double>(event.epochs);
  }
  void on_progress(const ProgressEvent& event) override;

 private:
  Runner& runner_;
  std::size_t worker_;
  double steps_ = 1;
};

class Runner {
 public:
  Runner(const Study& study, RunStore& store, const RunnerOptions& options, StudyObserver& observer)
      : study_(study), store_(store), options_(options), observer_(observer), began_(Clock::now()) {
    workers_ = options.workers > 0 ? options.workers : available_processors();
    if (options.group == nullptr || options.group->is_alone()) return;
    workers_ = options.group->size();
    if (options.group->rank() > 0) return;
    for (std::size_t process = 1; process < workers_; ++process)
      remote_.emplace_back(*options.group, process, network_);
  }

  // What process 0 orders, until it has no more.
  void serve() {
    std::vector<PlannedRun> planned = planned_runs(study_);
    while (const std::optional<RunOrder> order = next_order(*options_.group)) {
      const auto ordered = std::ranges::find_if(planned, [&](const PlannedRun& run) {
        return run.contender == order->contender && run.replicate == order->replicate;
      });
      if (ordered == planned.end()) {
        send_report(*options_.group, unknown_run(*order));
        continue;
      }
      StudyRun run;
      run.planned = *ordered;
      run.planned.config.epochs = order->epochs;
      send_report(*options_.group, carry_out_order(run));
    }
  }

  StudyResult run() {
    const EndOfOrders end(remote_);
    if (study_.halving) {
      run_halving();
    } else {
      (void)run_all(planned_runs(study_));
    }
    result_.cancelled = cancelled();
    return std::move(result_);
  }

  void report_progress(std::size_t worker, double done, double loss) {
    const std::lock_guard lock(mutex_);
    observer_.on_progress(worker, done, loss);
  }

 private:
  // Here or in another process.
  [[nodiscard]] bool cancelled() const {
    return cancelled_elsewhere_ || (options_.cancelled && options_.cancelled());
  }

  // Whether one more run may begin; counts it.
  bool may_begin() {
    if (cancelled()) return false;
    const std::lock_guard lock(mutex_);
    const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
    if (study_.budget.seconds && seconds >= *study_.budget.seconds) result_.budget_spent = true;
    if (study_.budget.runs && begun_ >= *study_.budget.runs) result_.budget_spent = true;
    if (result_.budget_spent) return false;
    ++begun_;
    return true;
  }

  // The runs in order, as many at a time as there are workers. Returns the places of theirs in result_.runs.
  std::size_t run_all(const std::vector<PlannedRun>& planned) {
    const std::size_t first = result_.runs.size();
    for (const PlannedRun& run : planned) result_.runs.emplace_back().planned = run;
    std::vector<std::optional<MeasuredRun>> measured(planned.size());
    const std::size_t workers = std::max<std::size_t>(1, std::min(workers_, planned.size()));
    observer_.on_plan(planned.size(), workers);
    std::atomic<std::size_t> next = 0;
    std::exception_ptr failure;
    const auto take = [&]() -> std::optional<std::size_t> {
      const std::size_t i = next++;
      return i < planned.size() && may_begin() ? std::optional(i) : std::nullopt;
    };
    const auto upcoming = [&]() -> std::optional<std::size_t> {
      const std::size_t i = next;
      return i < planned.size() ? std::optional(planned[i].contender) : std::nullopt;
    };
    const auto work = [&](std::size_t worker) {
      try {
        if (worker > 0 && !remote_.empty()) {
          deal(worker, take, upcoming, std::span(result_.runs).subspan(first), measured);
        } else {
          while (const auto i = take()) measured[*i] = run_one(worker, result_.runs[first + *i]);
        }
      } catch (...) {  // the store: nothing can go on
        const std::lock_guard lock(mutex_);
        if (!failure) failure = std::current_exception();
        next = planned.size();
      }
    };
    {
      std::vector<std::jthread> others;
      try {
        for (std::size_t worker = 1; worker < workers; ++worker) others.emplace_back(work, worker);
      } catch (const std::system_error&) {
        // No more threads to be had; those there are do the work.
      }
      work(0);
    }
    if (failure) std::rethrow_exception(failure);
    for (std::size_t i = 0; i < planned.size(); ++i) {
      const StudyRun& run = result_.runs[first + i];
      if (!measured[i] && run.id != 0) name(measured[i].emplace(measured_run(store_, run.id)), run.planned);
    }
    for (std::optional<MeasuredRun>& run : measured) {
      if (run) result_.measured.push_back(std::move(*run));
    }
    return first;
  }

  std::optional<MeasuredRun> run_one(std::size_t worker, StudyRun& run) {
    {
      const std::lock_guard lock(mutex_);
      observer_.on_begin(worker, run.planned);
    }
    std::optional<MeasuredRun> measured;
    try {
      const Work& work = study_.contenders[run.planned.contender].work;
      if (trains(work)) {
        Experiment experiment = prepare_run(run.planned);
        measured = known_run(experiment, run);
        if (!measured) measured = train_run(worker, experiment, run);
      } else {
        measured = other_work(work, run);
      }
    } catch (const Error& error) {
      // The store, the disk, data that are not there: nothing that the contender can be blamed for.
      if (error.code() == ErrorCode::kFile || error.code() == ErrorCode::kNotFound) throw;
      run.state = RunState::kFailed;
      run.error = error.what();
      measured.emplace();
      measured->failed = true;
      measured->stop_reason = run.error;
    }
    if (measured) name(*measured, run.planned);
    const std::lock_guard lock(mutex_);
    observer_.on_end(worker, run);
    return measured;
  }

  // Runs by another process. Those of contenders that were trained in less than a second are ordered one ahead, lest it wait for this
  // thread, which shares a processor with a training; a long one would wait behind another while others have nothing to do. Under a
  // budget none is: what is ordered will be begun.
  template <class Take, class Upcoming>
  void deal(std::size_t worker, const Take& take, const Upcoming& upcoming, std::span<StudyRun> runs,
            std::vector<std::optional<MeasuredRun>>& measured) {
    RemoteRuns& remote = remote_[worker - 1];
    std::deque<std::size_t> ordered;
    std::set<std::size_t> quick;  // contenders
    const bool ahead = !study_.budget.runs && !study_.budget.seconds;
    const auto wanted = [&] {
      if (ordered.empty()) return true;
      const std::optional<std::size_t> contender = upcoming();
      return ahead && ordered.size() == 1 && contender && quick.contains(*contender);
    };
    while (true) {
      while (wanted()) {
        const std::optional<std::size_t> i = take();
        if (!i) break;
        const PlannedRun& planned = runs[*i].planned;
        if (!trains(study_.contenders[planned.contender].work)) {
          measured[*i] = run_one(worker, runs[*i]);
          continue;
        }
        remote.order({false, planned.contender, planned.replicate, planned.config.epochs});
        ordered.push_back(*i);
      }
      if (ordered.empty()) return;
      StudyRun& run = runs[ordered.front()];
      const Clock::time_point began = Clock::now();
      {
        const std::lock_guard lock(mutex_);
        observer_.on_begin(worker, run.planned);
      }
      measured[ordered.front()] = reported_run(remote.report(), run);
      {
        const std::lock_guard lock(mutex_);
        observer_.on_end(worker, run);
      }
      ordered.pop_front();
      if (run.known) continue;
      if (Clock::now() - began < std::chrono::seconds(1)) {
        quick.insert(run.planned.contender);
      } else {
        quick.erase(run.planned.contender);
      }
    }
  }

  // What was measured is read from the store when all have ended, but of one that failed, which is not there.
  std::optional<MeasuredRun> reported_run(const RunReport& report, StudyRun& run) {
    if (report.ends_study) throw Error(static_cast<ErrorCode>(report.error_code), report.error.data());
    if (report.cancelled) cancelled_elsewhere_ = true;
    run.state = report.state;
    run.known = report.known;
    run.id = report.id;
    run.parameters = report.parameters;
    run.error = report.error.data();
    if (run.known) leave_out_of_budget();
    if (run.state != RunState::kFailed) return std::nullopt;
    MeasuredRun failed;
    failed.failed = true;
    failed.stop_reason = run.error;
    name(failed, run.planned);
    return failed;
  }

  // An order, from the side of that process.
  RunReport carry_out_order(StudyRun& run) {
    RunReport report;
    try {
      (void)run_one(0, run);
    } catch (const Error& error) {
      report.ends_study = true;
      report.error_code = static_cast<int>(error.code());
      run.error = options_.group->name() + ": " + error.what();
    }
    report.cancelled = cancelled();
    report.state = run.state;
    report.known = run.known;
    report.id = run.id;
    report.parameters = run.parameters;
    report.set_error(run.error);
    return report;
  }

  [[nodiscard]] RunReport unknown_run(const RunOrder& order) const {
    RunReport report;
    report.ends_study = true;
    report.error_code = static_cast<int>(ErrorCode::kNotFound);
    report.set_error(
        fmt::format("{}: the study here has no contender {} with replicate {}; expected the same study file "
                    "for every process; put it on a disk that all machines share, or copy it to each",
                    options_.group->name(), order.contender, order.replicate));
    return report;
  }

  // Runs stand side by side: each takes one thread, unless its configuration says otherwise.
  Experiment prepare_run(const PlannedRun& planned) {
    RunConfig config = planned.config;
    if (!config.threads) config.threads = 1;
    const std::optional<std::size_t> fold = study_.replicates[planned.replicate].fold;
    if (fold) hold_back_fold(config, study_.folds, *fold, options_.source, tables_, store_.folder());
    return set_up(config, options_.source, tables_);
  }

  std::optional<MeasuredRun> known_run(const Experiment& experiment, StudyRun& run) {
    run.parameters = parameter_table(experiment.plan.network).count;
    const auto id =
        store_.find_finished(configuration_hash(experiment.plan.config), data_hash(experiment.data));
    if (!id) return std::nullopt;
    run.id = *id;
    run.known = true;
    leave_out_of_budget();
    MeasuredRun measured = measured_run(store_, *id);
    run.state = measured.diverged ? RunState::kDiverged : RunState::kDone;
    return measured;
  }

  // Nothing of it is kept in the store.
  MeasuredRun other_work(const Work& work, StudyRun& run) {
    leave_out_of_budget();
    MeasuredRun measured = carry_out(work, [&] { return prepare_run(run.planned); });
    run.state = measured.diverged ? RunState::kDiverged : RunState::kDone;
    return measured;
  }

  // A budget is for what is trained.
  void leave_out_of_budget() {
    const std::lock_guard lock(mutex_);
    --begun_;
  }

  std::optional<MeasuredRun> train_run(std::size_t worker, Experiment& experiment, StudyRun& run) {
    RunHeader header = header_of(experiment);
    header.study = options_.name;
    header.contender = study_.contenders[run.planned.contender].name;
    header.replicate = static_cast<std::int64_t>(run.planned.replicate);
    RunProgress progress(*this, worker);
    SeriesRecorder recorder(score_name(experiment), progress);
    TrainingResult trained =
        train(experiment.plan, experiment.data, experiment.streams, recorder, options_.cancelled);
    if (trained.stop_reason == StopReason::kInterrupted) return std::nullopt;
    RunOutcome outcome = outcome_of(trained, score_name(experiment), recorder.take());
    const std::string history = to_csv(trained.history, score_name(experiment));
    const Model model = make_model(experiment, trained);
    outcome.weights_sha256 = weights_sha256(model);
    if (trained.finite) outcome.model = "model.safetensors";
    const auto write_files = [&](const std::filesystem::path& folder) {
      // Thousands of runs cannot wait for the disk several times each.
      write_file_atomically(folder / "config.toml", to_toml(experiment.plan.config), Durability::kProgram);
      write_file_atomically(folder / "history.csv", history, Durability::kProgram);
      if (!recorder.layer_lines().empty())
        write_file_atomically(folder / kLayersFile, recorder.layer_lines(), Durability::kProgram);
      if (trained.finite) save_model(folder / "model.safetensors", model, Durability::kProgram);
    };
    run.id = store_.add_finished(header, outcome, write_files).number;
    run.state = trained.stop_reason == StopReason::kDiverged ? RunState::kDiverged : RunState::kDone;
    run.error = trained.diverged_at;
    return measures_of(header, outcome);
  }

  void name(MeasuredRun& measured, const PlannedRun& planned) const {
    measured.contender = study_.contenders[planned.contender].name;
    measured.replicate = planned.replicate;
    measured.seed = planned.config.seed;
  }

  // Every rung trains its contenders from the start; the one before only says who goes on.
  void run_halving() {
    const Halving& halving = *study_.halving;
    std::int64_t most_epochs = 1;
    for (const Contender& contender : study_.contenders)
      most_epochs = std::max(most_epochs, contender.config.epochs);
    std::vector<std::size_t> going_on(study_.contenders.size());
    for (std::size_t i = 0; i < going_on.size(); ++i) going_on[i] = i;
    const std::vector<Rung> rungs = halving_rungs(going_on.size(), most_epochs, halving);
    for (std::size_t r = 0; r < rungs.size(); ++r) {
      std::vector<PlannedRun> planned;
      for (PlannedRun& run : planned_runs(study_)) {
        if (!std::ranges::binary_search(going_on, run.contender)) continue;
        run.config.epochs = std::min(run.config.epochs, rungs[r].epochs);
        planned.push_back(std::move(run));
      }
      forget_measures_of(going_on);
      (void)run_all(planned);
      if (r + 1 == rungs.size() || cancelled() || result_.budget_spent) return;
      going_on = best_of(going_on, rungs[r + 1].contenders);
    }
  }

  void forget_measures_of(const std::vector<std::size_t>& contenders) {
    std::erase_if(result_.measured, [&](const MeasuredRun& run) {
      return std::ranges::any_of(contenders, [&](std::size_t contender) {
        return study_.contenders[contender].name == run.contender;
      });
    });
  }

  // By the mean of the objective over the replicates.
  [[nodiscard]] std::vector<std::size_t> best_of(const std::vector<std::size_t>& contenders,
                                                 std::size_t count) const {
    std::vector<double> objective;
    for (const std::size_t contender : contenders) {
      double sum = 0;
      double runs = 0;
      for (const MeasuredRun& run : result_.measured) {
        if (run.contender != study_.contenders[contender].name) continue;
        sum += evaluate(study_.halving->objective, run).value_or(std::numeric_limits<double>::quiet_NaN());
        ++runs;
      }
      objective.push_back(sum / runs);
    }
    std::vector<std::size_t> best = survivors(objective, better(study_.halving->objective), count);
    for (std::size_t& place : best) place = contenders[place];
    return best;
  }

  // The other processes are not left waiting, whatever ends the study.
  struct EndOfOrders {
    explicit EndOfOrders(std::vector<RemoteRuns>& processes) : remote(processes) {}
    EndOfOrders(const EndOfOrders&) = delete;
    EndOfOrders& operator=(const EndOfOrders&) = delete;
    ~EndOfOrders() {
      for (RemoteRuns& process : remote) process.order({.ends = true});
    }
    std::vector<RemoteRuns>& remote;
  };

  const Study& study_;
  RunStore& store_;
  const RunnerOptions& options_;
  StudyObserver& observer_;
  const Clock::time_point began_;
  std::size_t workers_ = 1;
  std::mutex network_;              // one thread at a time sends and receives
  std::vector<RemoteRuns> remote_;  // of process 0: worker w of run_all is remote_[w - 1]
  std::atomic<bool> cancelled_elsewhere_ = false;
  TableCache tables_;
  std::mutex mutex_;  // of the observer and the counts below
  std::size_t begun_ = 0;
  StudyResult result_;
};

void RunProgress::on_progress(const ProgressEvent& event) {
  runner_.report_progress(worker_, static_cast<double>(event.step) / steps_, event.loss);
}

}  // namespace

StudyResult run_study(const Study& study, RunStore& store, const RunnerOptions& options,
                      StudyObserver& observer) {
  require_data(study);
  return Runner(study, store, options, observer).run();
}

void serve_study(const Study& study, RunStore& store, const RunnerOptions& options) {
  StudyObserver nobody;
  Runner(study, store, options, nobody).serve();
}

}  // namespace gradus::study
