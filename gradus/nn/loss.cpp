// Losses: the fused ones are the kernels', the others plain loops in double, one written order each.
#include "gradus/nn/loss.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "gradus/core/error.h"
#include "gradus/core/names.h"
#include "gradus/core/sum.h"
#include "gradus/kernels/kernels.h"
#include "gradus/kernels/math.h"

namespace gradus {
namespace {

constexpr std::array<std::string_view, 9> kNames = {"mean_squared_error",
                                                    "half_squared_error",
                                                    "mean_absolute_error",
                                                    "huber",
                                                    "poisson",
                                                    "binary_cross_entropy",
                                                    "binary_cross_entropy_probability",
                                                    "softmax_cross_entropy",
                                                    "negative_log_likelihood"};
static_assert(kNames.size() == static_cast<std::size_t>(LossKind::kNegativeLogLikelihood) + 1);

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorCode::kBadConfiguration, "checking the loss: " + what);
}

struct LossAndSlope {
  double loss = 0;
  double slope = 0;
};

LossAndSlope squared_error(double p, double y) {
  const double r = p - y;
  return {r * r, 2 * r};
}

LossAndSlope half_squared_error(double p, double y) {
  const double r = p - y;
  return {r * r / 2, r};
}

LossAndSlope absolute_error(double p, double y) {
  const double r = p - y;
  return {std::abs(r), static_cast<double>((r > 0) - (r < 0))};
}

LossAndSlope huber(double p, double y, double delta) {
  const double r = p - y;
  if (std::abs(r) <= delta) return {r * r / 2, r};
  return {delta * (std::abs(r) - delta / 2), r > 0 ? delta : -delta};
}

LossAndSlope poisson(double z, double y) {
  const double rate = math::exp(z);
  return {rate - y * z + (y > 0 ? y * math::log(y) - y : 0), rate - y};
}

LossAndSlope cross_entropy_of_probability(double p, double y) {
  return {-(y * math::log(p) + (1 - y) * math::log(1 - p)), -(y / p - (1 - y) / (1 - p))};
}

}  // namespace

void LossSpec::validate() const {
  if (!(huber_delta > 0) || !std::isfinite(huber_delta)) {
    fail(fmt::format("huber_delta = {}; expected a finite number above 0", huber_delta));
  }
  if (!(label_smoothing >= 0 && label_smoothing < 1)) {
    fail(fmt::format("label_smoothing = {}; expected a number in [0, 1)", label_smoothing));
  }
  if (label_smoothing != 0 && kind != LossKind::kSoftmaxCrossEntropy &&
      kind != LossKind::kBinaryCrossEntropy) {
    fail(fmt::format("label_smoothing = {} with {}; expected softmax_cross_entropy or binary_cross_entropy",
                     label_smoothing, name_of(kind)));
  }
  if (!class_weights.empty() && !is_classification(kind)) {
    fail(fmt::format("class_weights with {}, which has no classes; leave them out", name_of(kind)));
  }
  for (std::size_t i = 0; i < class_weights.size(); ++i) {
    if (!(class_weights[i] >= 0) || !std::isfinite(class_weights[i])) {
      fail(
          fmt::format("class_weights[{}] = {}; expected a finite number of at least 0", i, class_weights[i]));
    }
  }
}

std::span<const std::string_view> loss_names() {
  return kNames;
}

std::string_view name_of(LossKind kind) {
  return kNames.at(static_cast<std::size_t>(kind));
}

LossKind loss_from_name(std::string_view name) {
  return static_cast<LossKind>(index_of_name("loss", name, kNames));
}

bool is_classification(LossKind kind) {
  return is_binary(kind) || kind == LossKind::kSoftmaxCrossEntropy ||
         kind == LossKind::kNegativeLogLikelihood;
}

bool is_binary(LossKind kind) {
  return kind == LossKind::kBinaryCrossEntropy || kind == LossKind::kBinaryCrossEntropyProbability;
}

Activation prediction_activation(LossKind kind) {
  if (kind == LossKind::kSoftmaxCrossEntropy) return Activation::kSoftmax;
  if (kind == LossKind::kBinaryCrossEntropy) return Activation::kSigmoid;
  if (kind == LossKind::kPoisson) return Activation::kExp;
  return Activation::kIdentity;
}

template <class T>
LossFunction<T>::LossFunction(const LossSpec& spec, std::size_t outputs, std::size_t rows)
    : spec_(spec), outputs_(outputs), terms_(rows) {
  spec_.validate();
  if (!spec_.class_weights.empty()) {
    // Several outputs of a binary loss are several yes-or-no questions: there a sample is of no one class.
    const std::size_t classes = is_binary(spec_.kind) ? (outputs == 1 ? 2 : 0) : outputs;
    if (spec_.class_weights.size() != classes) {
      fail(fmt::format("{} class_weights for {} with {} outputs; expected {}", spec_.class_weights.size(),
                       name_of(spec_.kind), outputs, classes));
    }
    weights_.resize(rows);
  }
  if (is_binary(spec_.kind)) values_.resize(rows * outputs);
}

// Leaves the weights in weights_ where there are class weights, and their sum in total_weight_.
template <class T>
void LossFunction<T>::weigh(const Targets<T>& targets, std::size_t rows) {
  GRADUS_ASSERT(targets.weights.empty() || targets.weights.size() == rows, targets.weights.size(), rows);
  total_weight_ = static_cast<double>(rows);
  if (targets.weights.empty() && weights_.empty()) return;
  GRADUS_ASSERT(weights_.empty() || targets.labels.size() == rows, targets.labels.size(), rows);
  for (std::size_t b = 0; b < rows; ++b) {
    double weight = targets.weights.empty() ? 1.0 : static_cast<double>(targets.weights[b]);
    if (!weights_.empty()) {
      weights_[b] = static_cast<T>(weight * spec_.class_weights[static_cast<std::size_t>(targets.labels[b])]);
      weight = static_cast<double>(weights_[b]);
    }
    terms_[b] = weight;  // borrowed until the losses overwrite it
  }
  total_weight_ = numpy_sum({terms_.data(), rows});
}

template <class T>
const T* LossFunction<T>::sample_weights(const Targets<T>& targets) const {
  if (!weights_.empty()) return weights_.data();
  return targets.weights.empty() ? nullptr : targets.weights.data();
}

// (B, O): labels become values, smoothing y (1 - s) + s / 2 is applied.
template <class T>
MatrixView<const T> LossFunction<T>::binary_targets(const Targets<T>& targets, std::size_t rows) {
  const bool labelled = !targets.labels.empty();
  if (!labelled && spec_.label_smoothing == 0) return targets.values;
  GRADUS_ASSERT(!labelled || outputs_ == 1, outputs_);
  const double s = spec_.label_smoothing;
  for (std::size_t b = 0; b < rows; ++b) {
    for (std::size_t k = 0; k < outputs_; ++k) {
      const double y = labelled ? targets.labels[b] : static_cast<double>(targets.values(b, k));
      values_[b * outputs_ + k] = static_cast<T>(y * (1 - s) + s / 2);
    }
  }
  return {values_.data(), rows, outputs_};
}

template <class T>
template <class Function>
void LossFunction<T>::each_entry(MatrixView<const T> output, MatrixView<const T> y, const T* weights,
                                 double factor, T scale, MatrixView<T> doutput, Function of) {
  GRADUS_ASSERT(y.rows == output.rows && y.cols == outputs_, y.rows, y.cols, output.rows, outputs_);
  for (std::size_t b = 0; b < output.rows; ++b) {
    const double weight = factor * (weights == nullptr ? 1.0 : static_cast<double>(weights[b]));
    double sum = 0;
    for (std::size_t k = 0; k < outputs_; ++k) {
      const LossAndSlope entry = of(static_cast<double>(output(b, k)), static_cast<double>(y(b, k)));
      sum += entry.loss;
      if (!doutput.empty()) doutput(b, k) = static_cast<T>(entry.slope * weight * static_cast<double>(scale));
    }
    terms_[b] = weight * sum;
  }
}

template <class T>
double LossFunction<T>::operator()(MatrixView<const T> output, const Targets<T>& targets,
                                   MatrixView<T> doutput) {
  const std::size_t rows = output.rows;
  GRADUS_ASSERT(rows <= terms_.size() && output.cols == outputs_, rows, terms_.size(), output.cols, outputs_);
  for (const std::int32_t label : targets.labels) {
    GRADUS_ASSERT(label >= 0 && static_cast<std::size_t>(label) < std::max<std::size_t>(outputs_, 2), label,
                  outputs_);
  }
  weigh(targets, rows);
  const T* weights = sample_weights(targets);
  // The one place where the mean divides. A batch without any weight has nothing to divide, and loss 0.
  const double divisor = spec_.reduction == Reduction::kMean && total_weight_ != 0 ? total_weight_ : 1.0;
  const auto scale = static_cast<T>(1.0 / divisor);
  const double per_output = 1.0 / static_cast<double>(outputs_);
  switch (spec_.kind) {
    case LossKind::kMeanSquaredError:
      each_entry(output, targets.values, weights, per_output, scale, doutput, squared_error);
      break;
    case LossKind::kHalfSquaredError:
      each_entry(output, targets.values, weights, per_output, scale, doutput, half_squared_error);
      break;
    case LossKind::kMeanAbsoluteError:
      each_entry(output, targets.values, weights, per_output, scale, doutput, absolute_error);
      break;
    case LossKind::kHuber:
      each_entry(output, targets.values, weights, per_output, scale, doutput,
                 [delta = spec_.huber_delta](double p, double y) { return huber(p, y, delta); });
      break;
    case LossKind::kPoisson:
      each_entry(output, targets.values, weights, 1.0, scale, doutput, poisson);
      break;
    case LossKind::kBinaryCrossEntropy:
      kernels<T>().sigmoid_cross_entropy(output, binary_targets(targets, rows), weights, scale, terms_.data(),
                                         doutput);
      break;
    case LossKind::kBinaryCrossEntropyProbability:
      each_entry(output, binary_targets(targets, rows), weights, 1.0, scale, doutput,
                 cross_entropy_of_probability);
      break;
    case LossKind::kSoftmaxCrossEntropy:
      kernels<T>().softmax_cross_entropy(output, targets.labels.data(), weights,
                                         static_cast<T>(spec_.label_smoothing), scale, terms_.data(),
                                         doutput);
      break;
    case LossKind::kNegativeLogLikelihood:
      negative_log_likelihood(output, targets.labels, weights, scale, doutput);
      break;
  }
  last_rows_ = rows;
  sum_ = numpy_sum(terms());
  return sum_ / divisor;
}

template <class T>
void LossFunction<T>::negative_log_likelihood(MatrixView<const T> output,
                                              std::span<const std::int32_t> labels, const T* weights, T scale,
                                              MatrixView<T> doutput) {
  for (std::size_t b = 0; b < output.rows; ++b) {
    const auto label = static_cast<std::size_t>(labels[b]);
    const double weight = weights == nullptr ? 1.0 : static_cast<double>(weights[b]);
    const auto p = static_cast<double>(output(b, label));
    terms_[b] = weight * -math::log(p);
    if (doutput.empty()) continue;
    for (T& slope : doutput.row(b)) slope = T(0);
    doutput(b, label) = static_cast<T>(-1 / p * weight * static_cast<double>(scale));
  }
}

template <class T>
std::span<const double> LossFunction<T>::terms() const {
  return {terms_.data(), last_rows_};
}

template <class T>
double LossFunction<T>::total_weight() const {
  return total_weight_;
}

template <class T>
double LossFunction<T>::mean() const {
  return total_weight_ == 0 ? 0 : sum_ / total_weight_;
}

template class LossFunction<float>;
template class LossFunction<double>;

}  // namespace gradus
