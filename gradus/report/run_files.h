// What a training leaves when it ends: its model, history and pictures as files, its figures in the store of runs.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gradus/formats/model.h"
#include "gradus/report/curve.h"
#include "gradus/runs/run_series.h"
#include "gradus/runs/stored_run.h"
#include "gradus/train/experiment.h"
#include "gradus/train/part_report.h"
#include "gradus/train/trainer.h"

namespace gradus::report {

// Over the epochs: training, then validation or, where there is none, test.
[[nodiscard]] std::vector<Curve> history_curves(const History& history, double PartFigures::*figure);

struct KeptTraining {
  std::filesystem::path model;  // empty: the weights are not finite, and none was written
  std::string weights_sha256;
  std::optional<PartReport> report;  // of the test part, else of the validation part
  std::string not_stored;            // why the store could not take its end; empty: it has
};

// Where the model was written. Throws Error(kFile).
using SaveModel = std::function<std::filesystem::path(const Model&)>;

// `save` comes first: once the weights are safe nothing may spoil them. Then the run's end, and history.csv, curves.svg,
// layers.jsonl (where layers were recorded) and confusion.svg (classification) in its folder. The parameters are moved
// out of `result`. Throws what `save` throws, and Error(kFile).
KeptTraining keep_training(StoredRun& run, const Experiment& experiment, TrainingResult& result,
                           SeriesRecorder& recorder, const SaveModel& save);

// Writes what a process that was killed behind the run's end has left out of its folder.
void complete_files(const std::filesystem::path& folder, const Experiment& experiment,
                    const TrainingResult& result, const Model& model, const SeriesRecorder& recorder);

}  // namespace gradus::report
