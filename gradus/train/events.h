// What the training loop tells its observers. Progress bar, JSON lines, history and Python callbacks are
// observers; the loop knows none of them. Calls come from the training thread, in order: start, then steps,
// validations and epochs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace gradus {

// Figures of one part. `score` is the accuracy of a classification, R2 of a regression.
struct PartFigures {
  double loss = 0;
  double score = 0;
};

struct StartEvent {
  std::size_t train_rows = 0;
  std::size_t steps_per_epoch = 0;
  std::size_t epochs = 0;
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

struct ValidationEvent {
  std::uint64_t step = 0;
  std::size_t epoch = 0;
  PartFigures validation;
};

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

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_start(const StartEvent&) {}
  virtual void on_step(const StepEvent&) {}
  virtual void on_progress(const ProgressEvent&) {}
  virtual void on_validation(const ValidationEvent&) {}
  virtual void on_epoch(const EpochEvent&) {}
};

}  // namespace gradus
