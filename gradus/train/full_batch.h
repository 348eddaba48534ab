// Value and gradient of a loss over all rows at once, as minimize_lbfgs() wants them.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "gradus/core/buffer.h"
#include "gradus/core/matrix.h"
#include "gradus/nn/loss.h"
#include "gradus/nn/network_spec.h"
#include "gradus/nn/penalty.h"
#include "gradus/nn/propagation.h"
#include "gradus/train/array_training.h"

namespace gradus {

// The mean loss over the rows (by their weights), and the penalty over their number (the sum of their weights). Rows are
// taken in blocks, whose gradients are added in double in their order. Networks whose training differs from their evaluation
// (dropout, batch normalization) are Error(kBadConfiguration). One owner; not thread-safe.
template <class T>
class FullBatch {
 public:
  // x (n, inputs) must outlive it. Throws Error(kInvalidArgument) for targets of another size.
  FullBatch(const NetworkSpec& network, const LossSpec& loss, const PenaltySpec& penalty,
            MatrixView<const T> x, ArrayTargets targets, double slope_factor = 1);

  // parameters, gradient: the flat block of parameter_table(network). Computed in T.
  double operator()(std::span<const double> parameters, std::span<double> gradient);

 private:
  Propagation<T> propagation_;
  LossFunction<T> loss_;
  PenaltySpec penalty_;
  MatrixView<const T> x_;
  ArrayTargets targets_;
  std::vector<T> values_;   // targets_ in T
  std::vector<T> weights_;  //
  double slope_factor_;
  AlignedBuffer<T> parameters_;
  AlignedBuffer<T> gradients_;
  AlignedBuffer<T> doutput_;
};

extern template class FullBatch<float>;
extern template class FullBatch<double>;

}  // namespace gradus
