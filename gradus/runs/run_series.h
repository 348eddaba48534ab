// The series that a training leaves: names, and the observer that gathers them.
//
// Once an epoch: train_loss, validation_loss, test_loss (where there is such a part), the same with _accuracy or
// _r2, learning_rate, seconds. Within epochs: further points of validation_*. Every --log-every steps:
// step_loss, the loss of the batch before its update. At the steps of --layers-every, for each layer by the name
// of its tensors: layers/0/weights_norm, _mean and _deviation, the same of gradients and activations,
// layers/0/update_ratio, and dead_units or saturated_units. Others may be added under any name.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/runs/run_record.h"
#include "gradus/train/events.h"
#include "gradus/train/trainer.h"

namespace gradus {

// The whole name of one that a person typed: "val_loss" is "validation_loss".
[[nodiscard]] std::string series_name(std::string_view typed);

// Accuracies, R2, F1, areas under curves and scores; of all others less is better.
[[nodiscard]] bool higher_is_better(std::string_view series);

// The epoch, counted from 0, to which a step belongs.
[[nodiscard]] std::uint64_t epoch_of_step(std::uint64_t step, std::uint64_t steps_per_epoch);

template <class Archive>
void transfer(Archive& archive, Series& series) {
  archive(series.name, series.steps, series.values);
  archive.require(series.steps.size() == series.values.size(), "a series with a step too many");
}

// Passes every event on to `next` and keeps what a run's series are made of.
class SeriesRecorder final : public Observer {
 public:
  // `score_name` is accuracy or r2; `next` outlives the recorder.
  SeriesRecorder(std::string score_name, Observer& next);

  void on_start(const StartEvent& event) override { next_.on_start(event); }
  void on_step(const StepEvent& event) override;
  void on_progress(const ProgressEvent& event) override { next_.on_progress(event); }
  void on_validation(const ValidationEvent& event) override;
  void on_epoch(const EpochEvent& event) override;
  void on_layers(const LayersEvent& event) override;
  void on_note(const std::string& text) override { next_.on_note(text); }
  [[nodiscard]] bool wants_weights() override { return next_.wants_weights(); }
  void on_weights(const WeightsEvent& event) override { next_.on_weights(event); }

  // In the order of their first points. The recorder has none afterwards.
  [[nodiscard]] std::vector<Series> take();
  // What was recorded of the layers, for kLayersFile; empty where nothing was.
  [[nodiscard]] const std::string& layer_lines() const { return layer_lines_; }

  // All that was recorded.
  template <class Archive>
  void transfer(Archive& archive) {
    archive(series_, layer_lines_);
    if constexpr (Archive::kReads) {
      places_.clear();
      for (const Series& series : series_) places_.emplace(series.name, places_.size());
      archive.require(places_.size() == series_.size(), "two series of one name");
    }
  }

 private:
  void add(const std::string& name, std::uint64_t step, double value);
  void add(const std::string& part, std::uint64_t step, const PartFigures& figures);
  void add(const std::string& name, std::uint64_t step, const Distribution& distribution);

  std::string score_name_;
  Observer& next_;
  std::vector<Series> series_;
  std::map<std::string, std::size_t> places_;
  std::string layer_lines_;
};

// Status, stop reason, counts, finals; `series` as a SeriesRecorder took them. Weights and model are the
// caller's to add.
[[nodiscard]] RunOutcome outcome_of(const TrainingResult& result, const std::string& score_name,
                                    std::vector<Series> series);

}  // namespace gradus
