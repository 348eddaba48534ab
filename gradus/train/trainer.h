// The training loop: epochs of steps, figures, early stopping, the best weights kept. It tells observers and
// knows none of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include "gradus/core/buffer.h"
#include "gradus/data/dataset.h"
#include "gradus/dist/process_group.h"
#include "gradus/train/events.h"
#include "gradus/train/history.h"
#include "gradus/train/plan.h"
#include "gradus/train/streams.h"

namespace gradus {

// Why a training ended.
enum class StopReason {
  kEpochs,         // all epochs done
  kEarlyStopping,  // the validation loss said so
  kTargetScore,    // the validation score reached the one asked for
  kConverged,      // lbfgs: no lower point to be found
  kDiverged,       // a loss was NaN or infinite
  kInterrupted,    // the caller asked to stop
};

// epochs early_stopping target_score converged diverged interrupted
[[nodiscard]] std::string_view name_of(StopReason reason);

// A flat block in the layout of parameter_table(spec), in the run's precision.
using ParameterBlock = std::variant<AlignedBuffer<float>, AlignedBuffer<double>>;

// What a training ends with.
struct TrainingResult {
  ParameterBlock parameters;  // the best ones where the configuration restores them
  StopReason stop_reason = StopReason::kEpochs;
  bool finite = true;  // the parameters; false only where training diverged before any validation
  std::string
      diverged_at;  // "step 12: loss nan; first not finite: the output of layer 2 (dense, 10 outputs)"
  std::uint64_t steps = 0;
  std::size_t epochs = 0;  // begun and, but for a stop within, finished
  double seconds = 0;      // training steps alone
  std::size_t best_epoch =
      0;  // from 0; of the lowest validation loss, the last one without a validation part
  std::uint64_t best_step = 0;      // steps done then
  double best_validation_loss = 0;  // NaN without a validation part
  History history;
  PartFigures train;  // of the parameters above, over the whole part
  std::optional<PartFigures> validation;
  std::optional<PartFigures> test;
};

// Throws Error(kBadConfiguration) where so many processes cannot share a training: each needs a slice of its own.
void check_processes(const Plan& plan, std::size_t processes);

class CheckpointKeeper;

// Trains as planned. `cancelled` is asked once a step and may be empty. With a keeper it leaves checkpoints, and goes on from the
// one that the keeper holds, to the bits that it would have reached without a stop. Throws gradus::Error only before the
// first step (initial weights or a checkpoint that do not fit). All processes of a `group` call it with the same plan, data and
// checkpoint and get the same result; a yes of `cancelled` on one stops all. nullptr: this process alone.
[[nodiscard]] TrainingResult train(const Plan& plan, const Preparation& data, Streams& streams,
                                   Observer& observer, const std::function<bool()>& cancelled = {},
                                   CheckpointKeeper* keeper = nullptr, ProcessGroup* group = nullptr);

}  // namespace gradus
