// The elementary functions against the C library in higher precision: errors in units in the last place,
// special values, joins.

#include "gradus/kernels/math.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "gradus/kernels/kernels_testing.h"

namespace gradus {
namespace {

template <class T>
constexpr T kInfinity = std::numeric_limits<T>::infinity();
template <class T>
constexpr T kNan = std::numeric_limits<T>::quiet_NaN();

// |value - exact| in units of the last place that T has at `exact`.
template <class T>
double ulps(T value, long double exact) {
  if (std::isnan(value) != std::isnan(exact)) return 1e30;
  if (static_cast<long double>(value) == exact || std::isnan(value)) return 0;
  const T rounded = static_cast<T>(exact);
  if (std::isinf(rounded) || std::isinf(value)) return rounded == value ? 0 : 1e30;
  const int exponent = std::max(std::ilogb(exact), std::numeric_limits<T>::min_exponent - 1);
  const long double unit = std::ldexp(1.0L, exponent - (std::numeric_limits<T>::digits - 1));
  return static_cast<double>(std::abs(static_cast<long double>(value) - exact) / unit);
}

template <class T>
struct Case {
  std::string name;
  T (*function)(T);
  long double (*exact)(long double);
  T from;
  T to;
  double bound;
};

long double exact_sigmoid(long double x) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}
long double exact_exp(long double x) {
  return std::exp(x);
}
long double exact_expm1(long double x) {
  return std::expm1(x);
}
long double exact_log(long double x) {
  return std::log(x);
}
long double exact_log1p(long double x) {
  return std::log1p(x);
}
long double exact_tanh(long double x) {
  return std::tanh(x);
}
long double exact_erf(long double x) {
  return std::erf(x);
}

// Evenly spaced points, points at every scale, and both again with the sign turned, as far as they lie in the
// range.
template <class T>
std::vector<T> points(T from, T to) {
  constexpr int kCount = 50'000;
  std::vector<T> all;
  const auto add = [&](T x) {
    if (x >= from && x <= to) all.push_back(x);
    if (-x >= from && -x <= to) all.push_back(-x);
  };
  for (int i = 0; i <= kCount; ++i) add(from + (to - from) * (static_cast<T>(i) / static_cast<T>(kCount)));
  const double lowest = std::numeric_limits<T>::min_exponent - std::numeric_limits<T>::digits;
  for (int i = 0; i < kCount; ++i) {
    add(static_cast<T>(std::exp2(lowest + (std::numeric_limits<T>::max_exponent - lowest) * i / kCount)));
    add(static_cast<T>(std::exp2(-4.0 + 8.0 * i / kCount)));
  }
  return all;
}

template <class T>
void expect_within_bound(const Case<T>& c) {
  double worst = 0;
  T worst_at = 0;
  for (const T x : points(c.from, c.to)) {
    const double error = ulps(c.function(x), c.exact(x));
    if (error > worst) {
      worst = error;
      worst_at = x;
    }
  }
  EXPECT_LE(worst, c.bound) << c.name << " at " << std::hexfloat << worst_at << " gives "
                            << c.function(worst_at) << ", exact " << c.exact(worst_at);
  testing::Test::RecordProperty(
      c.name, std::to_string(worst));  // for the table in docs/numerics.md: --gtest_output=xml
}

template <class T>
class MathTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(MathTest, Precisions);

TYPED_TEST(MathTest, ErrorsStayWithinTheDocumentedBounds) {
  using T = TypeParam;
  const T big = std::numeric_limits<T>::max();
  expect_within_bound<T>({"exp", math::exp, exact_exp, -800, 800, 1.0});
  expect_within_bound<T>({"expm1", math::expm1, exact_expm1, -800, 800, 2.0});
  expect_within_bound<T>({"log", math::log, exact_log, 0, big, 1.0});
  expect_within_bound<T>({"log1p", math::log1p, exact_log1p, -1, big, 1.0});
  expect_within_bound<T>({"tanh", math::tanh, exact_tanh, -30, 30, 1.5});
  expect_within_bound<T>({"sigmoid", math::sigmoid, exact_sigmoid, -800, 800, 2.0});
  expect_within_bound<T>({"erf", math::erf, exact_erf, -10, 10, 1.5});
}

TYPED_TEST(MathTest, SpecialValues) {
  using T = TypeParam;
  const T infinity = kInfinity<T>;
  const T nan = kNan<T>;
  for (T (*function)(T) : {math::exp<T>, math::expm1<T>, math::log<T>, math::log1p<T>, math::tanh<T>,
                           math::sigmoid<T>, math::erf<T>}) {
    EXPECT_TRUE(std::isnan(function(nan)));
  }
  EXPECT_EQ(math::exp(infinity), infinity);
  EXPECT_EQ(math::exp(-infinity), 0);
  EXPECT_EQ(math::exp(T{0}), 1);
  EXPECT_EQ(math::expm1(infinity), infinity);
  EXPECT_EQ(math::expm1(-infinity), -1);
  EXPECT_EQ(math::log(infinity), infinity);
  EXPECT_EQ(math::log(T{0}), -infinity);
  EXPECT_EQ(math::log(T{1}), 0);
  EXPECT_TRUE(std::isnan(math::log(T{-1})));
  EXPECT_TRUE(std::isnan(math::log(-infinity)));
  EXPECT_EQ(math::log1p(infinity), infinity);
  EXPECT_EQ(math::log1p(T{-1}), -infinity);
  EXPECT_TRUE(std::isnan(math::log1p(T{-2})));
  EXPECT_EQ(math::tanh(infinity), 1);
  EXPECT_EQ(math::tanh(-infinity), -1);
  EXPECT_EQ(math::sigmoid(infinity), 1);
  EXPECT_EQ(math::sigmoid(-infinity), 0);
  EXPECT_EQ(math::sigmoid(T{0}), T{0.5});
  EXPECT_EQ(math::erf(infinity), 1);
  EXPECT_EQ(math::erf(-infinity), -1);
}

TYPED_TEST(MathTest, ActivationsSaturateAndKeepNaN) {
  using T = TypeParam;
  const T z[] = {kNan<T>, -kInfinity<T>, std::numeric_limits<T>::lowest(), -1000, 1000, kInfinity<T>};
  const std::map<Activation, std::vector<T>> expected = {
      {Activation::kSigmoid, {0, 0, 0, 1, 1}},
      {Activation::kTanh, {-1, -1, -1, 1, 1}},
      {Activation::kElu, {-1, -1, -1, 1000, kInfinity<T>}},
      {Activation::kGelu, {0, 0, 0, 1000, kInfinity<T>}},
      {Activation::kSilu, {0, 0, 0, 1000, kInfinity<T>}},
      {Activation::kSoftplus, {0, 0, 0, 1000, kInfinity<T>}},
  };
  for (const KernelSet<T>* set : test::sets_under_test<T>()) {
    for (const auto& [f, values] : expected) {
      T y[6];
      set->activation_forward(f, {z, 1, 6}, {y, 1, 6});
      EXPECT_TRUE(std::isnan(y[0])) << set->name << " activation " << static_cast<int>(f);
      EXPECT_EQ(std::vector<T>(y + 1, y + 6), values) << set->name << " activation " << static_cast<int>(f);
    }
  }
}

TYPED_TEST(MathTest, OddFunctionsAreOddAndKeepTheSignOfZero) {
  using T = TypeParam;
  for (T (*function)(T) : {math::tanh<T>, math::erf<T>}) {
    for (const T x : points<T>(0, 12)) ASSERT_EQ(function(-x), -function(x)) << x;
  }
  for (T (*function)(T) : {math::expm1<T>, math::log1p<T>, math::tanh<T>, math::erf<T>}) {
    EXPECT_TRUE(std::signbit(function(T(-0.0))));
    EXPECT_FALSE(std::signbit(function(T(0.0))));
    EXPECT_EQ(function(std::numeric_limits<T>::denorm_min()), std::numeric_limits<T>::denorm_min());
  }
}

// Where the formula changes there is no jump that a difference quotient could see: the errors on both sides
// are alike.
TYPED_TEST(MathTest, JoinsAreSmooth) {
  using T = TypeParam;
  const auto expect_no_jump = [](const char* name, T (*function)(T), long double (*exact)(long double),
                                 T at) {
    const T below = std::nextafter(at, -kInfinity<T>);
    const T above = std::nextafter(at, kInfinity<T>);
    const long double jump = (function(above) - exact(above)) - (function(below) - exact(below));
    const T unit = std::nextafter(std::abs(function(at)), kInfinity<T>) - std::abs(function(at));
    EXPECT_LE(std::abs(jump), 3 * unit) << name << " at " << at;
  };
  expect_no_jump("erf", math::erf, exact_erf, 1);
  expect_no_jump("erf", math::erf, exact_erf, -1);
  expect_no_jump("tanh", math::tanh, exact_tanh, static_cast<T>(0.55));
  expect_no_jump("sigmoid", math::sigmoid, exact_sigmoid, 0);
  for (int k = -9; k <= 9; k += 2) {
    const T between =
        static_cast<T>(k * 0.34657359027997264);  // odd multiples of ln(2)/2: the next power of two
    expect_no_jump("exp", math::exp, exact_exp, between);
    expect_no_jump("expm1", math::expm1, exact_expm1, between);
  }
  expect_no_jump("log", math::log, exact_log, static_cast<T>(std::sqrt(0.5)));
  expect_no_jump("log1p", math::log1p, exact_log1p, static_cast<T>(std::sqrt(2.0) - 1));
}

TEST(ScalarMathTest, SineAndCosineUpToAMillion) {
  double worst_sin = 0;
  double worst_cos = 0;
  const auto look_at = [&](double x) {
    worst_sin = std::max(worst_sin, ulps(math::sin(x), std::sin(static_cast<long double>(x))));
    worst_cos = std::max(worst_cos, ulps(math::cos(x), std::cos(static_cast<long double>(x))));
  };
  for (const double x : points<double>(-1e6, 1e6)) look_at(x);
  for (int k = -636'000; k < 636'000; k += 11) look_at(k * 1.5707963267948966);  // the zeros
  RecordProperty("sin", std::to_string(worst_sin));
  RecordProperty("cos", std::to_string(worst_cos));
  EXPECT_LE(worst_sin, 1.0);
  EXPECT_LE(worst_cos, 1.0);
  EXPECT_TRUE(std::signbit(math::sin(-0.0)));
  EXPECT_EQ(math::cos(0.0), 1);
  EXPECT_TRUE(std::isnan(math::sin(kInfinity<double>)));
  EXPECT_TRUE(std::isnan(math::cos(kNan<double>)));
}

TEST(ScalarMathTest, PowerKeepsFourteenDigits) {
  double worst = 0;
  for (const double base :
       {1e-300, 1e-5, 0.1, 0.5, 0.9, 0.999, 0.99999, 1.0, 1.0001, 1.5, 2.0, 3.7, 10.0, 1e10, 1e300}) {
    for (double exponent = -2000; exponent <= 2000; exponent += 7.37) {
      const long double exact = std::pow(static_cast<long double>(base), static_cast<long double>(exponent));
      const double value = math::pow(base, exponent);
      if (exact > std::numeric_limits<double>::max()) {
        EXPECT_EQ(value, kInfinity<double>) << base << " " << exponent;
      } else if (exact >= std::numeric_limits<double>::min()) {
        worst = std::max(worst, static_cast<double>(std::abs((value - exact) / exact)));
      } else {
        EXPECT_NEAR(value, static_cast<double>(exact), 1e-323) << base << " " << exponent;
      }
    }
  }
  RecordProperty("pow", std::to_string(worst * 1e16) + "e-16");
  EXPECT_LE(worst, 1e-15);
  EXPECT_EQ(math::pow(0.9, 0), 1);
  EXPECT_EQ(math::pow(2.0, 10.0), 1024);
  EXPECT_EQ(math::pow(0.9, 1.0), 0.9);
  EXPECT_TRUE(std::isnan(math::pow(kNan<double>, 2.0)));
}

TEST(ScalarMathTest, AnglesTooLargeToReduceAreNaN) {
  for (const double x : {1e300, -1e10, kInfinity<double>, kNan<double>}) {
    EXPECT_TRUE(std::isnan(math::sin(x))) << x;
    EXPECT_TRUE(std::isnan(math::cos(x))) << x;
  }
}

}  // namespace
}  // namespace gradus
