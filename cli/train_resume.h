// gradus train --resume and --checkpoint-every: which run goes on, from what, and how often a training leaves a checkpoint.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "cli/run_flags.h"
#include "gradus/runs/run_record.h"
#include "gradus/train/checkpoint_keeper.h"
#include "gradus/train/experiment.h"

namespace gradus::cli {

// "5s", "50ms", "2min", "1000" steps, "0" for none. Throws Error(kInvalidArgument).
[[nodiscard]] CheckpointPace checkpoint_pace(const std::string& text);

// A run that is to go on.
struct ResumedRun {
  std::filesystem::path runs;  // the folder of all runs
  RunRecord record;
  RunConfig config;
  std::optional<Checkpoint> checkpoint;  // none: it begins anew

  // Nothing is left but to say its end again.
  [[nodiscard]] bool has_ended() const {
    return record.status == RunStatus::kFinished || record.status == RunStatus::kDiverged;
  }
};

// What the store says of it. Of several processes the first alone reads the store, and tells the others: on several machines its file
// may not be open on two of them, and what it says may change between two looks.
struct KnownRun {
  std::filesystem::path runs;  // the folder of all runs
  RunRecord record;            // for the others: id, folder, status and hashes
  std::string configuration;   // JSON
};

// `run` is a number in `runs`, or a run's folder. Throws Error where there is none, or flags were given that would change it.
[[nodiscard]] KnownRun find_known_run(const std::string& run, const std::filesystem::path& runs,
                                      const RunFlags& flags);
[[nodiscard]] std::string to_text(const KnownRun& run);
[[nodiscard]] KnownRun known_run_from(std::string_view text);  // of to_text()

// Reads the checkpoint. Throws Error where it is damaged, or another run's.
[[nodiscard]] ResumedRun resumed_run(const KnownRun& run, const RunFlags& flags);
// One line where it goes on from the last checkpoint but one.
void tell_of_previous(const ResumedRun& run);
// As set_up() does. Throws Error(kBadData) where the data are not those that the run saw.
[[nodiscard]] Experiment set_up_again(const ResumedRun& run, const SourceOptions& source);

// Whether it was stopped and has a checkpoint.
[[nodiscard]] bool can_go_on(const RunRecord& run);
// "gradus train --resume runs/3", with --out where that is not empty; empty where no checkpoint lies there
[[nodiscard]] std::string resume_command(const std::filesystem::path& folder, const std::string& out = "");

}  // namespace gradus::cli
