// Terms that products leave out change no bit: inputs with runs of zeros, among them the cases in which a zero matters.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "gradus/kernels/kernels_testing.h"

namespace gradus {
namespace {

using test::Result;
using test::TestMatrix;

// What stands against zeros, which would leave -0 or NaN behind.
enum class Trap { kNone, kUnderflow, kInfinity, kNan };

struct Case {
  std::size_t batch, inputs, outputs;
  Trap trap;
};

constexpr Case kCases[] = {
    {33, 784, 70, Trap::kNone},     {7, 1100, 40, Trap::kNone},      {1, 200, 64, Trap::kNone},
    {600, 24, 33, Trap::kNone},     {33, 784, 70, Trap::kUnderflow}, {20, 100, 130, Trap::kUnderflow},
    {33, 784, 70, Trap::kInfinity}, {20, 100, 130, Trap::kInfinity}, {33, 784, 70, Trap::kNan},
    {5, 40, 32, Trap::kNan},
};

std::string describe(const Case& c) {
  return std::to_string(c.batch) + "x" + std::to_string(c.inputs) + "x" + std::to_string(c.outputs) +
         " trap " + std::to_string(static_cast<int>(c.trap));
}

// A layer whose inputs are zero, of either sign, outside of a band that moves from row to row, and in the whole last third.
template <class T>
struct Layer {
  explicit Layer(const Case& c)
      : x(c.batch, c.inputs, 1), w(c.inputs, c.outputs, 2), dz(c.batch, c.outputs, 3), bias(1, c.outputs, 1) {
    x.fill(1), w.fill(2), dz.fill(3), bias.fill(4, 0);
    // Of many magnitudes, so that all bits of the exponent are set in one row or another.
    for (std::size_t r = 0; r < c.batch; ++r) {
      for (T& value : x.view().row(r)) value = std::ldexp(value, static_cast<int>(r * 5 % 23) - 11);
    }
    const std::size_t width = c.inputs / 4 + 1;
    for (std::size_t r = 0; r < c.batch; ++r) {
      const std::size_t first = 5 * r % (c.inputs / 3);
      for (std::size_t i = 0; i < c.inputs; ++i) {
        T& value = x.view().row(r)[i];
        if (i < first || i >= first + width || i >= 2 * c.inputs / 3) value = i % 3 == 0 ? T{-0.0} : T{0};
      }
    }
    if (c.trap == Trap::kUnderflow) {
      // A product below all numbers gives -0; a zero that follows would make it +0.
      constexpr T kTiny = std::numeric_limits<T>::min();
      for (std::size_t r = 0; r < c.batch; ++r) {
        for (T& value : x.view().row(r)) value *= kTiny;
        for (T& value : dz.view().row(r)) value *= kTiny;
      }
      for (std::size_t i = 0; i < c.inputs; ++i) {
        for (T& value : w.view().row(i)) value *= -kTiny;
      }
    }
    const T trap =
        c.trap == Trap::kInfinity ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::quiet_NaN();
    if (c.trap == Trap::kInfinity || c.trap == Trap::kNan) {
      w.view().row(c.inputs - 1)[c.outputs / 2] = trap;
      dz.view().row(c.batch - 1)[c.outputs / 3] = trap;
    }
  }

  TestMatrix<T> x, w, dz, bias;
};

constexpr double kNan = 3e300;
constexpr double kNegativeZero = -3e300;

// Bits as numbers: NaN equals itself, and -0 is not +0.
Result distinguish(Result values) {
  for (double& value : values) {
    if (std::isnan(value)) value = kNan;
    if (value == 0 && std::signbit(value)) value = kNegativeZero;
  }
  return values;
}

template <class T>
Result forward(const KernelSet<T>& set, const Case& c) {
  const Layer<T> layer(c);
  TestMatrix<T> y(c.batch, c.outputs, 1);
  set.dense_forward(layer.x.input(), layer.w.input(), nullptr, Activation::kIdentity, {}, y.view(),
                    {0, c.outputs});
  Result result;
  y.append_to(result);
  return distinguish(result);
}

template <class T>
Result weight_gradient(const KernelSet<T>& set, const Case& c) {
  const Layer<T> layer(c);
  TestMatrix<T> dw(c.inputs, c.outputs, 1);
  set.dense_weight_gradient(layer.x.input(), layer.dz.input(), dw.view(), nullptr, {0, c.outputs});
  Result result;
  dw.append_to(result);
  return distinguish(result);
}

template <class T>
Result weight_update(const KernelSet<T>& set, const Case& c, UpdateRule rule) {
  Layer<T> layer(c);
  TestMatrix<T> m1(c.inputs, c.outputs, 1);
  TestMatrix<T> m2(c.inputs, c.outputs, 1);
  m1.fill(5), m2.fill(6).make_absolute();
  // Weights of -0 show the sign of a gradient of zero.
  for (std::size_t i = 0; i < c.inputs; ++i) layer.w.view().row(i)[i % c.outputs] = T{-0.0};
  auto step = test::coefficients<T>(rule, 0);
  step.l2 = c.batch % 2 == 0 ? T{0.5} : T{0};
  set.dense_weight_update(
      layer.x.input(), layer.dz.input(),
      {step, step, {layer.w.view().data, m1.view().data, m2.view().data}, layer.w.view().stride, {}},
      {0, c.outputs}, {});
  Result result;
  for (const TestMatrix<T>* matrix : {&layer.w, &m1, &m2}) matrix->append_to(result);
  return distinguish(result);
}

template <class T>
class TermsTest : public ::testing::Test {};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(TermsTest, Precisions);

TYPED_TEST(TermsTest, TheForwardPassHasTheBitsOfAllTerms) {
  using T = TypeParam;
  for (const Case& c : kCases) {
    const Result expected = forward(kernels<T>("scalar"), c);
    for (const KernelSet<T>* set : test::sets_under_test<T>()) {
      EXPECT_EQ(forward(*set, c), expected) << set->name << ' ' << describe(c);
    }
  }
}

TYPED_TEST(TermsTest, TheWeightGradientHasTheBitsOfAllTerms) {
  using T = TypeParam;
  for (const Case& c : kCases) {
    const Result expected = weight_gradient(kernels<T>("scalar"), c);
    for (const KernelSet<T>* set : test::sets_under_test<T>()) {
      EXPECT_EQ(weight_gradient(*set, c), expected) << set->name << ' ' << describe(c);
    }
  }
}

TYPED_TEST(TermsTest, TheUpdateHasTheBitsOfAllTerms) {
  using T = TypeParam;
  for (const UpdateRule rule : {UpdateRule::kSgd, UpdateRule::kAdam}) {
    for (const Case& c : kCases) {
      const Result expected = weight_update(kernels<T>("scalar"), c, rule);
      for (const KernelSet<T>* set : test::sets_under_test<T>()) {
        EXPECT_EQ(weight_update(*set, c, rule), expected) << set->name << ' ' << describe(c);
      }
    }
  }
}

// Shapes, magnitudes and zeros drawn at random; some layers are listed and some are not.
TYPED_TEST(TermsTest, LayersDrawnAtRandomHaveTheBitsOfAllTerms) {
  using T = TypeParam;
  std::mt19937 random(1);
  const auto below = [&](std::size_t limit) { return random() % limit; };
  const auto seed = [&] { return static_cast<std::uint32_t>(random()); };
  for (int layer = 0; layer < 300; ++layer) {
    const std::size_t batch = 1 + below(40);
    const std::size_t inputs = 1 + below(90);
    const std::size_t outputs = 1 + below(90);
    const std::size_t zeros = below(11);  // in ten
    const std::size_t run = 1 + below(12);
    TestMatrix<T> x(batch, inputs, 1);
    TestMatrix<T> w(inputs, outputs, 2);
    TestMatrix<T> dz(batch, outputs, 3);
    x.fill(seed()), w.fill(seed()), dz.fill(seed());
    for (std::size_t r = 0; r < batch; ++r) {
      bool zero = false;
      for (std::size_t i = 0; i < inputs; ++i) {
        if (i % run == 0) zero = below(10) < zeros;
        T& value = x.view().row(r)[i];
        value = zero ? T{0} : std::ldexp(value, static_cast<int>(below(60)) - 30);
      }
    }
    const auto products = [&](const KernelSet<T>& set) {
      TestMatrix<T> y(batch, outputs, 1);
      TestMatrix<T> dw(inputs, outputs, 1);
      set.dense_forward(x.input(), w.input(), nullptr, Activation::kIdentity, {}, y.view(), {0, outputs});
      set.dense_weight_gradient(x.input(), dz.input(), dw.view(), nullptr, {0, outputs});
      Result result;
      y.append_to(result);
      dw.append_to(result);
      return distinguish(result);
    };
    const Result expected = products(kernels<T>("scalar"));
    for (const KernelSet<T>* set : test::sets_under_test<T>()) {
      EXPECT_EQ(products(*set), expected) << set->name << " layer " << layer;
    }
  }
}

// The cases above are what they are meant to be: sums of the other terms alone would differ.
TYPED_TEST(TermsTest, ZerosMatterInTheTraps) {
  using T = TypeParam;
  const Case underflow{33, 784, 70, Trap::kUnderflow};
  const Layer<T> layer(underflow);
  const Result all = forward(kernels<T>("scalar"), underflow);
  int differing = 0;
  for (std::size_t n = 0; n < underflow.outputs; ++n) {
    T sum = 0;
    for (std::size_t i = 0; i < underflow.inputs; ++i) {
      const T x = layer.x.input().row(0)[i];
      if (x != 0) sum = std::fma(x, layer.w.input().row(i)[n], sum);
    }
    differing += std::signbit(sum) && all[1 + n] == 0;
  }
  EXPECT_GT(differing, 0);

  const Result nan = forward(kernels<T>("scalar"), {33, 784, 70, Trap::kNan});
  EXPECT_EQ(std::count(nan.begin(), nan.end(), kNan), 33);  // in all rows, though the input is zero there
}

}  // namespace
}  // namespace gradus
