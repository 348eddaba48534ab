#include "gradus/nn/reference_model.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "gradus/core/error.h"
#include "gradus/kernels/dropout.h"

namespace gradus {
namespace {

double sigmoid(double z) {
  return 1 / (1 + std::exp(-z));
}

double softplus(double z) {
  return std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z)));
}

double apply(Activation activation, double z) {
  switch (activation) {
    case Activation::kIdentity:
      return z;
    case Activation::kSigmoid:
      return sigmoid(z);
    case Activation::kTanh:
      return std::tanh(z);
    case Activation::kLecunTanh:
      return 1.7159 * std::tanh(2 * z / 3);
    case Activation::kRelu:
      return std::max(z, 0.0);
    case Activation::kLeakyRelu:
      return z > 0 ? z : 0.01 * z;
    case Activation::kElu:
      return z > 0 ? z : std::expm1(z);
    case Activation::kGelu:
      return z * 0.5 * std::erfc(-z / std::numbers::sqrt2);
    case Activation::kSilu:
      return z * sigmoid(z);
    case Activation::kSoftplus:
      return softplus(z);
    case Activation::kExp:
      return std::exp(z);
    case Activation::kSoftmax:
      break;
  }
  GRADUS_ASSERT(false, static_cast<int>(activation));
  return 0;
}

// elu's slope has no jump at 0, but the slope's slope has, which central differences feel.
bool has_kink(Activation activation) {
  return activation == Activation::kRelu || activation == Activation::kLeakyRelu ||
         activation == Activation::kElu;
}

double log_sum_exp(const double* z, std::size_t count) {
  const double largest = *std::max_element(z, z + count);
  double sum = 0;
  for (std::size_t k = 0; k < count; ++k) sum += std::exp(z[k] - largest);
  return largest + std::log(sum);
}

}  // namespace

ReferenceModel::ReferenceModel(const GradientCheckProblem& problem)
    : problem_(problem), table_(parameter_table(problem.network)), outputs_(problem.network.outputs()) {}

double ReferenceModel::loss(std::span<const double> parameters, std::span<const double> x) {
  sides_.clear();
  values_.assign(x.begin(), x.end());
  std::size_t width = problem_.network.inputs;
  auto tensor = table_.tensors.begin();
  const auto next = [&] { return parameters.data() + (tensor++)->offset; };
  for (std::size_t i = 0; i < problem_.network.layers.size(); ++i) {
    const LayerSpec& layer = problem_.network.layers[i];
    switch (layer.kind) {
      case LayerKind::kDense: {
        const double* w = next();
        dense(width, layer.outputs, w, layer.bias ? next() : nullptr);
        width = layer.outputs;
        break;
      }
      case LayerKind::kActivation:
        activate(layer.activation, width);
        break;
      case LayerKind::kBatchNorm:
      case LayerKind::kLayerNorm: {
        const bool over_rows = layer.kind == LayerKind::kBatchNorm;
        const double* gamma = next();
        normalize(width, over_rows, gamma, next());
        if (over_rows) tensor += 2;  // the running statistics, which training does not read
        break;
      }
      case LayerKind::kDropout:
        drop(width, i, layer.rate);
        break;
    }
  }

  const LossSpec& spec = problem_.loss;
  double sum = 0;
  double weights = 0;
  for (std::size_t b = 0; b < problem_.rows; ++b) {
    double weight = problem_.sample_weights.empty() ? 1.0 : problem_.sample_weights[b];
    if (!spec.class_weights.empty())
      weight *= spec.class_weights[static_cast<std::size_t>(problem_.labels[b])];
    sum += weight * sample_loss(b, values_.data() + b * outputs_);
    weights += weight;
  }
  return (spec.reduction == Reduction::kMean ? sum / weights : sum) + penalty(parameters);
}

// Every sum adds its products in the order of the inputs; outputs side by side are read as they lie.
void ReferenceModel::dense(std::size_t width, std::size_t outputs, const double* w, const double* bias) {
  next_.assign(problem_.rows * outputs, 0);
  for (std::size_t b = 0; b < problem_.rows; ++b) {
    double* sums = next_.data() + b * outputs;
    if (bias != nullptr) std::copy_n(bias, outputs, sums);
    for (std::size_t i = 0; i < width; ++i) {
      const double x = values_[b * width + i];
      for (std::size_t o = 0; o < outputs; ++o) sums[o] += x * w[i * outputs + o];
    }
  }
  values_.swap(next_);
}

void ReferenceModel::activate(Activation activation, std::size_t width) {
  if (activation == Activation::kSoftmax) {
    for (std::size_t b = 0; b < problem_.rows; ++b) {
      double* row = values_.data() + b * width;
      const double total = log_sum_exp(row, width);
      for (std::size_t k = 0; k < width; ++k) row[k] = std::exp(row[k] - total);
    }
    return;
  }
  for (double& value : values_) {
    if (has_kink(activation)) note_side(value);
    value = apply(activation, value);
  }
}

// Each column over the rows, or each row over its units, to mean 0 and deviation 1.
void ReferenceModel::normalize(std::size_t width, bool over_rows, const double* gamma, const double* beta) {
  const std::size_t rows = problem_.rows;
  const std::size_t groups = over_rows ? width : rows;
  const std::size_t count = over_rows ? rows : width;
  for (std::size_t g = 0; g < groups; ++g) {
    const auto value = [&](std::size_t i) -> double& {
      return values_[over_rows ? i * width + g : g * width + i];
    };
    double mean = 0;
    for (std::size_t i = 0; i < count; ++i) mean += value(i) / static_cast<double>(count);
    double variance = 0;
    for (std::size_t i = 0; i < count; ++i) {
      variance += (value(i) - mean) * (value(i) - mean) / static_cast<double>(count);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t unit = over_rows ? g : i;
      value(i) = gamma[unit] * (value(i) - mean) / std::sqrt(variance + 1e-5) + beta[unit];
    }
  }
}

void ReferenceModel::drop(std::size_t width, std::size_t layer, double rate) {
  const DropoutMask mask{dropout::layer_key(problem_.dropout_seed, 0, layer), dropout::threshold(rate)};
  for (std::size_t b = 0; b < problem_.rows; ++b) {
    for (std::size_t c = 0; c < width; ++c) {
      double& value = values_[b * width + c];
      value = dropout::drops(mask, b, static_cast<std::uint32_t>(c)) ? 0 : value / (1 - rate);
    }
  }
}

double ReferenceModel::sample_loss(std::size_t sample, const double* output) {
  const LossSpec& spec = problem_.loss;
  const std::size_t label = problem_.labels.empty() ? 0 : static_cast<std::size_t>(problem_.labels[sample]);
  const double smoothing = spec.label_smoothing;
  const auto outputs = static_cast<double>(outputs_);
  if (spec.kind == LossKind::kNegativeLogLikelihood) return -std::log(output[label]);
  double loss = 0;
  for (std::size_t k = 0; k < outputs_; ++k) {
    const double p = output[k];
    const bool labelled = !problem_.labels.empty();
    const double y = labelled ? static_cast<double>(label) : problem_.values[sample * outputs_ + k];
    const double r = p - y;
    switch (spec.kind) {
      case LossKind::kMeanSquaredError:
        loss += r * r / outputs;
        break;
      case LossKind::kHalfSquaredError:
        loss += r * r / 2 / outputs;
        break;
      case LossKind::kMeanAbsoluteError:
        note_side(r);
        loss += std::abs(r) / outputs;
        break;
      case LossKind::kHuber: {
        const double delta = spec.huber_delta;
        note_side(std::abs(r) - delta);
        loss += (std::abs(r) <= delta ? r * r / 2 : delta * (std::abs(r) - delta / 2)) / outputs;
        break;
      }
      case LossKind::kPoisson:
        loss += std::exp(p) - y * p + (y > 0 ? y * std::log(y) - y : 0);
        break;
      case LossKind::kBinaryCrossEntropy:
        loss += softplus(p) - p * ((1 - smoothing) * y + smoothing / 2);
        break;
      case LossKind::kBinaryCrossEntropyProbability:
        loss -= y * std::log(p) + (1 - y) * std::log(1 - p);
        break;
      case LossKind::kSoftmaxCrossEntropy: {
        const double target = (k == label ? 1 - smoothing : 0) + smoothing / outputs;
        loss += target * (log_sum_exp(output, outputs_) - p);
        break;
      }
      case LossKind::kNegativeLogLikelihood:
        break;
    }
  }
  return loss;
}

double ReferenceModel::penalty(std::span<const double> parameters) {
  double sum = 0;
  for (const ParameterInfo& tensor : table_.tensors) {
    if (!tensor.is_weight || !problem_.penalty.active()) continue;
    for (const double w : parameters.subspan(tensor.offset, tensor.size())) {
      if (problem_.penalty.l1 != 0) note_side(w);
      sum += problem_.penalty.l1 * std::abs(w) + problem_.penalty.l2 * w * w / 2;
    }
  }
  return sum;
}

}  // namespace gradus
