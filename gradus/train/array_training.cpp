#include "gradus/train/array_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/train/thread_choice.h"

namespace gradus {

namespace {

constexpr auto kBetweenQuestions = std::chrono::milliseconds(50);

template <class T>
std::size_t threads_for(const ArrayTrainingSpec& spec) {
  if (spec.threads > 0) return spec.threads;
  return choose_threads<T>(spec.network, spec.loss, spec.optimizer, spec.batch_size);
}

void check_size(const char* what, std::size_t size, std::size_t expected) {
  if (size == expected) return;
  throw Error(
      ErrorCode::kInvalidArgument,
      fmt::format("taking data: {} {}; expected {}, one for each row and output", size, what, expected));
}

// Asked once in a while; remembers a yes.
class Patience {
 public:
  explicit Patience(const std::function<bool()>& cancelled) : cancelled_(cancelled) {}

  bool ended() {
    if (!cancelled_) return false;
    const auto now = std::chrono::steady_clock::now();
    if (now - asked_ < kBetweenQuestions) return false;
    asked_ = now;
    return cancelled_();
  }

 private:
  const std::function<bool()>& cancelled_;
  std::chrono::steady_clock::time_point asked_ = std::chrono::steady_clock::now();
};

}  // namespace

void check_targets(const ArrayTargets& targets, std::size_t rows, std::size_t outputs) {
  if (targets.labels.empty()) {
    check_size("targets", targets.values.size(), rows * outputs);
  } else {
    check_size("labels", targets.labels.size(), rows);
  }
  if (!targets.weights.empty()) check_size("weights", targets.weights.size(), rows);
}

template <class T>
ArrayTraining<T>::ArrayTraining(const ArrayTrainingSpec& spec, std::span<const T> parameters)
    : spec_(spec),
      schedule_(spec.schedule, spec.total_steps),
      parameters_(parameter_table(spec.network).block_size),
      team_(threads_for<T>(spec)) {
  spec_.loss.validate();
  spec_.penalty.validate();
  spec_.optimizer.validate();
  check_size("parameters", parameters.size(), parameters_.size());
  std::ranges::copy(parameters, parameters_.data());
  transform_.block_features = spec.network.inputs;
}

template <class T>
void ArrayTraining<T>::set_data(std::span<const T> x, std::shared_ptr<const void> owner,
                                ArrayTargets targets) {
  const std::size_t inputs = spec_.network.inputs;
  const bool labelled = !targets.labels.empty();
  const std::size_t outputs = spec_.network.outputs();
  const std::size_t rows = labelled ? targets.labels.size() : targets.values.size() / outputs;
  check_size("features", x.size(), rows * inputs);
  check_targets(targets, rows, outputs);
  const bool same_kind = labelled != data_.labels.empty() && targets.weights.empty() == data_.weights.empty();

  auto block = std::make_shared<FeatureBlock>();
  block->cols = inputs;
  block->values = SharedArray<T>(std::move(owner), x);
  auto features = std::make_shared<Features>();
  features->rows = rows;
  features->cols = inputs;
  features->block = std::move(block);
  data_.features = std::move(features);
  data_.rows.resize(rows);
  std::iota(data_.rows.begin(), data_.rows.end(), 0U);
  data_.labels = std::move(targets.labels);
  data_.values = std::move(targets.values);
  data_.value_columns = outputs;
  data_.weights = std::move(targets.weights);

  if (step_ == nullptr) {
    step_ = std::make_unique<TrainingStep<T>>(spec_.network, spec_.loss, spec_.penalty, spec_.optimizer,
                                              data_, transform_, spec_.batch_size, parameters_.span(), team_,
                                              spec_.step);
  } else if (!same_kind) {
    throw Error(ErrorCode::kInvalidArgument,
                "taking data: targets or weights of another kind than before; start a new training");
  }
}

template <class T>
double ArrayTraining<T>::epoch(std::span<const std::uint32_t> samples, std::size_t batch_size,
                               double learning_rate, const std::function<bool()>& cancelled) {
  GRADUS_ASSERT(step_ != nullptr && batch_size > 0 && batch_size <= spec_.batch_size, batch_size,
                spec_.batch_size);
  GRADUS_ASSERT(std::ranges::all_of(samples, [&](std::uint32_t s) { return s < data_.size(); }),
                data_.size());
  const FloatingPointScope rounding;
  Patience patience(cancelled);
  double sum = 0;
  std::size_t done = 0;
  const auto batch_at = [&](std::size_t first) {
    return first < samples.size() ? samples.subspan(first, std::min(batch_size, samples.size() - first))
                                  : std::span<const std::uint32_t>();
  };
  while (done < samples.size() && !patience.ended()) {
    const auto batch = batch_at(done);
    learning_rate_ = learning_rate * schedule_.factor(steps_++, epochs_);
    const double loss = step_->run(batch, learning_rate_, batch_at(done + batch.size()));
    sum += loss * static_cast<double>(batch.size());
    done += batch.size();
    if (!std::isfinite(loss)) break;
  }
  step_->store_parameters();
  ++epochs_;
  if (!std::isfinite(sum)) return std::numeric_limits<double>::quiet_NaN();
  return done == 0 ? 0 : sum / static_cast<double>(done);
}

template <class T>
void ArrayTraining<T>::restore(const OptimizerMemory<T>& memory, std::uint64_t epochs) {
  step_->restore(memory);
  steps_ = memory.steps;
  epochs_ = epochs;
}

template class ArrayTraining<float>;
template class ArrayTraining<double>;
}  // namespace gradus
