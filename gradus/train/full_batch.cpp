#include "gradus/train/full_batch.h"

#include <algorithm>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/core/thread_pool.h"

namespace gradus {

namespace {

constexpr std::size_t kRowsAtOnce = 256;

LossSpec summed(LossSpec loss) {
  loss.reduction = Reduction::kSum;
  return loss;
}

}  // namespace

template <class T>
FullBatch<T>::FullBatch(const NetworkSpec& network, const LossSpec& loss, const PenaltySpec& penalty,
                        MatrixView<const T> x, ArrayTargets targets, double slope_factor)
    : propagation_(network, kRowsAtOnce),
      loss_(summed(loss), network.outputs(), kRowsAtOnce),
      penalty_(penalty),
      x_(x),
      targets_(std::move(targets)),
      values_(targets_.values.begin(), targets_.values.end()),
      weights_(targets_.weights.begin(), targets_.weights.end()),
      slope_factor_(slope_factor),
      parameters_(propagation_.parameters().block_size),
      gradients_(parameters_.size()),
      doutput_(kRowsAtOnce * network.outputs()) {
  for (const LayerSpec& layer : network.layers) {
    if (layer.kind == LayerKind::kDropout || layer.kind == LayerKind::kBatchNorm)
      throw Error(ErrorCode::kBadConfiguration,
                  "minimizing over all rows: dropout and batch normalization have no "
                  "gradient that stays the same; use sgd or adam with them");
  }
  const std::size_t outputs = network.outputs();
  const bool fits = (targets_.labels.empty() ? targets_.values.size() == x.rows * outputs
                                             : targets_.labels.size() == x.rows) &&
                    (weights_.empty() || weights_.size() == x.rows) && x.cols == network.inputs;
  if (!fits)
    throw Error(ErrorCode::kInvalidArgument,
                "minimizing over all rows: rows, targets and weights differ in number");
}

template <class T>
double FullBatch<T>::operator()(std::span<const double> parameters, std::span<double> gradient) {
  GRADUS_ASSERT(parameters.size() == parameters_.size() && gradient.size() == parameters_.size(),
                parameters.size(), gradient.size(), parameters_.size());
  const FloatingPointScope rounding;
  std::ranges::transform(parameters, parameters_.data(), [](double value) { return static_cast<T>(value); });
  std::ranges::fill(gradient, 0.0);
  const std::size_t outputs = doutput_.size() / kRowsAtOnce;
  double sum = 0;
  double weight = 0;
  for (std::size_t first = 0; first < x_.rows; first += kRowsAtOnce) {
    const std::size_t rows = std::min(kRowsAtOnce, x_.rows - first);
    const MatrixView<const T> output =
        propagation_.forward(parameters_.span(), {x_.data + first * x_.stride, rows, x_.cols, x_.stride});
    Targets<T> targets;
    if (!targets_.labels.empty()) targets.labels = std::span(targets_.labels).subspan(first, rows);
    if (!values_.empty()) targets.values = {values_.data() + first * outputs, rows, outputs};
    if (!weights_.empty()) targets.weights = std::span<const T>(weights_).subspan(first, rows);
    const MatrixView<T> doutput(doutput_.data(), rows, outputs);
    sum += loss_(output, targets, doutput);
    weight += loss_.total_weight();
    propagation_.backward(parameters_.span(), doutput, gradients_.span());
    for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += static_cast<double>(gradients_[i]);
  }
  const double divisor = weight != 0 ? weight : 1.0;
  for (double& slope : gradient) slope *= slope_factor_ / divisor;
  const PenaltySpec over_rows{penalty_.l1 / divisor, penalty_.l2 / divisor};
  add_penalty_gradient<double>(over_rows, propagation_.parameters(), parameters, gradient);
  return sum / divisor + penalty<double>(over_rows, propagation_.parameters(), parameters);
}

template class FullBatch<float>;
template class FullBatch<double>;

}  // namespace gradus
