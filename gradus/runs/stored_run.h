// The row of a training in the store of runs: there before the first step, finished behind the last.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gradus/runs/run_store.h"
#include "gradus/train/experiment.h"

namespace gradus {

// What a person says about a run.
struct RunLabels {
  std::string name = {};
  std::string note = {};
  std::vector<std::string> tags = {};
};

class StoredRun {
 public:
  // Makes row and folder, with the configuration in it. Throws gradus::Error: nothing has been trained yet, and nothing
  // is left behind.
  StoredRun(const std::filesystem::path& runs, const Experiment& experiment, const RunLabels& labels);
  // Goes on with one that was stopped. Throws as RunStore::resume().
  [[nodiscard]] static StoredRun resumed(const std::filesystem::path& runs, const Experiment& experiment,
                                         std::uint64_t id);

  [[nodiscard]] const RunHeader& header() const { return header_; }
  [[nodiscard]] const RunFolder& folder() const { return folder_; }

  // Throws Error(kFile) where the store cannot take it; the files of the run stay.
  void finish(const RunOutcome& outcome);
  // Unless it has finished; a store that cannot take it is left as it is.
  void fail(const std::string& reason);
  // Row and folder go away: the run could not even begin. One that went on has failed instead, and stays.
  void forget();

 private:
  StoredRun(RunHeader header, RunStore store, RunFolder folder);

  RunHeader header_;
  RunStore store_;
  RunFolder folder_;
  bool went_on_ = false;
  bool finished_ = false;
};

}  // namespace gradus
