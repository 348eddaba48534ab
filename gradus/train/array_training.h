// Training on arrays in memory for callers who keep the loop themselves, as the Python estimators do: an epoch at a
// time, the samples in the order that they give.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "gradus/core/buffer.h"
#include "gradus/core/thread_pool.h"
#include "gradus/data/dataset.h"
#include "gradus/nn/loss.h"
#include "gradus/nn/network_spec.h"
#include "gradus/nn/penalty.h"
#include "gradus/optim/optimizer.h"
#include "gradus/optim/schedule.h"
#include "gradus/train/training_step.h"

namespace gradus {

struct ArrayTrainingSpec {
  NetworkSpec network;
  LossSpec loss;
  PenaltySpec penalty;
  OptimizerSpec optimizer;
  ScheduleSpec schedule;          // of the rate that every epoch is given
  std::uint64_t total_steps = 1;  // of the whole training, for schedules that end with it
  StepOptions step;
  std::size_t batch_size = 32;  // the largest of any epoch
  std::size_t threads = 1;      // 0: what choose_threads() finds
};

struct ArrayTargets {
  std::vector<std::int32_t> labels;  // (n), class numbers; of the classification losses
  std::vector<double> values;        // (n, outputs); of the others
  std::vector<double> weights;       // (n), or empty: all the same
};

// Throws Error(kInvalidArgument) where they are not those of so many rows and outputs.
void check_targets(const ArrayTargets& targets, std::size_t rows, std::size_t outputs);

// One owner; not thread-safe.
template <class T>
class ArrayTraining {
 public:
  // parameters: the flat block of parameter_table(spec.network). Throws Error(kBadConfiguration) for a spec that is none.
  ArrayTraining(const ArrayTrainingSpec& spec, std::span<const T> parameters);

  // x (n, inputs) without gaps, n < 2^32; `owner` keeps it alive, and it is not copied. The optimizer's state and the
  // parameters stay. Throws Error(kInvalidArgument) for another width, or targets of another size.
  void set_data(std::span<const T> x, std::shared_ptr<const void> owner, ArrayTargets targets);

  // One pass over these samples in batches, each at learning_rate times the schedule's factor. Returns the mean over the samples of their batches' losses, each before its
  // update and with its penalty; NaN where a loss was not finite, and there it ended. `cancelled` is asked some times a
  // second, and ends the pass too.
  double epoch(std::span<const std::uint32_t> samples, std::size_t batch_size, double learning_rate,
               const std::function<bool()>& cancelled = {});
  // What the schedule looks at between two epochs: the validation's loss, or the training's.
  void epoch_ended(double loss) { schedule_.epoch_ended(loss); }

  // Up to date after every epoch; what is written here is not read again.
  [[nodiscard]] std::span<const T> parameters() const { return parameters_.span(); }
  // After the first set_data().
  [[nodiscard]] OptimizerMemory<T> optimizer_memory() { return step_->optimizer_memory(); }
  // The schedule goes on after these steps and so many epochs.
  void restore(const OptimizerMemory<T>& memory, std::uint64_t epochs);
  void scale_velocity(double factor) { step_->optimizer().scale_velocity(factor); }
  // Of the last step; NaN before the first.
  [[nodiscard]] double learning_rate() const { return learning_rate_; }
  [[nodiscard]] std::size_t threads() const { return team_.size(); }

 private:
  ArrayTrainingSpec spec_;
  Schedule schedule_;
  std::uint64_t steps_ = 0;
  std::uint64_t epochs_ = 0;
  double learning_rate_ = std::numeric_limits<double>::quiet_NaN();
  Transform transform_;  // nothing
  Dataset data_;
  AlignedBuffer<T> parameters_;
  ThreadPool team_;
  std::unique_ptr<TrainingStep<T>> step_;  // made with the first data
};

extern template class ArrayTraining<float>;
extern template class ArrayTraining<double>;

}  // namespace gradus
