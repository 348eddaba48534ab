// The arithmetic: one table of coarse operations per instruction set, chosen once. Every set gives the same
// bits (docs/numerics.md); `reference` accumulates in double with the C library's functions and is the oracle
// for the others.
//
// Letters: B rows of a batch, I inputs, O outputs; x (B, I), w (I, O), y = f(z), z = x w + bias (B, O), all
// row-major; dq is the gradient of the loss with respect to q and has the shape of q. Kernels neither throw
// nor allocate; outputs never alias inputs unless said.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "gradus/core/matrix.h"
#include "gradus/kernels/activation.h"
#include "gradus/kernels/layer_kernels.h"

namespace gradus {

// What the backward pass needs of a layer's activation: y = f(z). z is read only where
// needs_preactivation(f).
template <class T>
struct ActivationState {
  Activation activation = Activation::kIdentity;  // element by element; never kSoftmax
  MatrixView<const T> z;
  MatrixView<const T> y;
};

// The rules of the optimizers; docs/numerics.md has their formulas.
enum class UpdateRule : std::uint8_t { kSgd, kMomentum, kNesterov, kRmsprop, kAdagrad, kAdam, kAdamw };

// Coefficients of one optimizer step, computed in double and rounded once. The equations:
// gradus/optim/optimizer.h.
template <class T>
struct UpdateCoefficients {
  UpdateRule rule = UpdateRule::kSgd;
  T learning_rate = 0;
  T momentum = 0;         // mu of momentum and nesterov
  T beta1 = 0;            // adam, adamw
  T one_minus_beta1 = 0;  //
  T beta2 = 0;            // adam, adamw; the decay of rmsprop
  T one_minus_beta2 = 0;  //
  T epsilon = 0;          // rmsprop, adagrad, adam, adamw: outside the root
  T step_size = 0;        // adam, adamw: learning_rate / (1 - beta1^t)
  T root_correction = 1;  // adam, adamw: 1 / sqrt(1 - beta2^t)
  T weight_decay = 0;     // coupled: g + weight_decay w; adamw: decoupled
  T decay_factor = 1;     // adamw: 1 - learning_rate * weight_decay
  // What happens to the gradient before the rule sees it, in this order; 0: nothing.
  T l1 = 0;          // g + (l1 sign(w) + l2 w)
  T l2 = 0;          //
  T clip_value = 0;  // g held within +-clip_value
};

// Parameters and the optimizer's state beside them, all in one layout. m1 and m2 are the rule's state, nullptr
// where it has none: m1 is v of momentum/nesterov, the mean square of rmsprop, the sum of squares of adagrad,
// m of adam; m2 is v of adam.
template <class T>
struct ParameterState {
  T* w = nullptr;
  T* m1 = nullptr;
  T* m2 = nullptr;

  [[nodiscard]] ParameterState from(std::size_t offset) const {
    return {w + offset, m1 == nullptr ? nullptr : m1 + offset, m2 == nullptr ? nullptr : m2 + offset};
  }
};

// The parameters of a dense layer, or of some of its columns, and what moves them.
template <class T>
struct DenseUpdate {
  const UpdateCoefficients<T>& weight_step;
  const UpdateCoefficients<T>& bias_step;
  ParameterState<T> weight;       // (I, O)
  std::size_t weight_stride = 0;  // from row to row, of the state too
  ParameterState<T> bias;         // (O); its w may be nullptr (none)
};

// Memory that will be read next, in pieces: a kernel asks for it line by line while it computes, for all at
// once would wait for room in the processor's queue of misses.
struct Upcoming {
  std::span<const std::byte* const> pieces;
  std::size_t bytes = 0;  // of a piece
};

// How stored features become inputs, with one entry per feature. In float x factor + offset, one fma, computed
// in double where the storage is; in double (x - shift) / scale.
template <class T>
struct InputScaling {
  const T* factor = nullptr;  // float: 1 / scale
  const T* offset = nullptr;  // float: -shift / scale
  const double* wide_factor = nullptr;
  const double* wide_offset = nullptr;
  const double* shift = nullptr;
  const double* scale = nullptr;
  const T* of_byte =
      nullptr;  // where all features have one scale, and it pays: the input of each value of a byte
};

// The arithmetic for one instruction set, as a table of functions.
template <class T>
struct KernelSet {
  std::string_view name;

  // z = x w + bias; y = f(z). Overwrites. bias may be nullptr (none); z.data may be nullptr (not kept) or
  // equal y.data when f is kIdentity. f is never kSoftmax. acc = +0; acc = fma(x[b,k], w[k,o], acc), k
  // ascending; z = acc + bias[o].
  void (*dense_forward)(MatrixView<const T> x, MatrixView<const T> w, const T* bias, Activation f,
                        MatrixView<T> z, MatrixView<T> y, ColumnRange outputs);

  // dz_below = (dz w^T) * f'(below): the gradient with respect to the preactivation of the layer below, whose
  // output was x. Overwrites. acc = fma(dz[b,o], w[i,o], acc), o ascending. `resume`: dz and w are further
  // columns of the layer, whose chains go on from the sums in dz_below (kIdentity was below so far).
  void (*dense_input_gradient)(MatrixView<const T> dz, MatrixView<const T> w, ActivationState<T> below,
                               MatrixView<T> dz_below, ColumnRange inputs, bool resume);

  // dw = x^T dz, db = ones^T dz. Overwrites. db may be nullptr. acc = fma(x[b,i], dz[b,o], acc), b ascending.
  void (*dense_weight_gradient)(MatrixView<const T> x, MatrixView<const T> dz, MatrixView<T> dw, T* db,
                                ColumnRange outputs);

  // The gradient of dense_weight_gradient and the update by it in one pass, without storing it: the same bits
  // as the two calls. Asks for `upcoming` meanwhile.
  void (*dense_weight_update)(MatrixView<const T> x, MatrixView<const T> dz, const DenseUpdate<T>& update,
                              ColumnRange outputs, const Upcoming& upcoming);

  // y = f(z), element by element; y may be z.
  void (*activation_forward)(Activation f, MatrixView<const T> z, MatrixView<T> y);
  // dz = dy * f'(state); dz may be dy.
  void (*activation_backward)(ActivationState<T> state, MatrixView<const T> dy, MatrixView<T> dz);

  // Rows: y = e^(z - max z) / sum e^(z - max z). y may be z.
  void (*softmax_forward)(MatrixView<const T> z, MatrixView<T> y);
  // Rows: dz = y * (dy - sum_k dy[k] y[k]). dz may be dy.
  void (*softmax_backward)(MatrixView<const T> y, MatrixView<const T> dy, MatrixView<T> dz);

  // Rows, fused softmax and cross-entropy against t = (1 - smoothing) onehot(label) + smoothing / O:
  //   loss[b] = weights[b] * sum_k t[k] (log sum_j e^(z[j]) - z[k])
  //   dz[b,k] = (softmax(z)[b,k] - t[k]) * weights[b] * scale
  // weights may be nullptr (all 1); dz.data may be nullptr (loss only). scale is the one place of the mean:
  // 1 / sum of weights.
  void (*softmax_cross_entropy)(MatrixView<const T> z, const std::int32_t* labels, const T* weights,
                                T smoothing, T scale, double* loss, MatrixView<T> dz);

  // Rows, fused sigmoid and cross-entropy, summed over the O outputs; y01 (B, O) holds targets in [0, 1]:
  //   loss[b] = weights[b] * sum_k (max(z,0) - z y01 + log1p(e^-|z|))
  //   dz = (sigmoid(z) - y01) * weights[b] * scale
  void (*sigmoid_cross_entropy)(MatrixView<const T> z, MatrixView<const T> y01, const T* weights, T scale,
                                double* loss, MatrixView<T> dz);

  // One optimizer step over `count` parameters.
  void (*update)(const UpdateCoefficients<T>& step, const ParameterState<T>& parameters, const T* g,
                 std::size_t count);

  // A row of stored features as inputs; scaling.factor and scaling.shift nullptr: the values as they are.
  void (*scale_bytes)(const std::uint8_t* from, const InputScaling<T>& scaling, T* to, std::size_t count);
  void (*scale_floats)(const float* from, const InputScaling<T>& scaling, T* to, std::size_t count);
  void (*scale_doubles)(const double* from, const InputScaling<T>& scaling, T* to, std::size_t count);

  // The sum of squares, in double and in NumPy's order, of at most kNumpyBlock values (gradus/core/sum.h).
  double (*block_of_squares)(const T* values, std::size_t count);

  // Nothing but fma in registers, enough of them side by side to keep the processor's units busy: the peak
  // that other kernels are held against. Returns the floating-point operations done.
  double (*multiply_add_peak)(std::size_t rounds);

  LayerKernels<T> layers;  // normalization, dropout, max-norm
};

// The set in use: the best this processor has, or the one that GRADUS_KERNELS names (scalar, avx2, avx512,
// neon; empty is unset). Throws Error(kInvalidArgument) where the named one is unknown or absent on this
// processor.
template <class T>
[[nodiscard]] const KernelSet<T>& kernels();
extern template const KernelSet<float>& kernels<float>();
extern template const KernelSet<double>& kernels<double>();

// A set by name, "reference" included, whatever is in use: for tests, benchmarks and `gradus version`.
// Throws like kernels().
template <class T>
[[nodiscard]] const KernelSet<T>& kernels(std::string_view name);
extern template const KernelSet<float>& kernels<float>(std::string_view);
extern template const KernelSet<double>& kernels<double>(std::string_view);

// Names of the sets that run on this processor, best first, "scalar" last; without "reference".
[[nodiscard]] std::vector<std::string_view> available_kernel_sets();

}  // namespace gradus
