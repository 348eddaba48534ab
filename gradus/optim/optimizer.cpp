// Clipping, the coefficients of a step, and the state; the arithmetic on parameters is kernels.update.
#include "gradus/optim/optimizer.h"

#include <array>
#include <cmath>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/core/names.h"
#include "gradus/core/sum.h"
#include "gradus/optim/setting.h"

namespace gradus {
namespace {

// In the order of UpdateRule.
constexpr std::array<std::string_view, 7> kNames = {"sgd",     "momentum", "nesterov", "rmsprop",
                                                    "adagrad", "adam",     "adamw"};

bool is_adam(UpdateRule rule) {
  return rule == UpdateRule::kAdam || rule == UpdateRule::kAdamw;
}

template <class T>
void clip_to_value(std::span<T> gradients, double clip_value) {
  const T high = static_cast<T>(clip_value);
  for (T& g : gradients) {
    // A NaN stays NaN, so that the training loop sees it.
    if (g > high) g = high;
    if (g < -high) g = -high;
  }
}

template <class T>
double euclidean_norm(std::span<const T> values, std::span<double> squares) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = values[i];
    squares[i] = value * value;
  }
  return std::sqrt(numpy_sum(squares));
}

// A norm that is not finite scales nothing: the divergence must stay visible.
template <class T>
void clip_to_norm(std::span<T> gradients, double norm, double clip_norm) {
  if (!(norm > clip_norm) || !std::isfinite(norm)) return;
  const T factor = static_cast<T>(clip_norm / norm);
  for (T& g : gradients) g *= factor;
}

}  // namespace

void OptimizerSpec::validate() const {
  const auto check = [](std::string_view field, double value, const internal::SettingRange& range) {
    internal::check_setting("optimizer", field, value, range);
  };
  check("learning_rate", learning_rate, internal::kPositive);
  check("momentum", momentum, internal::kFromZeroBelowOne);
  check("decay", decay, internal::kFromZeroBelowOne);
  check("beta1", beta1, internal::kFromZeroBelowOne);
  check("beta2", beta2, internal::kFromZeroBelowOne);
  check("epsilon", epsilon, internal::kPositive);
  check("weight_decay", weight_decay, internal::kNotNegative);
  check("clip_norm", clip_norm, internal::kNotNegative);
  check("clip_value", clip_value, internal::kNotNegative);
}

std::span<const std::string_view> optimizer_names() {
  return kNames;
}

std::string_view name_of(UpdateRule rule) {
  return kNames.at(static_cast<std::size_t>(rule));
}

UpdateRule optimizer_from_name(std::string_view name) {
  return static_cast<UpdateRule>(index_of_name("optimizer", name, kNames));
}

OptimizerSpec default_optimizer(UpdateRule rule) {
  OptimizerSpec spec;
  spec.rule = rule;
  if (rule == UpdateRule::kRmsprop || rule == UpdateRule::kAdagrad) spec.learning_rate = 1e-2;
  if (rule == UpdateRule::kAdagrad) spec.epsilon = 1e-10;
  if (rule == UpdateRule::kAdamw) spec.weight_decay = 0.01;
  return spec;
}

template <class T>
Optimizer<T>::Optimizer(const OptimizerSpec& spec, std::size_t size, const KernelSet<T>& kernels)
    : spec_(spec), kernels_(kernels), size_(size) {
  spec.validate();
  if (spec.rule != UpdateRule::kSgd) m1_ = AlignedBuffer<T>(size);
  if (is_adam(spec.rule)) m2_ = AlignedBuffer<T>(size);
  if (spec.clip_norm > 0) squares_ = AlignedBuffer<double>(size);
}

template <class T>
void Optimizer<T>::step(std::span<T> parameters, std::span<T> gradients, double learning_rate) {
  GRADUS_ASSERT(parameters.size() == size_ && gradients.size() == size_, parameters.size(), gradients.size(),
                size_);
  if (spec_.clip_value > 0) clip_to_value(gradients, spec_.clip_value);
  if (spec_.clip_norm > 0) {
    gradient_norm_ = euclidean_norm<T>(gradients, squares_.span());
    clip_to_norm(gradients, gradient_norm_, spec_.clip_norm);
  }
  UpdateCoefficients<T> coefficients = begin_step(learning_rate);
  coefficients.clip_value = 0;  // done above
  kernels_.update(coefficients, state(parameters), gradients.data(), size_);
}

template <class T>
UpdateCoefficients<T> Optimizer<T>::begin_step(double learning_rate) {
  ++steps_;
  beta1_power_ *= spec_.beta1;
  beta2_power_ *= spec_.beta2;
  return coefficients(learning_rate);
}

template <class T>
void Optimizer<T>::set_steps(std::uint64_t steps) {
  beta1_power_ = beta2_power_ = 1;
  // The powers are running products, which move no more once they are nearly zero.
  for (std::uint64_t step = 0; step < steps; ++step) {
    const double before1 = std::exchange(beta1_power_, beta1_power_ * spec_.beta1);
    const double before2 = std::exchange(beta2_power_, beta2_power_ * spec_.beta2);
    if (beta1_power_ == before1 && beta2_power_ == before2) break;
  }
  steps_ = steps;
}

template <class T>
void Optimizer<T>::scale_velocity(double factor) {
  GRADUS_ASSERT(spec_.rule == UpdateRule::kMomentum || spec_.rule == UpdateRule::kNesterov,
                name_of(spec_.rule));
  for (T& v : m1_.span()) v = static_cast<T>(v * factor);
}

template <class T>
ParameterState<T> Optimizer<T>::state(std::span<T> parameters) {
  return {parameters.data(), m1_.data(), m2_.data()};
}

template <class T>
UpdateCoefficients<T> Optimizer<T>::coefficients(double learning_rate) const {
  const double beta2 = spec_.rule == UpdateRule::kRmsprop ? spec_.decay : spec_.beta2;
  UpdateCoefficients<T> c;
  c.rule = spec_.rule;
  c.learning_rate = static_cast<T>(learning_rate);
  c.momentum = static_cast<T>(spec_.momentum);
  c.beta1 = static_cast<T>(spec_.beta1);
  c.one_minus_beta1 = static_cast<T>(1 - spec_.beta1);
  c.beta2 = static_cast<T>(beta2);
  c.one_minus_beta2 = static_cast<T>(1 - beta2);
  const double root_correction = 1 / std::sqrt(1 - beta2_power_);
  const bool before = is_adam(spec_.rule) && spec_.epsilon_before_correction;
  c.epsilon = static_cast<T>(before ? spec_.epsilon * root_correction : spec_.epsilon);
  c.step_size = static_cast<T>(learning_rate / (1 - beta1_power_));
  c.root_correction = static_cast<T>(root_correction);
  c.weight_decay = static_cast<T>(spec_.weight_decay);
  c.clip_value = static_cast<T>(spec_.clip_value);
  c.decay_factor = static_cast<T>(1 - learning_rate * spec_.weight_decay);
  return c;
}

template class Optimizer<float>;
template class Optimizer<double>;

}  // namespace gradus
