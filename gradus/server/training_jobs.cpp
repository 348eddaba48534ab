#include "gradus/server/training_jobs.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/core/thread_pool.h"
#include "gradus/report/run_files.h"
#include "gradus/server/training_watch.h"
#include "gradus/train/json_text.h"

namespace gradus::server {
namespace {

constexpr std::size_t kMostWaiting = 32;  // each holds its data
constexpr std::size_t kMostEnded = 32;    // told of; the store has them all

// Without its braces: members to stand among others.
std::string members(const nlohmann::ordered_json& object) {
  const std::string text = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return text.substr(1, text.size() - 2);
}

std::string description(const Experiment& experiment, const StoredRun& run) {
  const Preparation& data = experiment.data;
  return members(
      {{"id", run.folder().number},
       {"name", run.header().name},
       {"data", experiment.plan.config.data},
       {"target", data.target.name},
       {"task", name_of(data.target.task)},
       {"score", score_name(experiment)},
       {"network", run.header().network},
       {"parameters", run.header().parameters},
       {"parts",
        {{"train", data.train.size()}, {"validation", data.validation.size()}, {"test", data.test.size()}}}});
}

std::string details(const Experiment& experiment) {
  return members({{"choices", experiment.plan.choices},
                  {"warnings", experiment.data.warnings},
                  {"config", nlohmann::ordered_json::parse(to_json(experiment.plan.config))}});
}

std::string end_json(const Experiment& experiment, const TrainingResult& result,
                     const report::KeptTraining& kept) {
  const std::string score = score_name(experiment);
  std::string parts = "\"train\":" + json_figures(result.train, score);
  if (result.validation) parts += ",\"validation\":" + json_figures(*result.validation, score);
  if (result.test) parts += ",\"test\":" + json_figures(*result.test, score);
  nlohmann::ordered_json figures{{"stop_reason", name_of(result.stop_reason)},
                                 {"epochs", result.epochs},
                                 {"steps", result.steps},
                                 {"seconds", result.seconds},
                                 {"best_epoch", result.best_epoch},
                                 {"diverged_at", result.diverged_at},
                                 {"weights_sha256", kept.weights_sha256},
                                 {"model", !kept.model.empty()},
                                 {"error", kept.not_stored}};
  return fmt::format("{{{},{}}}", members(figures), parts);
}

std::string failure_json(const std::string& reason) {
  return fmt::format("{{{}}}", members({{"error", reason}}));
}

struct Job {
  Job(std::shared_ptr<Experiment> set_up, StoredRun stored)
      : experiment(std::move(set_up)),
        run(std::move(stored)),
        folder(run->folder()),
        watch(description(*experiment, *run), details(*experiment)) {}

  std::shared_ptr<Experiment> experiment;  // until it has ended; guarded by the jobs' mutex
  std::optional<StoredRun> run;            // of the thread that trains
  RunFolder folder;
  TrainingWatch watch;
};

std::string stage_of(const TrainingResult& result) {
  return std::string(name_of(outcome_of(result, "", {}).status));
}

// In the thread that trains.
void train_and_keep(Job& job, Experiment& experiment, const CheckpointKeeper::Warn& warn) {
  SeriesRecorder recorder(score_name(experiment), job.watch);
  CheckpointKeeper keeper(job.folder.path, {experiment.plan.config, job.run->header().data_hash},
                          kUsualCheckpointPace, warn);
  keeper.add(recorder);
  TrainingResult result = train(
      experiment.plan, experiment.data, experiment.streams, recorder, [&job] { return job.watch.stopped(); },
      &keeper);
  std::filesystem::path place = job.folder.path / "model.safetensors";
  const report::KeptTraining kept =
      report::keep_training(*job.run, experiment, result, recorder, [&](const Model& model) {
        save_model(place, model);
        return place;
      });
  job.watch.end(stage_of(result), end_json(experiment, result, kept));
}

void end_before_begin(Job& job) {
  RunOutcome outcome;
  outcome.status = RunStatus::kInterrupted;
  outcome.stop_reason = name_of(StopReason::kInterrupted);
  job.run->finish(outcome);
  job.watch.end(std::string(name_of(outcome.status)), failure_json("stopped before its turn came"));
}

void end_by_failure(Job& job, const char* reason) {
  job.run->fail(reason);
  try {
    job.watch.end(std::string(name_of(RunStatus::kFailed)), failure_json(reason));
  } catch (const std::bad_alloc&) {
    // Nobody can be told; the trainings after it go on.
  }
}

void carry_out(Job& job, Experiment& experiment, const CheckpointKeeper::Warn& warn) {
  try {
    if (job.watch.stopped()) {
      end_before_begin(job);
    } else {
      train_and_keep(job, experiment, warn);
    }
  } catch (const std::exception& error) {
    end_by_failure(job, error.what());
  }
  job.run.reset();
}

}  // namespace

struct TrainingJobs::State {
  State(std::filesystem::path runs_folder, SourceOptions options, CheckpointKeeper::Warn told)
      : runs(std::move(runs_folder)), source(std::move(options)), warn(std::move(told)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    {
      const std::lock_guard lock(mutex);
      closing = true;
      for (const auto& [id, job] : jobs) {
        try {
          job->watch.stop();
        } catch (const std::exception&) {
          // It has ended.
        }
      }
    }
    changed.notify_all();
    for (std::thread& worker : workers) worker.join();
  }

  [[nodiscard]] std::shared_ptr<Job> find(std::uint64_t id) const {
    const std::lock_guard lock(mutex);
    const auto found = jobs.find(id);
    if (found == jobs.end()) {
      throw Error(
          ErrorCode::kNotFound,
          fmt::format("training {}: this lab does not know it; what has ended is among the runs", id));
    }
    return found->second;
  }

  // Of a thread: one training after the other.
  void work() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return closing || !line.empty(); });
      if (line.empty()) return;
      const std::shared_ptr<Job> job = std::move(line.front());
      line.pop_front();
      ++under_way;
      const std::shared_ptr<Experiment> experiment = job->experiment;
      lock.unlock();
      carry_out(*job, *experiment, warn);
      lock.lock();
      --under_way;
      job->experiment.reset();
      forget_old();
    }
  }

  void forget_old() {
    auto ended = static_cast<std::size_t>(
        std::ranges::count_if(jobs, [](const auto& job) { return job.second->watch.ended(); }));
    for (auto job = jobs.begin(); job != jobs.end() && ended > kMostEnded;) {
      if (!job->second->watch.ended()) {
        ++job;
        continue;
      }
      job = jobs.erase(job);
      --ended;
    }
  }

  const std::filesystem::path runs;
  const SourceOptions source;
  const CheckpointKeeper::Warn warn;
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::map<std::uint64_t, std::shared_ptr<Job>> jobs;
  std::deque<std::shared_ptr<Job>> line;
  std::size_t under_way = 0;
  bool closing = false;
  std::vector<std::thread> workers;
};

TrainingJobs::TrainingJobs(std::filesystem::path runs, SourceOptions source, std::size_t at_once,
                           CheckpointKeeper::Warn warn)
    : state_(std::make_unique<State>(std::move(runs), std::move(source), std::move(warn))) {
  constexpr std::size_t kMostAtOnce = 2;
  const std::size_t count = at_once > 0 ? at_once : std::min(kMostAtOnce, available_processors());
  try {
    for (std::size_t i = 0; i < count; ++i)
      state_->workers.emplace_back([state = state_.get()] { state->work(); });
  } catch (const std::system_error&) {  // no more threads to be had; one will do
    if (state_->workers.empty()) throw;
  }
}

TrainingJobs::~TrainingJobs() = default;

std::uint64_t TrainingJobs::start(RunConfig config, const RunLabels& labels) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->line.size() >= kMostWaiting) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("starting a training: {} wait already; stop some of them first", kMostWaiting));
    }
    // Trainings side by side take one thread each: teams that wait for each other's processors slow down both.
    if (!config.threads && config.optimizer != kLbfgs && state_->under_way + state_->line.size() > 0)
      config.threads = 1;
  }
  auto experiment = std::make_shared<Experiment>(set_up(config, state_->source));
  StoredRun run(state_->runs, *experiment, labels);
  const std::uint64_t id = run.folder().number;
  const auto job = std::make_shared<Job>(std::move(experiment), std::move(run));
  {
    const std::lock_guard lock(state_->mutex);
    state_->jobs.emplace(id, job);
    state_->line.push_back(job);
  }
  state_->changed.notify_one();
  return id;
}

void TrainingJobs::pause(std::uint64_t id) {
  state_->find(id)->watch.pause();
}

void TrainingJobs::resume(std::uint64_t id) {
  state_->find(id)->watch.resume();
}

void TrainingJobs::step(std::uint64_t id) {
  state_->find(id)->watch.step();
}

void TrainingJobs::stop(std::uint64_t id) {
  state_->find(id)->watch.stop();
}

std::vector<std::uint64_t> TrainingJobs::ids() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<std::uint64_t> ids;
  for (const auto& [id, job] : state_->jobs) ids.push_back(id);
  std::ranges::reverse(ids);
  return ids;
}

std::string TrainingJobs::state(std::uint64_t id) const {
  return state_->find(id)->watch.state();
}

std::string TrainingJobs::summary(std::uint64_t id) const {
  return state_->find(id)->watch.summary();
}

std::string TrainingJobs::layer_lines(std::uint64_t id) const {
  return state_->find(id)->watch.layer_lines();
}

std::shared_ptr<EventLog> TrainingJobs::events(std::uint64_t id) const {
  return state_->find(id)->watch.events();
}

LiveModel TrainingJobs::model(std::uint64_t id) {
  const std::shared_ptr<Job> job = state_->find(id);
  const std::shared_ptr<const Experiment> experiment = this->experiment(id);
  const std::shared_ptr<const Snapshot> now = job->watch.snapshot();
  if (now == nullptr || experiment == nullptr) {
    try {
      return {load_model(job->folder.path / "model.safetensors"), 0, 0};
    } catch (const Error&) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("training {}: it has ended and kept no model", id));
    }
  }
  const ParameterView view =
      std::visit([](const auto& block) { return ParameterView(block.span()); }, now->parameters);
  return {make_model(*experiment, copy_of(view)), now->step, now->epoch};
}

std::shared_ptr<const Experiment> TrainingJobs::experiment(std::uint64_t id) const {
  const std::shared_ptr<Job> job = state_->find(id);
  if (job->watch.ended()) return nullptr;
  const std::lock_guard lock(state_->mutex);
  return job->experiment;
}

}  // namespace gradus::server
