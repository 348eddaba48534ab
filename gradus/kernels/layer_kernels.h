// The table of the kernels that normalization, dropout and max-norm need, a part of KernelSet (kernels.h).
//
// Letters: x, y (B, W), B rows of a batch, W units; gamma, beta (W); dq is the gradient with respect to q.
// Formulas: docs/numerics.md. Outputs never alias inputs unless said; all overwrite.
#pragma once

#include <cstddef>

#include "gradus/core/matrix.h"
#include "gradus/kernels/dropout.h"

namespace gradus {

// Added to a variance under the root (PyTorch's).
inline constexpr double kNormalizationEpsilon = 1e-5;

// Threads share out outputs: a call computes the columns, or rows, [begin, end) of its result and touches no
// others.
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};
// Of a result: what one member of a team computes.
using ColumnRange = Range;
using RowRange = Range;

// Normalization and dropout, part of a KernelSet.
template <class T>
struct LayerKernels {
  // mean[c] = sum_b x[b,c] / B; variance[c] = sum_b (x[b,c] - mean[c])^2 / B. Chains over b ascending.
  void (*column_moments)(MatrixView<const T> x, T* mean, T* variance, ColumnRange columns);

  // xhat = (x - mean[c]) (1 / sqrt(variance[c] + epsilon)); y = gamma[c] xhat + beta[c]. y may be x.
  void (*batch_norm_forward)(MatrixView<const T> x, const T* mean, const T* variance, const T* gamma,
                             const T* beta, MatrixView<T> y, ColumnRange columns);

  // The gradients through the batch's own moments: dbeta = sum_b dy, dgamma = sum_b dy xhat,
  // dx = gamma / sqrt(variance + epsilon) (dy - dbeta / B - xhat dgamma / B). dx may be dy.
  void (*batch_norm_backward)(MatrixView<const T> x, const T* mean, const T* variance, const T* gamma,
                              MatrixView<const T> dy, T* dgamma, T* dbeta, MatrixView<T> dx,
                              ColumnRange columns);

  // Rows: mean[b] and inverse[b] = 1 / sqrt(variance of the row + epsilon), kept for backward;
  // y = gamma[c] (x - mean[b]) inverse[b] + beta[c]. y may be x.
  void (*layer_norm_forward)(MatrixView<const T> x, const T* gamma, const T* beta, T* mean, T* inverse,
                             MatrixView<T> y, RowRange rows);

  // Rows, with g = gamma dy: dx = inverse[b] (g - mean of g - xhat mean of (g xhat)). dx may be dy.
  void (*layer_norm_backward)(MatrixView<const T> x, const T* mean, const T* inverse, const T* gamma,
                              MatrixView<const T> dy, MatrixView<T> dx, RowRange rows);

  // dbeta = sum_b dy, dgamma = sum_b dy xhat. Chains over b ascending.
  void (*layer_norm_parameter_gradient)(MatrixView<const T> x, const T* mean, const T* inverse,
                                        MatrixView<const T> dy, T* dgamma, T* dbeta, ColumnRange columns);

  // y = dropped ? +0 : x scale, forward and (on gradients) backward. Column c is unit c, row b row b of the
  // batch. y may be x.
  void (*dropout)(MatrixView<const T> x, const DropoutMask& mask, T scale, MatrixView<T> y,
                  ColumnRange columns);

  // Each column of w (I, O) whose Euclidean norm exceeds `limit` is scaled by limit / norm; norm and factor in
  // double, the factor rounded once. A norm that is not finite scales nothing.
  void (*limit_column_norms)(MatrixView<T> w, double limit, ColumnRange columns);

  // The parts of column_moments and batch_norm_backward, with whose bits they agree, where x holds some of a batch's rows and
  // others the rest. sums[c] = sum_b x[b,c]; squares[c] = sum_b (x[b,c] - center[c])^2; chains over b ascending.
  void (*column_sums)(MatrixView<const T> x, T* sums, ColumnRange columns);
  void (*column_squares)(MatrixView<const T> x, const T* center, T* squares, ColumnRange columns);
  // dbeta = sum_b dy, dgamma = sum_b dy xhat.
  void (*batch_norm_parameter_gradient)(MatrixView<const T> x, const T* mean, const T* variance,
                                        MatrixView<const T> dy, T* dgamma, T* dbeta, ColumnRange columns);
  // From those of the whole batch of `batch_rows` rows; dx may be dy.
  void (*batch_norm_input_gradient)(MatrixView<const T> x, const T* mean, const T* variance, const T* gamma,
                                    const T* dgamma, const T* dbeta, std::size_t batch_rows,
                                    MatrixView<const T> dy, MatrixView<T> dx, ColumnRange columns);
};

}  // namespace gradus
