// The row of a training in the store of runs: there before the first step, finished behind the last.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gradus/runs/run_store.h"
#include "gradus/train/experiment.h"

namespace gradus::cli {

// What a person says about a run.
struct RunLabels {
  std::string name;
  std::string note;
  std::vector<std::string> tags;
};

class StoredRun {
 public:
  // Makes row and folder. Throws gradus::Error: nothing has been trained yet.
  StoredRun(const std::filesystem::path& runs, const Experiment& experiment, const RunLabels& labels);

  [[nodiscard]] const RunFolder& folder() const { return folder_; }

  // Once a model is saved the store must not spoil it: false where the store could not take the outcome, with the
  // reason on standard error.
  [[nodiscard]] bool finish(const RunOutcome& outcome);
  // Unless it has finished.
  void fail(const std::string& reason);
  // Row and folder go away: the run could not even begin.
  void forget();

 private:
  RunStore store_;
  RunFolder folder_;
  bool finished_ = false;
};

}  // namespace gradus::cli
