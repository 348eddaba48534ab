// Runs a study: independent runs one per processor, each in one thread. Finished ones are recognised in the store by
// the hashes of their configuration and data, so that a study that was stopped goes on where it was.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gradus/data/source.h"
#include "gradus/dist/process_group.h"
#include "gradus/runs/run_store.h"
#include "gradus/study/study.h"

namespace gradus::study {

// How far a planned run came.
enum class RunState {
  kDone,      // finished now or before
  kDiverged,  // a result too
  kFailed,    // ended with an error
  kNotRun,    // cancelled, or the budget was spent
};

// What became of a planned run.
struct StudyRun {
  PlannedRun planned;
  RunState state = RunState::kNotRun;
  bool known = false;    // it was in the store already
  std::uint64_t id = 0;  // in the store; 0: none
  std::uint64_t parameters = 0;
  std::string error;  // of a failed or diverged one
};

// All runs of a study and what was measured.
struct StudyResult {
  std::vector<StudyRun> runs;         // in the order of planned_runs; with halving rung by rung
  std::vector<MeasuredRun> measured;  // those that ended; of a contender that halving let go on the longest
  bool cancelled = false;
  bool budget_spent = false;
};

// Told what happens, one call at a time, from the threads of the runs.
class StudyObserver {
 public:
  virtual ~StudyObserver() = default;
  // Of halving at every rung.
  virtual void on_plan(std::size_t /*runs*/, std::size_t /*workers*/) {}
  virtual void on_begin(std::size_t /*worker*/, const PlannedRun&) {}
  // Several times a second; done in [0, 1].
  virtual void on_progress(std::size_t /*worker*/, double /*done*/, double /*loss*/) {}
  virtual void on_end(std::size_t /*worker*/, const StudyRun&) {}
};

// How a study is run.
struct RunnerOptions {
  SourceOptions source;
  std::string name;         // of the study, in the store
  std::size_t workers = 0;  // 0: available_processors(); with several processes one each, whatever this says
  ProcessGroup* group = nullptr;  // nullptr: this process alone
  std::function<bool()> cancelled;
};

// Throws Error only where nothing can go on: the store fails, a file of data is missing. What else a single run throws
// is its result.
[[nodiscard]] StudyResult run_study(const Study& study, RunStore& store, const RunnerOptions& options,
                                    StudyObserver& observer);

// What the processes of options.group but the first do meanwhile: the runs that process 0 deals to them, until it ends or has no more.
// The store is the same for all. What goes wrong is told to process 0.
void serve_study(const Study& study, RunStore& store, const RunnerOptions& options);

// A run of the store as the judge sees it.
[[nodiscard]] MeasuredRun measured_run(const RunStore& store, std::uint64_t id);

}  // namespace gradus::study
