#include "gradus/train/array_evaluator.h"

#include <algorithm>

#include "gradus/core/error.h"
#include "gradus/core/sum.h"
#include "gradus/core/thread_pool.h"

namespace gradus {

namespace {

constexpr std::size_t kMostRows = 128;  // whose inputs and hidden units stay in the cache

LossSpec summed(LossSpec loss) {
  loss.reduction = Reduction::kSum;
  return loss;
}

}  // namespace

template <class T>
ArrayEvaluator<T>::ArrayEvaluator(const NetworkSpec& network, const LossSpec& loss, std::size_t max_rows)
    : outputs_(network.outputs()),
      max_rows_(std::clamp<std::size_t>(max_rows, 1, kMostRows)),
      link_(prediction_activation(loss.kind)),
      propagation_(network, max_rows_),
      loss_(summed(loss), outputs_, max_rows_),
      wide_(max_rows_ * outputs_) {}

template <class T>
template <class AtBlock>
void ArrayEvaluator<T>::each_block(std::span<const T> parameters, MatrixView<const T> x, const AtBlock& at) {
  const FloatingPointScope rounding;
  for (std::size_t first = 0; first < x.rows; first += max_rows_) {
    const std::size_t rows = std::min(max_rows_, x.rows - first);
    at(first, propagation_.forward(parameters,
                                   MatrixView<const T>(x.data + first * x.stride, rows, x.cols, x.stride)));
  }
}

template <class T>
void ArrayEvaluator<T>::finish(MatrixView<const T> raw, MatrixView<T> outputs) {
  const MatrixView<double> wide(wide_.data(), raw.rows, raw.cols);
  for (std::size_t b = 0; b < raw.rows; ++b) std::ranges::copy(raw.row(b), wide.row(b).begin());
  if (link_ == Activation::kSoftmax) {
    kernels<double>().softmax_forward(wide, wide);
  } else if (link_ != Activation::kIdentity) {
    kernels<double>().activation_forward(link_, wide, wide);
  }
  for (std::size_t b = 0; b < raw.rows; ++b)
    std::ranges::transform(wide.row(b), outputs.row(b).begin(),
                           [](double value) { return static_cast<T>(value); });
}

template <class T>
void ArrayEvaluator<T>::predict(std::span<const T> parameters, MatrixView<const T> x, MatrixView<T> outputs) {
  GRADUS_ASSERT(x.rows == outputs.rows && outputs.cols == outputs_, x.rows, outputs.rows, outputs.cols);
  each_block(parameters, x, [&](std::size_t first, MatrixView<const T> raw) {
    finish(raw, MatrixView<T>(outputs.data + first * outputs.stride, raw.rows, outputs_, outputs.stride));
  });
}

template <class T>
double ArrayEvaluator<T>::evaluate(std::span<const T> parameters, MatrixView<const T> x,
                                   const ArrayTargets& targets, MatrixView<T> outputs) {
  check_targets(targets, x.rows, outputs_);
  NumpySum sum;
  NumpySum weight;
  std::vector<T> values;
  std::vector<T> weights;
  each_block(parameters, x, [&](std::size_t first, MatrixView<const T> raw) {
    Targets<T> part;
    if (!targets.labels.empty()) part.labels = std::span(targets.labels).subspan(first, raw.rows);
    if (!targets.values.empty()) {
      const auto from = std::span(targets.values).subspan(first * outputs_, raw.rows * outputs_);
      values.assign(from.begin(), from.end());
      part.values = {values.data(), raw.rows, outputs_};
    }
    if (!targets.weights.empty()) {
      const auto from = std::span(targets.weights).subspan(first, raw.rows);
      weights.assign(from.begin(), from.end());
      part.weights = weights;
    }
    loss_(raw, part, {});
    for (const double term : loss_.terms()) sum.add(term);
    for (std::size_t b = 0; b < raw.rows; ++b)
      weight.add(weights.empty() ? 1.0 : static_cast<double>(weights[b]));
    finish(raw, MatrixView<T>(outputs.data + first * outputs.stride, raw.rows, outputs_, outputs.stride));
  });
  return weight.total() == 0 ? 0 : sum.total() / weight.total();
}

template class ArrayEvaluator<float>;
template class ArrayEvaluator<double>;

}  // namespace gradus
