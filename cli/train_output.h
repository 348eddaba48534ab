// What is said of a training on the terminal, or as JSON lines.
#pragma once

#include <string>

#include "gradus/runs/run_folder.h"
#include "gradus/train/experiment.h"
#include "gradus/train/trainer.h"

namespace gradus::cli {

// Before the first step, for people: the data, what was decided, the network.
[[nodiscard]] std::string introduction(const Experiment& experiment);
// The same as a JSON line.
[[nodiscard]] std::string start_line(const Experiment& experiment, const RunFolder& folder);

// After the last step.
[[nodiscard]] std::string conclusion(const Experiment& experiment, const TrainingResult& result);
// The terminal's chart of the losses; empty with fewer than two epochs.
[[nodiscard]] std::string chart(const TrainingResult& result);
// An empty model_path: none was written. An empty resume: there is nothing to go on with.
[[nodiscard]] std::string end_line(const Experiment& experiment, const TrainingResult& result,
                                   const std::string& weights_hash, const std::string& model_path,
                                   const std::string& resume);

}  // namespace gradus::cli
