// What the kernels' tests share: matrices inside guarded storage, and one fixed computation per kernel.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "gradus/kernels/kernel_sets.h"
#include "gradus/kernels/kernels.h"

namespace gradus::test {

// A number that no kernel computes: it stands in the gaps between rows and outside of column ranges.
inline constexpr double kUntouched = -1048576;

// Reproducible values in [-1, 1] that are exact in float; every eighth one is zero, of either sign.
class Values {
 public:
  explicit Values(std::uint32_t seed) : state_(seed * 2654435761U + 12345U) {}
  double next() {
    state_ = state_ * 1664525U + 1013904223U;
    const double value = static_cast<double>(static_cast<std::int32_t>(state_) >> 8) / (1 << 23);
    return (state_ >> 5) % 8 == 0 ? value * 0 : value;
  }

 private:
  std::uint32_t state_;
};

// A sub-view that starts `offset` elements into its memory and ends with it, so that sanitizers see a step
// too far.
template <class T>
class TestMatrix {
 public:
  TestMatrix(std::size_t rows, std::size_t cols, std::size_t offset, std::size_t gap = 3)
      : storage_(offset + (rows == 0 ? 0 : (rows - 1) * (cols + gap) + cols), static_cast<T>(kUntouched)),
        view_(storage_.data() + offset, rows, cols, cols + gap) {}
  TestMatrix(const TestMatrix&) = delete;
  TestMatrix& operator=(const TestMatrix&) = delete;

  TestMatrix& fill(std::uint32_t seed, double scale = 1, double shift = 0) {
    Values values(seed);
    for (std::size_t r = 0; r < view_.rows; ++r) {
      for (T& value : view_.row(r)) value = static_cast<T>(values.next() * scale + shift);
    }
    return *this;
  }
  TestMatrix& make_absolute() {
    for (std::size_t r = 0; r < view_.rows; ++r) {
      for (T& value : view_.row(r)) value = value < 0 ? -value : value;
    }
    return *this;
  }

  [[nodiscard]] MatrixView<T> view() const { return view_; }
  [[nodiscard]] MatrixView<const T> input() const { return view_; }
  // All of the memory, gaps included. float to double keeps every bit that matters.
  void append_to(std::vector<double>& result) const {
    result.insert(result.end(), storage_.begin(), storage_.end());
  }

 private:
  std::vector<T> storage_;
  MatrixView<T> view_;
};

struct DenseCase {
  std::size_t batch = 0;
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  ColumnRange range;  // of the result: outputs, or inputs for the input gradient
  Activation activation = Activation::kIdentity;
  std::size_t offset = 1;  // misalignment of every matrix
  bool absolute = false;   // of all factors: gives the magnitudes for error bounds
  bool keep_z = true;
  std::size_t split = 0;  // of the outputs of an input gradient, which is then made in two calls
};

inline std::string describe(const DenseCase& c) {
  return std::to_string(c.batch) + "x" + std::to_string(c.inputs) + "x" + std::to_string(c.outputs) +
         " columns " + std::to_string(c.range.begin) + ".." + std::to_string(c.range.end) + " activation " +
         std::to_string(static_cast<int>(c.activation)) + " offset " + std::to_string(c.offset);
}

// All memory that a kernel may write, as doubles.
using Result = std::vector<double>;

template <class T>
Result run_dense_forward(const KernelSet<T>& set, const DenseCase& c) {
  TestMatrix<T> x(c.batch, c.inputs, c.offset);
  TestMatrix<T> w(c.inputs, c.outputs, c.offset);
  TestMatrix<T> bias(1, c.outputs, c.offset);
  TestMatrix<T> z(c.batch, c.outputs, c.offset);
  TestMatrix<T> y(c.batch, c.outputs, c.offset + 1);
  x.fill(1), w.fill(2), bias.fill(3);
  if (c.absolute) x.make_absolute(), w.make_absolute(), bias.make_absolute();
  set.dense_forward(x.input(), w.input(), bias.view().data, c.activation,
                    c.keep_z ? z.view() : MatrixView<T>(), y.view(), c.range);
  Result result;
  z.append_to(result);
  y.append_to(result);
  return result;
}

template <class T>
Result run_dense_input_gradient(const KernelSet<T>& set, const DenseCase& c) {
  TestMatrix<T> dz(c.batch, c.outputs, c.offset);
  TestMatrix<T> w(c.inputs, c.outputs, c.offset);
  TestMatrix<T> z(c.batch, c.inputs, c.offset);
  TestMatrix<T> y(c.batch, c.inputs, c.offset);
  TestMatrix<T> result_matrix(c.batch, c.inputs, c.offset + 1);
  dz.fill(4), w.fill(5), z.fill(6);
  kernels<T>("scalar").activation_forward(c.activation, z.input(), y.view());
  if (c.absolute) dz.make_absolute(), w.make_absolute();
  // The outputs before c.split in a call of their own.
  const auto part = [&](MatrixView<const T> all, std::size_t begin, std::size_t end) {
    return MatrixView<const T>(all.data + begin, all.rows, end - begin, all.stride);
  };
  if (c.split > 0) {
    set.dense_input_gradient(part(dz.input(), 0, c.split), part(w.input(), 0, c.split),
                             {Activation::kIdentity, {}, y.input()}, result_matrix.view(), c.range, false);
  }
  set.dense_input_gradient(part(dz.input(), c.split, c.outputs), part(w.input(), c.split, c.outputs),
                           {c.activation, z.input(), y.input()}, result_matrix.view(), c.range, c.split > 0);
  Result result;
  result_matrix.append_to(result);
  return result;
}

template <class T>
Result run_dense_weight_gradient(const KernelSet<T>& set, const DenseCase& c) {
  TestMatrix<T> x(c.batch, c.inputs, c.offset);
  TestMatrix<T> dz(c.batch, c.outputs, c.offset);
  TestMatrix<T> dw(c.inputs, c.outputs, c.offset + 1);
  TestMatrix<T> db(1, c.outputs, c.offset + 1);
  x.fill(7), dz.fill(8);
  if (c.absolute) x.make_absolute(), dz.make_absolute();
  set.dense_weight_gradient(x.input(), dz.input(), dw.view(), db.view().data, c.range);
  Result result;
  dw.append_to(result);
  db.append_to(result);
  return result;
}

template <class T>
Result run_activation(const KernelSet<T>& set, Activation f, std::size_t rows, std::size_t cols) {
  TestMatrix<T> z(rows, cols, 1);
  TestMatrix<T> y(rows, cols, 2);
  TestMatrix<T> dy(rows, cols, 3);
  TestMatrix<T> dz(rows, cols, 1);
  z.fill(9, 12), dy.fill(10);
  set.activation_forward(f, z.input(), y.view());
  set.activation_backward({f, z.input(), y.input()}, dy.input(), dz.view());
  Result result;
  y.append_to(result);
  dz.append_to(result);
  set.activation_backward({f, z.input(), y.input()}, dy.input(), dy.view());  // both in place
  set.activation_forward(f, z.input(), z.view());
  dy.append_to(result);
  z.append_to(result);
  return result;
}

template <class T>
Result run_softmax(const KernelSet<T>& set, std::size_t rows, std::size_t cols, double shift = 0) {
  TestMatrix<T> z(rows, cols, 1);
  TestMatrix<T> y(rows, cols, 2);
  TestMatrix<T> dy(rows, cols, 3);
  TestMatrix<T> dz(rows, cols, 1);
  z.fill(11, 8, shift), dy.fill(12);
  set.softmax_forward(z.input(), y.view());
  set.softmax_backward(y.input(), dy.input(), dz.view());
  Result result;
  y.append_to(result);
  dz.append_to(result);
  set.softmax_forward(z.input(), z.view());  // both in place
  set.softmax_backward(y.input(), dy.input(), dy.view());
  z.append_to(result);
  dy.append_to(result);
  return result;
}

template <class T>
Result run_softmax_cross_entropy(const KernelSet<T>& set, std::size_t rows, std::size_t cols, T smoothing,
                                 double shift = 0) {
  TestMatrix<T> z(rows, cols, 1);
  TestMatrix<T> dz(rows, cols, 2);
  TestMatrix<T> weights(1, rows, 1);
  z.fill(13, 8, shift), weights.fill(14).make_absolute();
  std::vector<std::int32_t> labels;
  for (std::size_t r = 0; r < rows; ++r) labels.push_back(static_cast<std::int32_t>((r * 7) % cols));
  Result loss(rows);
  set.softmax_cross_entropy(z.input(), labels.data(), weights.view().data, smoothing, T{0.125}, loss.data(),
                            dz.view());
  Result result = loss;
  dz.append_to(result);
  set.softmax_cross_entropy(z.input(), labels.data(), nullptr, smoothing, T{0.125}, loss.data(), {});
  result.insert(result.end(), loss.begin(), loss.end());
  return result;
}

template <class T>
Result run_sigmoid_cross_entropy(const KernelSet<T>& set, std::size_t rows, std::size_t cols) {
  TestMatrix<T> z(rows, cols, 1);
  TestMatrix<T> target(rows, cols, 2);
  TestMatrix<T> dz(rows, cols, 3);
  TestMatrix<T> weights(1, rows, 1);
  z.fill(15, 12), target.fill(16).make_absolute(), weights.fill(17).make_absolute();
  Result loss(rows);
  set.sigmoid_cross_entropy(z.input(), target.input(), weights.view().data, T{0.125}, loss.data(), dz.view());
  Result result = loss;
  dz.append_to(result);
  set.sigmoid_cross_entropy(z.input(), target.input(), nullptr, T{0.125}, loss.data(), {});
  result.insert(result.end(), loss.begin(), loss.end());
  return result;
}

template <class T>
UpdateCoefficients<T> coefficients(UpdateRule rule, double weight_decay) {
  UpdateCoefficients<T> c;
  c.rule = rule;
  c.learning_rate = static_cast<T>(0.01);
  c.momentum = static_cast<T>(0.9);
  c.beta1 = static_cast<T>(0.9);
  c.one_minus_beta1 = static_cast<T>(0.1);
  c.beta2 = static_cast<T>(0.99);
  c.one_minus_beta2 = static_cast<T>(0.01);
  c.epsilon = static_cast<T>(1e-6);
  c.step_size = static_cast<T>(0.05);
  c.root_correction = static_cast<T>(1 / 0.3);
  c.weight_decay = static_cast<T>(weight_decay);
  c.decay_factor = static_cast<T>(1 - 0.01 * weight_decay);
  return c;
}

// Three steps, so that the state is not zero.
template <class T>
Result run_update(const KernelSet<T>& set, UpdateRule rule, double weight_decay, std::size_t count) {
  TestMatrix<T> w(1, count, 1);
  TestMatrix<T> g(1, count, 2);
  TestMatrix<T> m1(1, count, 3);
  TestMatrix<T> m2(1, count, 1);
  w.fill(18), m1.fill(0, 0), m2.fill(0, 0);
  const UpdateCoefficients<T> step = coefficients<T>(rule, weight_decay);
  for (std::uint32_t i = 0; i < 3; ++i) {
    set.update(step, {w.view().data, m1.view().data, m2.view().data}, g.fill(19 + i).input().data, count);
  }
  Result result;
  w.append_to(result);
  m1.append_to(result);
  m2.append_to(result);
  return result;
}

inline constexpr Activation kElementwise[] = {
    Activation::kIdentity, Activation::kSigmoid,   Activation::kTanh, Activation::kLecunTanh,
    Activation::kRelu,     Activation::kLeakyRelu, Activation::kElu,  Activation::kGelu,
    Activation::kSilu,     Activation::kSoftplus,  Activation::kExp};

inline constexpr UpdateRule kRules[] = {UpdateRule::kSgd,     UpdateRule::kMomentum, UpdateRule::kNesterov,
                                        UpdateRule::kRmsprop, UpdateRule::kAdagrad,  UpdateRule::kAdam,
                                        UpdateRule::kAdamw};

// Every set that this processor runs, and the scalar one without the processor's fma.
template <class T>
std::vector<const KernelSet<T>*> sets_under_test() {
  std::vector<const KernelSet<T>*> sets;
  for (const std::string_view name : available_kernel_sets()) sets.push_back(&kernels<T>(name));
  if constexpr (sizeof(T) == sizeof(float)) {
    sets.push_back(&internal::kScalarSets.kernels.of_float);
  } else {
    sets.push_back(&internal::kScalarSets.kernels.of_double);
  }
  return sets;
}

}  // namespace gradus::test
