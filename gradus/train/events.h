// What the training loop tells its observers. Progress bar, JSON lines, history and Python callbacks are
// observers; the loop knows none of them. Calls come from the training thread, in order: start, then steps,
// validations and epochs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace gradus {

// Figures of one part. `score` is the accuracy of a classification, R2 of a regression.
struct PartFigures {
  double loss = 0;
  double score = 0;
};

// Once, before the first step.
struct StartEvent {
  std::size_t train_rows = 0;
  std::size_t steps_per_epoch = 0;
  std::size_t epochs = 0;
  // Of a training that goes on from a checkpoint.
  std::uint64_t steps_done = 0;
  std::size_t epoch = 0;                                                   // in which it goes on
  double best_validation_loss = std::numeric_limits<double>::quiet_NaN();  // NaN: none yet
};

// After every `log_every`th step: mean loss of its batch before its update.
struct StepEvent {
  std::uint64_t step = 0;  // from 1
  double loss = 0;
};

// Several times a second while an epoch runs.
struct ProgressEvent {
  std::uint64_t step = 0;  // done in the whole run
  std::size_t epoch = 0;   // from 0
  double samples_per_second = 0;
  double seconds_left = 0;  // to the last epoch, if nothing stops the run before
  double loss = 0;          // running mean of the epoch
};

// After every validation, at the end of an epoch or within it.
struct ValidationEvent {
  std::uint64_t step = 0;
  std::size_t epoch = 0;
  PartFigures validation;
};

// After every epoch.
struct EpochEvent {
  std::size_t epoch = 0;
  std::uint64_t step = 0;  // done in the whole run
  double seconds = 0;      // its training steps alone
  double evaluation_seconds = 0;
  double learning_rate = 0;  // of its last step
  PartFigures train;
  std::optional<PartFigures> validation;
  std::optional<PartFigures> test;
};

// Figures of a distribution, over its finite values.
struct Distribution {
  double norm = 0;  // Euclidean
  double mean = 0;
  double deviation = 0;
  double low = 0;
  double high = 0;
  std::vector<std::uint64_t> counts;  // in equal bins from low to high
};

// A dense layer, and the activation behind it, at one step.
struct LayerFigures {
  std::string name;  // that of its tensors: "0", "2"
  Distribution weights;
  // Of the weights: what the optimizer gets, before clipping.
  Distribution gradients;
  // What comes out of the layer for the batch; the norm is that of a row, root mean square.
  Distribution activations;
  // Norm of the step's change of the weights by that of the weights.
  double update_ratio = 0;
  // relu: share of units that are 0 for every row of the batch.
  std::optional<double> dead_units;
  // sigmoid, tanh, lecun_tanh: share of outputs whose slope is below 5 % of the steepest.
  std::optional<double> saturated_units;
};

// At step 1 and every `layers_every`th: of the batch and the weights before the step's update.
struct LayersEvent {
  std::uint64_t step = 0;  // from 1
  std::size_t epoch = 0;   // from 0
  std::vector<LayerFigures> layers;
};

// All parameters in the layout of parameter_table(), in the run's precision.
using ParameterView = std::variant<std::span<const float>, std::span<const double>>;

// The weights as they are after a step; the view ends with the call.
struct WeightsEvent {
  std::uint64_t step = 0;  // done in the whole run
  std::size_t epoch = 0;   // from 0
  ParameterView parameters;
};

// Whoever wants to know what happens in a run overrides what concerns it; the rest does nothing.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_start(const StartEvent&) {}
  virtual void on_step(const StepEvent&) {}
  virtual void on_progress(const ProgressEvent&) {}
  virtual void on_validation(const ValidationEvent&) {}
  virtual void on_epoch(const EpochEvent&) {}
  virtual void on_layers(const LayersEvent&) {}
  // Advice about this training, one sentence for people, that only its course could tell.
  virtual void on_note(const std::string&) {}
  // Asked after every step, of lbfgs after every iteration: whether on_weights is to be told of this very one, and
  // on_progress before it (of lbfgs on_epoch has been). Fetching the weights costs a copy of them.
  [[nodiscard]] virtual bool wants_weights() { return false; }
  // The training waits meanwhile, as long as it takes: that time counts for no speed and no time left.
  virtual void on_weights(const WeightsEvent&) {}
};

}  // namespace gradus
