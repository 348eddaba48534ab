// The loss of a GradientCheckProblem by naive loops in double and the C library's functions: independent of
// the kernels and of LossFunction, so that a mistake there cannot hide. Internal to the gradient check; slow.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gradus/nn/gradient_check.h"

namespace gradus {

class ReferenceModel {
 public:
  // `problem` must outlive the model.
  explicit ReferenceModel(const GradientCheckProblem& problem);

  // Loss with its penalty, at these parameters and this input.
  [[nodiscard]] double loss(std::span<const double> parameters, std::span<const double> x);

  // On which side of each kink (-1, 0, 1) the last call was: preactivations of relu, leaky_relu and elu,
  // residuals of mean_absolute_error and huber, weights under l1. Two calls with equal sides have no kink
  // between them.
  [[nodiscard]] const std::vector<std::int8_t>& sides() const { return sides_; }

 private:
  void dense(std::size_t width, std::size_t outputs, const double* w, const double* bias);
  void activate(Activation activation, std::size_t width);
  void normalize(std::size_t width, bool over_rows, const double* gamma, const double* beta);
  void drop(std::size_t width, std::size_t layer, double rate);
  double sample_loss(std::size_t sample, const double* output);
  double penalty(std::span<const double> parameters);
  void note_side(double value) { sides_.push_back(static_cast<std::int8_t>((value > 0) - (value < 0))); }

  const GradientCheckProblem& problem_;
  ParameterTable table_;
  std::size_t outputs_;
  std::vector<double> values_;  // of the layer in work, (rows, width)
  std::vector<double> next_;
  std::vector<std::int8_t> sides_;
};

}  // namespace gradus
