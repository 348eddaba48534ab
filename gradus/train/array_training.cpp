#include "gradus/train/array_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/nn/propagation.h"
#include "gradus/train/thread_choice.h"

namespace gradus {

namespace {

constexpr std::size_t kRowsAtOnce = 128;  // of predictions: their inputs and hidden units stay in the cache
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

template <class T>
ArrayTraining<T>::ArrayTraining(const ArrayTrainingSpec& spec, std::span<const T> parameters)
    : spec_(spec), parameters_(parameter_table(spec.network).block_size), team_(threads_for<T>(spec)) {
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
  if (!labelled) check_size("targets", targets.values.size(), rows * outputs);
  if (!targets.weights.empty()) check_size("weights", targets.weights.size(), rows);
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
    const double loss = step_->run(batch, learning_rate, batch_at(done + batch.size()));
    sum += loss * static_cast<double>(batch.size());
    done += batch.size();
    if (!std::isfinite(loss)) break;
  }
  step_->store_parameters();
  if (!std::isfinite(sum)) return std::numeric_limits<double>::quiet_NaN();
  return done == 0 ? 0 : sum / static_cast<double>(done);
}

template <class T>
void network_outputs(const NetworkSpec& network, LossKind loss, std::span<const T> parameters,
                     MatrixView<const T> x, MatrixView<T> outputs) {
  GRADUS_ASSERT(x.rows == outputs.rows && outputs.cols == network.outputs(), x.rows, outputs.rows,
                outputs.cols);
  const FloatingPointScope rounding;
  const Activation link = prediction_activation(loss);
  const KernelSet<T>& set = kernels<T>();
  Propagation<T> propagation(network, std::min(std::max<std::size_t>(x.rows, 1), kRowsAtOnce));
  for (std::size_t first = 0; first < x.rows; first += kRowsAtOnce) {
    const std::size_t rows = std::min(kRowsAtOnce, x.rows - first);
    const MatrixView<const T> raw = propagation.forward(
        parameters, MatrixView<const T>(x.data + first * x.stride, rows, x.cols, x.stride));
    const MatrixView<T> part(outputs.data + first * outputs.stride, rows, outputs.cols, outputs.stride);
    if (link == Activation::kSoftmax) {
      set.softmax_forward(raw, part);
    } else {
      set.activation_forward(link, raw, part);
    }
  }
}

template class ArrayTraining<float>;
template class ArrayTraining<double>;
template void network_outputs(const NetworkSpec&, LossKind, std::span<const float>, MatrixView<const float>,
                              MatrixView<float>);
template void network_outputs(const NetworkSpec&, LossKind, std::span<const double>, MatrixView<const double>,
                              MatrixView<double>);

}  // namespace gradus
