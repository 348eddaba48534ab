// Optimizers: the equations in order, with PyTorch's defaults. g is the gradient, w a parameter, t the count
// of steps (batches) from 1, one count for all tensors. With coupled weight decay (all but adamw)
// g := g + weight_decay w first, biases too.
//
//   sgd       w -= learning_rate g
//   momentum  v = g + momentum v                                  (Polyak 1964; the reports' form)
//             w -= learning_rate v
//   nesterov  v = g + momentum v                                  (Sutskever et al. 2013)
//             w -= learning_rate (g + momentum v)
//   rmsprop   s = decay s + (1 - decay) g^2                       (Hinton 2012; decay 0.99)
//             w -= learning_rate g / (sqrt(s) + epsilon)
//   adagrad   s = s + g^2                                         (Duchi et al. 2011)
//             w -= learning_rate g / (sqrt(s) + epsilon)
//   adam      m = beta1 m + (1 - beta1) g                         (Kingma and Ba 2015)
//             v = beta2 v + (1 - beta2) g^2
//             w -= learning_rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
//   adamw     w *= 1 - learning_rate weight_decay, biases too     (Loshchilov and Hutter 2019)
//             then adam
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "gradus/core/buffer.h"
#include "gradus/kernels/kernels.h"

namespace gradus {

// A rule with its settings; the comment behind a field names the rules that it is for.
struct OptimizerSpec {
  UpdateRule rule = UpdateRule::kAdam;
  double learning_rate = 1e-3;
  double momentum = 0.9;  // momentum, nesterov
  double decay = 0.99;    // rmsprop
  double beta1 = 0.9;     // adam, adamw
  double beta2 = 0.999;   //
  double epsilon = 1e-8;  // rmsprop, adagrad (whose own default is 1e-10), adam, adamw
  // adam, adamw: epsilon is added to sqrt(v) before its correction, as in the last lines of section 2 of the paper and in
  // scikit-learn: w -= learning_rate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon)
  bool epsilon_before_correction = false;
  double weight_decay = 0;  // coupled for all but adamw (whose own default is 0.01)
  double clip_norm = 0;     // 0: none; the gradient is scaled so that its Euclidean norm is at most this
  double clip_value = 0;    // 0: none; each entry is held within +-this, before clip_norm

  void validate() const;  // Error(kBadConfiguration): field, value, range
  friend bool operator==(const OptimizerSpec&, const OptimizerSpec&) = default;
};

// sgd momentum nesterov rmsprop adagrad adam adamw; an unknown name is Error(kBadConfiguration)
[[nodiscard]] std::span<const std::string_view> optimizer_names();
[[nodiscard]] std::string_view name_of(UpdateRule rule);
[[nodiscard]] UpdateRule optimizer_from_name(std::string_view name);
// PyTorch's defaults for the rule; the learning rate is 1e-3, for rmsprop and adagrad 1e-2.
[[nodiscard]] OptimizerSpec default_optimizer(UpdateRule rule);

// Moments and the step count live here; settings never change. One owner.
template <class T>
class Optimizer {
 public:
  // `size`: elements of the flat parameter block. Throws like spec.validate().
  Optimizer(const OptimizerSpec& spec, std::size_t size, const KernelSet<T>& kernels = gradus::kernels<T>());

  // One step over the whole block with this step's rate (the schedule's). `gradients` is clipped in place
  // first. The norm (in NumPy's order of sums) and the clipping factor are computed in double, the factor
  // rounded once; a norm that is not finite scales nothing. No allocation.
  void step(std::span<T> parameters, std::span<T> gradients, double learning_rate);

  // The same in parts, for gradients that are used as they are made: begin_step() counts the step and gives
  // its coefficients, clip_value among them; the caller updates every tensor of `state(parameters)` with them.
  // Not for settings that need_all_gradients().
  [[nodiscard]] UpdateCoefficients<T> begin_step(double learning_rate);
  [[nodiscard]] ParameterState<T> state(std::span<T> parameters);
  [[nodiscard]] bool needs_all_gradients() const { return spec_.clip_norm > 0; }

  // Scales v of momentum and nesterov. With the old rate over the new one, before the first step at the new: as if v held the
  // rate, v = momentum v - learning_rate g, which is how scikit-learn has it.
  void scale_velocity(double factor);

  // The state itself: steps, and m1 and m2 as ParameterState has them, empty where the rule has none. Putting back what was
  // read gives the bits of an optimizer that never stopped.
  [[nodiscard]] std::span<T> first_state() { return m1_.span(); }
  [[nodiscard]] std::span<T> second_state() { return m2_.span(); }
  void set_steps(std::uint64_t steps);

  [[nodiscard]] const OptimizerSpec& spec() const { return spec_; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  // Norm of the last step's gradient before clip_norm; NaN where clip_norm is 0 (not computed).
  [[nodiscard]] double gradient_norm() const { return gradient_norm_; }

 private:
  [[nodiscard]] UpdateCoefficients<T> coefficients(double learning_rate) const;

  OptimizerSpec spec_;
  const KernelSet<T>& kernels_;
  std::size_t size_;
  AlignedBuffer<T> m1_;  // empty where the rule has no such state
  AlignedBuffer<T> m2_;
  AlignedBuffer<double> squares_;  // of the gradient, for clip_norm
  std::uint64_t steps_ = 0;
  double beta1_power_ = 1;  // beta1^t, a running product
  double beta2_power_ = 1;
  double gradient_norm_ = std::numeric_limits<double>::quiet_NaN();
};

extern template class Optimizer<float>;
extern template class Optimizer<double>;

}  // namespace gradus
