// Training on arrays in memory for callers who keep the loop themselves, as the Python estimators do: an epoch at a
// time, the samples in the order that they give.
#pragma once

#include <cstdint>
#include <functional>
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
#include "gradus/train/training_step.h"

namespace gradus {

struct ArrayTrainingSpec {
  NetworkSpec network;
  LossSpec loss;
  PenaltySpec penalty;
  OptimizerSpec optimizer;
  StepOptions step;
  std::size_t batch_size = 32;  // the largest of any epoch
  std::size_t threads = 1;      // 0: what choose_threads() finds
};

struct ArrayTargets {
  std::vector<std::int32_t> labels;  // (n), class numbers; of the classification losses
  std::vector<double> values;        // (n, outputs); of the others
  std::vector<double> weights;       // (n), or empty: all the same
};

// One owner; not thread-safe.
template <class T>
class ArrayTraining {
 public:
  // parameters: the flat block of parameter_table(spec.network). Throws Error(kBadConfiguration) for a spec that is none.
  ArrayTraining(const ArrayTrainingSpec& spec, std::span<const T> parameters);

  // x (n, inputs) without gaps, n < 2^32; `owner` keeps it alive, and it is not copied. The optimizer's state and the
  // parameters stay. Throws Error(kInvalidArgument) for another width, or targets of another size.
  void set_data(std::span<const T> x, std::shared_ptr<const void> owner, ArrayTargets targets);

  // One pass over these samples in batches. Returns the mean over the samples of their batches' losses, each before its
  // update and with its penalty; NaN where a loss was not finite, and there it ended. `cancelled` is asked some times a
  // second, and ends the pass too.
  double epoch(std::span<const std::uint32_t> samples, std::size_t batch_size, double learning_rate,
               const std::function<bool()>& cancelled = {});

  // Up to date after every epoch; what is written here is not read again.
  [[nodiscard]] std::span<const T> parameters() const { return parameters_.span(); }
  // After the first set_data().
  [[nodiscard]] OptimizerMemory<T> optimizer_memory() { return step_->optimizer_memory(); }
  void restore(const OptimizerMemory<T>& memory) { step_->restore(memory); }
  void scale_velocity(double factor) { step_->optimizer().scale_velocity(factor); }
  [[nodiscard]] std::size_t threads() const { return team_.size(); }

 private:
  ArrayTrainingSpec spec_;
  Transform transform_;  // nothing
  Dataset data_;
  AlignedBuffer<T> parameters_;
  ThreadPool team_;
  std::unique_ptr<TrainingStep<T>> step_;  // made with the first data
};

extern template class ArrayTraining<float>;
extern template class ArrayTraining<double>;

// The network's outputs for x (n, inputs), in evaluation, with the activation that makes a prediction of them (probabilities of
// the fused losses). outputs (n, outputs). For any number of threads at once.
template <class T>
void network_outputs(const NetworkSpec& network, LossKind loss, std::span<const T> parameters,
                     MatrixView<const T> x, MatrixView<T> outputs);
extern template void network_outputs(const NetworkSpec&, LossKind, std::span<const float>,
                                     MatrixView<const float>, MatrixView<float>);
extern template void network_outputs(const NetworkSpec&, LossKind, std::span<const double>,
                                     MatrixView<const double>, MatrixView<double>);

}  // namespace gradus
