#include "gradus/runs/run_series.h"

#include <array>
#include <utility>

#include "gradus/runs/layer_lines.h"

namespace gradus {

std::string series_name(std::string_view typed) {
  constexpr std::string_view kShort = "val_";
  return typed.starts_with(kShort) ? "validation_" + std::string(typed.substr(kShort.size()))
                                   : std::string(typed);
}

bool higher_is_better(std::string_view series) {
  constexpr std::array<std::string_view, 5> kScores = {"accuracy", "r2", "f1", "auc", "score"};
  for (const std::string_view score : kScores) {
    if (series == score || (series.ends_with(score) && series[series.size() - score.size() - 1] == '_'))
      return true;
  }
  return false;
}

std::uint64_t epoch_of_step(std::uint64_t step, std::uint64_t steps_per_epoch) {
  return step == 0 || steps_per_epoch == 0 ? 0 : (step - 1) / steps_per_epoch;
}

SeriesRecorder::SeriesRecorder(std::string score_name, Observer& next)
    : score_name_(std::move(score_name)), next_(next) {}

void SeriesRecorder::on_step(const StepEvent& event) {
  add("step_loss", event.step, event.loss);
  next_.on_step(event);
}

void SeriesRecorder::on_validation(const ValidationEvent& event) {
  add("validation", event.step, event.validation);
  next_.on_validation(event);
}

void SeriesRecorder::on_epoch(const EpochEvent& event) {
  add("train", event.step, event.train);
  if (event.validation) add("validation", event.step, *event.validation);
  if (event.test) add("test", event.step, *event.test);
  add("learning_rate", event.step, event.learning_rate);
  add("seconds", event.step, event.seconds);
  next_.on_epoch(event);
}

void SeriesRecorder::on_layers(const LayersEvent& event) {
  for (const LayerFigures& layer : event.layers) {
    const std::string name = "layers/" + layer.name + "/";
    add(name + "weights", event.step, layer.weights);
    add(name + "gradients", event.step, layer.gradients);
    add(name + "activations", event.step, layer.activations);
    add(name + "update_ratio", event.step, layer.update_ratio);
    if (layer.dead_units) add(name + "dead_units", event.step, *layer.dead_units);
    if (layer.saturated_units) add(name + "saturated_units", event.step, *layer.saturated_units);
  }
  layer_lines_ += layers_line(event);
  next_.on_layers(event);
}

std::vector<Series> SeriesRecorder::take() {
  places_.clear();
  return std::exchange(series_, {});
}

void SeriesRecorder::add(const std::string& name, std::uint64_t step, double value) {
  const auto [place, is_new] = places_.emplace(name, series_.size());
  if (is_new) series_.push_back({name, {}, {}});
  Series& series = series_[place->second];
  // The last validation of an epoch may be told twice, by itself and with the epoch.
  if (!series.steps.empty() && series.steps.back() == step) return;
  series.steps.push_back(step);
  series.values.push_back(value);
}

void SeriesRecorder::add(const std::string& part, std::uint64_t step, const PartFigures& figures) {
  add(part + "_loss", step, figures.loss);
  add(part + "_" + score_name_, step, figures.score);
}

void SeriesRecorder::add(const std::string& name, std::uint64_t step, const Distribution& distribution) {
  add(name + "_norm", step, distribution.norm);
  add(name + "_mean", step, distribution.mean);
  add(name + "_deviation", step, distribution.deviation);
}

RunOutcome outcome_of(const TrainingResult& result, const std::string& score_name,
                      std::vector<Series> series) {
  RunOutcome outcome;
  if (result.stop_reason == StopReason::kDiverged) outcome.status = RunStatus::kDiverged;
  if (result.stop_reason == StopReason::kInterrupted) outcome.status = RunStatus::kInterrupted;
  outcome.stop_reason = name_of(result.stop_reason);
  outcome.steps = result.steps;
  outcome.epochs = result.epochs;
  outcome.seconds = result.seconds;
  outcome.error = result.diverged_at;
  outcome.series = std::move(series);
  const auto add = [&](const std::string& part, const PartFigures& figures) {
    outcome.finals[part + "_loss"] = figures.loss;
    outcome.finals[part + "_" + score_name] = figures.score;
  };
  add("train", result.train);
  if (result.validation) add("validation", *result.validation);
  if (result.test) add("test", *result.test);
  return outcome;
}

}  // namespace gradus
