// Losses and their gradients with respect to the network's output. The loss of a batch is the mean over its
// samples (with sample or class weights the weighted mean, as in PyTorch), or their sum where the reduction
// says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "gradus/core/matrix.h"
#include "gradus/kernels/activation.h"

namespace gradus {

// The losses; docs/numerics.md has their formulas.
enum class LossKind {
  kMeanSquaredError,   // mean over the outputs of (p - y)^2
  kHalfSquaredError,   // half of it, so that the slope is p - y
  kMeanAbsoluteError,  // mean over the outputs of |p - y|; slope 0 at 0
  kHuber,              // r^2/2 where |r| <= delta, delta (|r| - delta/2) beyond; mean over the outputs
  kPoisson,  // fused: outputs are logarithms of rates; e^z - yz + y ln y - y, half the deviance, summed over them
  kBinaryCrossEntropy,             // fused: outputs are logits; summed over them; gradient sigmoid(z) - y
  kBinaryCrossEntropyProbability,  // -(y ln p + (1-y) ln(1-p)) as report 002 has it; summed over the outputs
  kSoftmaxCrossEntropy,            // fused: outputs are logits; gradient softmax(z) - y
  kNegativeLogLikelihood,          // -ln p[label] of probabilities (a network that ends in a softmax layer)
};

// What the loss of a batch is of the losses of its rows.
enum class Reduction { kMean, kSum };

// A loss with its settings.
struct LossSpec {
  LossKind kind = LossKind::kSoftmaxCrossEntropy;
  Reduction reduction = Reduction::kMean;
  double huber_delta = 1.0;
  double label_smoothing = 0.0;            // softmax_cross_entropy, binary_cross_entropy: [0, 1)
  std::vector<double> class_weights = {};  // empty, or one per class

  // Throws Error(kBadConfiguration) naming the field, the value and its range.
  void validate() const;
  friend bool operator==(const LossSpec&, const LossSpec&) = default;
};

// mean_squared_error half_squared_error mean_absolute_error huber poisson binary_cross_entropy binary_cross_entropy_probability
// softmax_cross_entropy negative_log_likelihood
[[nodiscard]] std::span<const std::string_view> loss_names();
[[nodiscard]] std::string_view name_of(LossKind kind);
[[nodiscard]] LossKind loss_from_name(std::string_view name);

[[nodiscard]] bool is_classification(LossKind kind);
// binary_cross_entropy, binary_cross_entropy_probability: one output, two classes.
[[nodiscard]] bool is_binary(LossKind kind);
// What turns the network's raw output into a prediction: softmax, sigmoid or exp for the fused losses,
// identity otherwise.
[[nodiscard]] Activation prediction_activation(LossKind kind);

// Targets of a batch of B samples: labels (class numbers) for the classification losses, values (B, O) for
// the others. With one output a label 0 or 1 is the target of the binary losses; with O > 1 outputs of a
// binary loss use values.
template <class T>
struct Targets {
  std::span<const std::int32_t> labels;
  MatrixView<const T> values;
  std::span<const T> weights;  // per sample, or empty
};

// Scratch of a loss for up to `rows` samples, made in the constructor; one owner, one thread. A weight is the
// sample's times that of its class. The losses of probabilities follow their formulas, infinities included:
// the fused forms are the safe ones.
template <class T>
class LossFunction {
 public:
  // Throws Error(kBadConfiguration) where the spec is invalid or its class weights do not fit `outputs`.
  LossFunction(const LossSpec& spec, std::size_t outputs, std::size_t rows);

  // The batch's loss (mean or sum) before any penalty. output (B, O); doutput (B, O) is overwritten with the
  // gradient of the reduced loss, and may be empty. Terms are added in double in NumPy's order, sample by
  // sample.
  double operator()(MatrixView<const T> output, const Targets<T>& targets, MatrixView<T> doutput);

  // The loss of each sample of the last call, times its weight, before reduction; (B).
  [[nodiscard]] std::span<const double> terms() const;
  // Sum of the weights of the last call's samples (B without weights).
  [[nodiscard]] double total_weight() const;
  // The mean of the last call whatever the reduction: sum of its terms / total weight; 0 where that is 0.
  [[nodiscard]] double mean() const;

  [[nodiscard]] const LossSpec& spec() const { return spec_; }

 private:
  void weigh(const Targets<T>& targets, std::size_t rows);
  const T* sample_weights(const Targets<T>& targets) const;
  MatrixView<const T> binary_targets(const Targets<T>& targets, std::size_t rows);
  // Entry by entry: `of(p, y)` gives a loss and its slope, both in double.
  template <class Function>
  void each_entry(MatrixView<const T> output, MatrixView<const T> y, const T* weights, double factor, T scale,
                  MatrixView<T> doutput, Function of);
  void negative_log_likelihood(MatrixView<const T> output, std::span<const std::int32_t> labels,
                               const T* weights, T scale, MatrixView<T> doutput);

  LossSpec spec_;
  std::size_t outputs_;
  std::vector<double> terms_;
  std::vector<T> weights_;  // sample weight times class weight; empty without class weights
  std::vector<T> values_;   // targets of the binary losses where they are not given as they are used
  std::size_t last_rows_ = 0;
  double total_weight_ = 0;
  double sum_ = 0;  // of the last call's terms
};

extern template class LossFunction<float>;
extern template class LossFunction<double>;

}  // namespace gradus
