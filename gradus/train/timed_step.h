// A training step on made-up data, for timing: pictures of random bytes, random labels or targets.
#pragma once

#include <cstddef>

#include "gradus/train/training_step.h"

namespace gradus {

template <class T>
class TimedStep {
 public:
  TimedStep(const NetworkSpec& network, const LossSpec& loss, const OptimizerSpec& optimizer,
            std::size_t batch_size, std::size_t threads);

  // Takes that many steps; returns the seconds they took.
  double run(std::size_t steps);
  void set_clock(StepClock* clock) { step_.set_clock(clock); }

 private:
  Dataset data_;
  Transform transform_;
  AlignedBuffer<T> parameters_;
  ThreadPool team_;
  TrainingStep<T> step_;
  std::vector<std::uint32_t> order_;
  std::size_t batch_size_;
  double learning_rate_;
};

extern template class TimedStep<float>;
extern template class TimedStep<double>;

}  // namespace gradus
