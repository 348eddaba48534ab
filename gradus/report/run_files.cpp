#include "gradus/report/run_files.h"

#include <fmt/format.h>

#include <cmath>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/report/confusion_table.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/svg_chart.h"
#include "gradus/report/svg_confusion.h"
#include "gradus/runs/layer_lines.h"
#include "gradus/runs/run_identity.h"

namespace gradus::report {

namespace {

Curve curve(const History& history, const std::string& name, std::optional<PartFigures> EpochEvent::*part,
            double PartFigures::*figure) {
  Curve result{name, {}, {}};
  for (const EpochEvent& row : history.epochs) {
    if (!(row.*part)) continue;
    result.x.push_back(static_cast<double>(row.epoch + 1));
    result.y.push_back((*(row.*part)).*figure);
  }
  return result;
}

// "iris.csv: species"
std::string picture_title(const Experiment& experiment) {
  return fmt::format("{}: {}", std::filesystem::path(experiment.plan.config.data).filename().string(),
                     experiment.data.target.name);
}

std::string picture_of_curves(const Experiment& experiment, const TrainingResult& result) {
  Chart chart;
  chart.title = picture_title(experiment);
  chart.subtitle = fmt::format("{} parameters, {} steps, seed {}",
                               format_count(parameter_table(experiment.plan.network).count),
                               format_count(result.steps), experiment.plan.config.seed);
  chart.x_title = "epoch";
  chart.panels.push_back({"loss", history_curves(result.history, &PartFigures::loss)});
  chart.panels.push_back({score_name(experiment) == "accuracy" ? "accuracy" : "R²",
                          history_curves(result.history, &PartFigures::score)});
  // A run that stopped before its first validation has no best epoch.
  if (std::isfinite(result.best_validation_loss)) {
    chart.markers.push_back(
        {static_cast<double>(result.best_epoch + 1), fmt::format("best epoch {}", result.best_epoch + 1)});
  }
  return svg_chart(chart);
}

void write_layers(const std::filesystem::path& folder, const SeriesRecorder& recorder) {
  if (!recorder.layer_lines().empty()) write_file_atomically(folder / kLayersFile, recorder.layer_lines());
}

// history.csv last: where it is right, so are the others.
void write_pictures(const std::filesystem::path& folder, const Experiment& experiment,
                    const TrainingResult& result, const std::optional<PartReport>& report) {
  write_file_atomically(folder / "curves.svg", picture_of_curves(experiment, result));
  if (report && experiment.data.target.task == Task::kClassification) {
    ConfusionPicture picture;
    picture.title = picture_title(experiment);
    picture.table = confusion_table(report->classification, experiment.data.target);
    write_file_atomically(folder / "confusion.svg", svg_confusion(picture));
  }
  write_file_atomically(folder / "history.csv", to_csv(result.history, score_name(experiment)));
}

std::optional<PartReport> judge(const Model& model, const Preparation& data) {
  const Dataset& judged = !data.test.empty() ? data.test : data.validation;
  if (judged.empty()) return std::nullopt;
  return part_report(predictions(model, judged), judged, data.target);
}

// Where the model lies, as the store keeps it: seen from the run's folder.
std::string stored_path(const std::filesystem::path& model, const RunFolder& folder) {
  const bool inside = model.parent_path() == folder.path;
  return inside ? model.filename().string() : std::filesystem::absolute(model).string();
}

std::string finish(StoredRun& run, const RunOutcome& outcome) {
  try {
    run.finish(outcome);
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

std::vector<Curve> history_curves(const History& history, double PartFigures::*figure) {
  Curve train{"training", {}, {}};
  for (const EpochEvent& row : history.epochs) {
    train.x.push_back(static_cast<double>(row.epoch + 1));
    train.y.push_back(row.train.*figure);
  }
  std::vector<Curve> result = {std::move(train)};
  Curve watched = curve(history, "validation", &EpochEvent::validation, figure);
  if (watched.x.empty()) watched = curve(history, "test", &EpochEvent::test, figure);
  if (!watched.x.empty()) result.push_back(std::move(watched));
  return result;
}

KeptTraining keep_training(StoredRun& run, const Experiment& experiment, TrainingResult& result,
                           SeriesRecorder& recorder, const SaveModel& save) {
  RunOutcome outcome = outcome_of(result, score_name(experiment), recorder.take());
  Model model = make_model(experiment, result);
  model.data_sha256 = data_hash(experiment.data);
  KeptTraining kept;
  kept.weights_sha256 = weights_sha256(model);
  const std::filesystem::path& folder = run.folder().path;
  if (result.finite) {  // else nothing that could predict
    kept.model = save(model);
    outcome.weights_sha256 = kept.weights_sha256;
    outcome.model = stored_path(kept.model, run.folder());
  }
  kept.not_stored = finish(run, outcome);
  write_layers(folder, recorder);
  if (result.finite) {
    kept.report = judge(model, experiment.data);
    write_pictures(folder, experiment, result, kept.report);
  }
  return kept;
}

void complete_files(const std::filesystem::path& folder, const Experiment& experiment,
                    const TrainingResult& result, const Model& model, const SeriesRecorder& recorder) {
  const std::filesystem::path history = folder / "history.csv";
  std::error_code ignored;
  if (std::filesystem::exists(history, ignored) &&
      read_file(history) == to_csv(result.history, score_name(experiment)))
    return;
  remove_temporary_files(folder);
  write_layers(folder, recorder);
  write_pictures(folder, experiment, result, judge(model, experiment.data));
}

}  // namespace gradus::report
