// The oracle: plain loops, sums in double, the C library's functions. Written for reading, never for speed.

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>
#include <vector>

#include "gradus/core/sum.h"
#include "gradus/kernels/kernel_sets.h"
#include "gradus/kernels/reference_layers.h"

namespace gradus {
namespace {

double activate(Activation f, double z) {
  switch (f) {
    case Activation::kIdentity:
      return z;
    case Activation::kSigmoid:
      return 1 / (1 + std::exp(-z));
    case Activation::kTanh:
      return std::tanh(z);
    case Activation::kLecunTanh:
      return kLecunScale * std::tanh(kLecunSlope * z);
    case Activation::kRelu:
      return z > 0 ? z : 0;
    case Activation::kLeakyRelu:
      return z > 0 ? z : kLeakyReluSlope * z;
    case Activation::kElu:
      return z > 0 ? z : std::expm1(z);
    case Activation::kGelu:
      return z * 0.5 * std::erfc(-z / std::numbers::sqrt2);
    case Activation::kSilu:
      return z / (1 + std::exp(-z));
    case Activation::kSoftplus:
      return z > 0 ? z + std::log1p(std::exp(-z)) : std::log1p(std::exp(z));
    case Activation::kExp:
      return std::exp(z);
    case Activation::kSoftmax:
      break;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

double slope(Activation f, double z, double y) {
  switch (f) {
    case Activation::kIdentity:
      return 1;
    case Activation::kSigmoid:
      return y * (1 - y);
    case Activation::kTanh:
      return 1 - y * y;
    case Activation::kLecunTanh:
      return kLecunSlope * (kLecunScale - y * y / kLecunScale);
    case Activation::kRelu:
      return y > 0 ? 1 : 0;
    case Activation::kLeakyRelu:
      return y > 0 ? 1 : kLeakyReluSlope;
    case Activation::kElu:
      return y > 0 ? 1 : y + 1;
    case Activation::kGelu:
      return 0.5 * std::erfc(-z / std::numbers::sqrt2) +
             z * std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
    case Activation::kSilu: {
      const double s = 1 / (1 + std::exp(-z));
      return s * (1 + z * (1 - s));
    }
    case Activation::kSoftplus:
      return 1 / (1 + std::exp(-z));
    case Activation::kExp:
      return y;
    case Activation::kSoftmax:
      break;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

template <class T>
double slope_at(const ActivationState<T>& state, std::size_t r, std::size_t c) {
  if (state.activation == Activation::kIdentity) return 1;  // neither z nor y need be there
  const bool from_z = needs_preactivation(state.activation);
  return slope(state.activation, from_z ? state.z(r, c) : 0, from_z ? 0 : state.y(r, c));
}

template <class T>
void dense_forward(MatrixView<const T> x, MatrixView<const T> w, const T* bias, Activation f, MatrixView<T> z,
                   MatrixView<T> y, ColumnRange outputs) {
  for (std::size_t b = 0; b < x.rows; ++b) {
    for (std::size_t o = outputs.begin; o < outputs.end; ++o) {
      double sum = 0;
      for (std::size_t k = 0; k < x.cols; ++k) sum += static_cast<double>(x(b, k)) * w(k, o);
      if (bias != nullptr) sum += bias[o];
      if (z.data != nullptr) z(b, o) = static_cast<T>(sum);
      y(b, o) = static_cast<T>(activate(f, static_cast<double>(sum)));
    }
  }
}

template <class T>
void dense_input_gradient(MatrixView<const T> dz, MatrixView<const T> w, ActivationState<T> below,
                          MatrixView<T> dz_below, ColumnRange inputs, bool resume) {
  for (std::size_t b = 0; b < dz.rows; ++b) {
    for (std::size_t i = inputs.begin; i < inputs.end; ++i) {
      double sum = resume ? static_cast<double>(dz_below(b, i)) : 0;
      for (std::size_t o = 0; o < dz.cols; ++o) sum += static_cast<double>(dz(b, o)) * w(i, o);
      dz_below(b, i) = static_cast<T>(sum * slope_at(below, b, i));
    }
  }
}

template <class T>
void dense_weight_gradient(MatrixView<const T> x, MatrixView<const T> dz, MatrixView<T> dw, T* db,
                           ColumnRange outputs) {
  for (std::size_t o = outputs.begin; o < outputs.end; ++o) {
    for (std::size_t i = 0; i < x.cols; ++i) {
      double sum = 0;
      for (std::size_t b = 0; b < x.rows; ++b) sum += static_cast<double>(x(b, i)) * dz(b, o);
      dw(i, o) = static_cast<T>(sum);
    }
    if (db == nullptr) continue;
    double sum = 0;
    for (std::size_t b = 0; b < dz.rows; ++b) sum += dz(b, o);
    db[o] = static_cast<T>(sum);
  }
}

template <class T>
void activation_forward(Activation f, MatrixView<const T> z, MatrixView<T> y) {
  for (std::size_t r = 0; r < z.rows; ++r) {
    for (std::size_t c = 0; c < z.cols; ++c) y(r, c) = static_cast<T>(activate(f, z(r, c)));
  }
}

template <class T>
void activation_backward(ActivationState<T> state, MatrixView<const T> dy, MatrixView<T> dz) {
  for (std::size_t r = 0; r < dy.rows; ++r) {
    for (std::size_t c = 0; c < dy.cols; ++c) dz(r, c) = static_cast<T>(dy(r, c) * slope_at(state, r, c));
  }
}

// softmax(z) of one row and log sum e^z.
template <class T>
double softmax(std::span<const T> z, std::vector<double>& y) {
  const double maximum = *std::max_element(z.begin(), z.end());
  double sum = 0;
  y.clear();
  for (const T value : z) {
    y.push_back(std::exp(value - maximum));
    sum += y.back();
  }
  for (double& value : y) value /= sum;
  return maximum + std::log(sum);
}

template <class T>
void softmax_forward(MatrixView<const T> z, MatrixView<T> y) {
  if (z.cols == 0) return;
  std::vector<double> row;
  for (std::size_t r = 0; r < z.rows; ++r) {
    softmax<T>(z.row(r), row);
    for (std::size_t c = 0; c < z.cols; ++c) y(r, c) = static_cast<T>(row[c]);
  }
}

template <class T>
void softmax_backward(MatrixView<const T> y, MatrixView<const T> dy, MatrixView<T> dz) {
  for (std::size_t r = 0; r < y.rows; ++r) {
    double dot = 0;
    for (std::size_t c = 0; c < y.cols; ++c) dot += static_cast<double>(dy(r, c)) * y(r, c);
    for (std::size_t c = 0; c < y.cols; ++c) dz(r, c) = static_cast<T>(y(r, c) * (dy(r, c) - dot));
  }
}

template <class T>
void softmax_cross_entropy(MatrixView<const T> z, const std::int32_t* labels, const T* weights, T smoothing,
                           T scale, double* loss, MatrixView<T> dz) {
  std::vector<double> probabilities;
  for (std::size_t r = 0; r < z.rows; ++r) {
    const double log_sum = softmax<T>(z.row(r), probabilities);
    const double weight = weights == nullptr ? 1 : static_cast<double>(weights[r]);
    loss[r] = 0;
    for (std::size_t c = 0; c < z.cols; ++c) {
      const double hot = static_cast<std::size_t>(labels[r]) == c ? 1 - static_cast<double>(smoothing) : 0;
      const double target = hot + static_cast<double>(smoothing) / static_cast<double>(z.cols);
      if (target != 0) loss[r] += weight * target * (log_sum - z(r, c));
      if (dz.data != nullptr) dz(r, c) = static_cast<T>((probabilities[c] - target) * weight * scale);
    }
  }
}

template <class T>
void sigmoid_cross_entropy(MatrixView<const T> z, MatrixView<const T> y01, const T* weights, T scale,
                           double* loss, MatrixView<T> dz) {
  for (std::size_t r = 0; r < z.rows; ++r) {
    const double weight = weights == nullptr ? 1 : static_cast<double>(weights[r]);
    loss[r] = 0;
    for (std::size_t c = 0; c < z.cols; ++c) {
      const double logit = z(r, c);
      const double target = y01(r, c);
      loss[r] += weight * (std::max(logit, 0.0) - logit * target + std::log1p(std::exp(-std::abs(logit))));
      if (dz.data == nullptr) continue;
      dz(r, c) = static_cast<T>((activate(Activation::kSigmoid, logit) - target) * weight * scale);
    }
  }
}

template <class T>
double adjusted(const UpdateCoefficients<T>& step, double w, double g) {
  const double sign = (w > 0) - (w < 0);
  g += static_cast<double>(step.l1) * sign + static_cast<double>(step.l2) * w;
  if (step.clip_value != 0) g = std::clamp<double>(g, -step.clip_value, step.clip_value);
  return step.rule == UpdateRule::kAdamw ? g : g + static_cast<double>(step.weight_decay) * w;
}

template <class T>
void update(const UpdateCoefficients<T>& step, const ParameterState<T>& parameters, const T* g,
            std::size_t count) {
  const auto [w, m1, m2] = parameters;
  for (std::size_t i = 0; i < count; ++i) {
    const bool decoupled = step.rule == UpdateRule::kAdamw;
    double weight = decoupled ? static_cast<double>(w[i]) * step.decay_factor : static_cast<double>(w[i]);
    const double gradient = adjusted(step, static_cast<double>(w[i]), static_cast<double>(g[i]));
    switch (step.rule) {
      case UpdateRule::kSgd:
        weight -= step.learning_rate * gradient;
        break;
      case UpdateRule::kMomentum:
      case UpdateRule::kNesterov: {
        const double velocity = gradient + static_cast<double>(step.momentum) * m1[i];
        const bool ahead = step.rule == UpdateRule::kNesterov;
        weight -= step.learning_rate * (ahead ? gradient + step.momentum * velocity : velocity);
        m1[i] = static_cast<T>(velocity);
        break;
      }
      case UpdateRule::kRmsprop: {
        const double square =
            static_cast<double>(step.beta2) * m1[i] + step.one_minus_beta2 * gradient * gradient;
        weight -= step.learning_rate * gradient / (std::sqrt(square) + step.epsilon);
        m1[i] = static_cast<T>(square);
        break;
      }
      case UpdateRule::kAdagrad: {
        const double square = m1[i] + gradient * gradient;
        weight -= step.learning_rate * gradient / (std::sqrt(square) + step.epsilon);
        m1[i] = static_cast<T>(square);
        break;
      }
      case UpdateRule::kAdam:
      case UpdateRule::kAdamw: {
        const double mean = static_cast<double>(step.beta1) * m1[i] + step.one_minus_beta1 * gradient;
        const double square =
            static_cast<double>(step.beta2) * m2[i] + step.one_minus_beta2 * gradient * gradient;
        weight -= step.step_size * mean / (std::sqrt(square) * step.root_correction + step.epsilon);
        m1[i] = static_cast<T>(mean);
        m2[i] = static_cast<T>(square);
        break;
      }
    }
    w[i] = static_cast<T>(weight);
  }
}

template <class T>
void dense_weight_update(MatrixView<const T> x, MatrixView<const T> dz, const DenseUpdate<T>& to,
                         ColumnRange outputs, const Upcoming&) {
  std::vector<T> dw(x.cols * dz.cols);
  std::vector<T> db(dz.cols);
  const MatrixView<T> gradient(dw.data(), x.cols, dz.cols);
  dense_weight_gradient<T>(x, dz, gradient, db.data(), outputs);
  const std::size_t count = outputs.end - outputs.begin;
  for (std::size_t i = 0; i < x.cols; ++i) {
    update(to.weight_step, to.weight.from(i * to.weight_stride + outputs.begin), &gradient(i, outputs.begin),
           count);
  }
  if (to.bias.w == nullptr) return;
  update(to.bias_step, to.bias.from(outputs.begin), db.data() + outputs.begin, count);
}

template <class T, class Stored>
void scale_stored(const Stored* from, const InputScaling<T>& scaling, T* to, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto x = static_cast<double>(from[i]);
    if (scaling.shift != nullptr) {
      to[i] = static_cast<T>((x - scaling.shift[i]) / scaling.scale[i]);
    } else if (scaling.factor != nullptr) {
      to[i] =
          static_cast<T>(x * static_cast<double>(scaling.factor[i]) + static_cast<double>(scaling.offset[i]));
    } else {
      to[i] = static_cast<T>(x);
    }
  }
}

template <class T>
double block_of_squares(const T* values, std::size_t count) {
  return pairwise_sum_of(std::span(values, count), [](double value) { return value * value; });
}

template <class T>
double multiply_add_peak(std::size_t rounds) {
  volatile double chain = 1;
  for (std::size_t round = 0; round < rounds; ++round) chain = std::fma(chain, 0.5, 0.25);
  return 2.0 * static_cast<double>(rounds);
}

template <class T>
constexpr KernelSet<T> make_reference() {
  return {"reference",
          &dense_forward<T>,
          &dense_input_gradient<T>,
          &dense_weight_gradient<T>,
          &dense_weight_update<T>,
          &activation_forward<T>,
          &activation_backward<T>,
          &softmax_forward<T>,
          &softmax_backward<T>,
          &softmax_cross_entropy<T>,
          &sigmoid_cross_entropy<T>,
          &update<T>,
          &scale_stored<T, std::uint8_t>,
          &scale_stored<T, float>,
          &scale_stored<T, double>,
          &block_of_squares<T>,
          &multiply_add_peak<T>,
          reference::make_layer_kernels<T>()};
}

}  // namespace

namespace internal {
constinit const KernelSets kReferenceSets = {make_reference<float>(), make_reference<double>()};
}  // namespace internal

}  // namespace gradus
