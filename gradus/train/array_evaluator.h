// A network over rows in memory, for callers who keep their arrays themselves: predictions, and the loss.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "gradus/core/matrix.h"
#include "gradus/nn/loss.h"
#include "gradus/nn/network_spec.h"
#include "gradus/nn/propagation.h"
#include "gradus/train/array_training.h"

namespace gradus {

// In evaluation: running statistics, no dropout. One owner; not thread-safe.
template <class T>
class ArrayEvaluator {
 public:
  // A call for at most `max_rows` rows is the fastest; blocks of more than stay in the cache are never computed at once.
  ArrayEvaluator(const NetworkSpec& network, const LossSpec& loss, std::size_t max_rows);

  // x (n, inputs); outputs (n, outputs) is overwritten with predictions: probabilities of the fused losses. They are computed in double
  // and rounded to T: what the command line gives.
  void predict(std::span<const T> parameters, MatrixView<const T> x, MatrixView<T> outputs);
  // The same, and the mean loss over the rows by their weights, without penalty. Throws Error(kInvalidArgument) for targets
  // of another size.
  double evaluate(std::span<const T> parameters, MatrixView<const T> x, const ArrayTargets& targets,
                  MatrixView<T> outputs);

 private:
  // at(first, raw) for each block of rows with the network's own outputs.
  template <class AtBlock>
  void each_block(std::span<const T> parameters, MatrixView<const T> x, const AtBlock& at);
  void finish(MatrixView<const T> raw, MatrixView<T> outputs);

  std::size_t outputs_;
  std::size_t max_rows_;
  Activation link_;
  Propagation<T> propagation_;
  LossFunction<T> loss_;
  std::vector<double> wide_;  // a block's outputs in double
};

extern template class ArrayEvaluator<float>;
extern template class ArrayEvaluator<double>;

}  // namespace gradus
