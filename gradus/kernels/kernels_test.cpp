// Every kernel of every set that this processor runs: the same bits in all of them, and near the reference.

#include "gradus/kernels/kernels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/core/random.h"
#include "gradus/core/sum.h"
#include "gradus/kernels/kernels_testing.h"

namespace gradus {
namespace {

using test::DenseCase;
using test::Result;

// Widths around the vectors of every set: 2, 4, 8 and 16 lanes, and groups of them.
constexpr std::size_t kSizes[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 33, 48, 66, 100, 130};
constexpr std::size_t kBatches[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 33};

::testing::AssertionResult same_bits(const Result& expected, const Result& actual) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (std::bit_cast<std::uint64_t>(expected[i]) == std::bit_cast<std::uint64_t>(actual[i])) continue;
    return ::testing::AssertionFailure() << "element " << i << " of " << expected.size() << ": "
                                         << std::hexfloat << expected[i] << " and " << actual[i];
  }
  return ::testing::AssertionSuccess();
}

::testing::AssertionResult within(const Result& exact, const Result& actual,
                                  const std::function<double(std::size_t)>& bound) {
  for (std::size_t i = 0; i < exact.size(); ++i) {
    if (std::abs(exact[i] - actual[i]) <= bound(i)) continue;
    return ::testing::AssertionFailure() << "element " << i << " of " << exact.size() << ": reference "
                                         << exact[i] << ", kernel " << actual[i] << ", bound " << bound(i);
  }
  return ::testing::AssertionSuccess();
}

template <class T>
class KernelsTest : public ::testing::Test {
 protected:
  static constexpr double kEpsilon = std::numeric_limits<T>::epsilon();

  using Computation = std::function<Result(const KernelSet<T>&)>;

  // Runs in all sets; the result of one of them, which is that of all.
  static Result expect_same_bits(const std::string& what, const Computation& compute) {
    const auto sets = test::sets_under_test<T>();
    Result expected = compute(*sets.back());
    for (const KernelSet<T>* set : sets) {
      EXPECT_TRUE(same_bits(expected, compute(*set))) << what << ": scalar with fmaf and " << set->name;
    }
    return expected;
  }

  // Error of a sum of `depth` products: gamma times the sum of magnitudes, then a few roundings of the
  // activation.
  static void expect_dense(const DenseCase& c, std::size_t depth,
                           Result (*run)(const KernelSet<T>&, const DenseCase&)) {
    const Result actual = expect_same_bits(describe(c), [&](const KernelSet<T>& set) { return run(set, c); });
    const KernelSet<T>& reference = kernels<T>("reference");
    DenseCase of_magnitudes = c;
    of_magnitudes.absolute = true;
    of_magnitudes.activation = Activation::kIdentity;
    const Result magnitudes = run(reference, of_magnitudes);
    const double gamma = 1.5 * (static_cast<double>(depth) + 6) * kEpsilon;
    EXPECT_TRUE(within(run(reference, c), actual, [&](std::size_t i) {
      return gamma * (std::abs(magnitudes[i]) + 1);
    })) << describe(c);
  }

  static void expect_all_products(const DenseCase& c) {
    DenseCase by_outputs = c;
    by_outputs.range = {0, c.outputs};
    expect_dense(by_outputs, c.inputs, &test::run_dense_forward<T>);
    expect_dense(by_outputs, c.batch, &test::run_dense_weight_gradient<T>);
    DenseCase by_inputs = c;
    by_inputs.range = {0, c.inputs};
    expect_dense(by_inputs, c.outputs, &test::run_dense_input_gradient<T>);
  }
};

using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(KernelsTest, Precisions);

TYPED_TEST(KernelsTest, ProductsAgreeForEveryWidth) {
  for (const std::size_t outputs : kSizes) {
    for (const std::size_t inputs : {0U, 1U, 7U, 65U}) this->expect_all_products({7, inputs, outputs, {}});
  }
  for (const std::size_t inputs : kSizes) {
    for (const std::size_t outputs : {1U, 10U, 200U}) this->expect_all_products({5, inputs, outputs, {}});
  }
}

TYPED_TEST(KernelsTest, ProductsAgreeForEveryBatch) {
  for (const std::size_t batch : kBatches) {
    for (const std::size_t offset : {0U, 1U, 5U}) {
      this->expect_all_products({batch, 20, 37, {}, Activation::kSigmoid, offset});
      this->expect_all_products({batch, 37, 10, {}, Activation::kGelu, offset});
    }
  }
  this->expect_all_products({0, 5, 6, {}});
}

// Deeper than the blocks of both kinds: the sums are stored and taken up again.
TYPED_TEST(KernelsTest, ProductsAgreeBeyondOneBlock) {
  this->expect_all_products({14, 1100, 20, {}, Activation::kTanh});
  this->expect_all_products({14, 20, 300, {}, Activation::kTanh});
  this->expect_all_products({530, 9, 12, {}});
}

TYPED_TEST(KernelsTest, AnInputGradientInTwoPartsHasTheBitsOfOne) {
  for (const KernelSet<TypeParam>* set : test::sets_under_test<TypeParam>()) {
    for (const std::size_t split : {1U, 16U, 64U, 150U}) {
      DenseCase c{14, 37, 151, {0, 37}, Activation::kTanh};
      const Result whole = test::run_dense_input_gradient(*set, c);
      c.split = split;
      EXPECT_EQ(test::run_dense_input_gradient(*set, c), whole) << set->name << " split " << split;
    }
  }
}

TYPED_TEST(KernelsTest, ProductsWithEveryActivationAgree) {
  for (const Activation f : test::kElementwise) {
    this->expect_all_products({6, 11, 21, {}, f});
    DenseCase without_z{6, 11, 21, {0, 21}, f};
    without_z.keep_z = false;
    this->expect_dense(without_z, 11, &test::run_dense_forward<TypeParam>);
  }
}

// The gaps between rows and the columns outside of the range are part of the results that are compared: the
// reference leaves them alone, so must all others.
TYPED_TEST(KernelsTest, ProductsTouchOnlyTheirColumnRange) {
  for (const ColumnRange range :
       {ColumnRange{0, 0}, {0, 1}, {3, 20}, {16, 32}, {17, 18}, {1, 64}, {63, 67}, {67, 67}}) {
    DenseCase c{9, 67, 67, range, Activation::kTanh};
    this->expect_dense(c, 67, &test::run_dense_forward<TypeParam>);
    this->expect_dense(c, 67, &test::run_dense_input_gradient<TypeParam>);
    this->expect_dense(c, 9, &test::run_dense_weight_gradient<TypeParam>);
  }
}

TYPED_TEST(KernelsTest, TheSumStartsAtPlusZeroAndTheBiasComesLast) {
  using T = TypeParam;
  const T x[] = {T(-0.0)};
  const T w[] = {1};
  const T bias[] = {T(-0.0)};
  for (const KernelSet<T>* set : test::sets_under_test<T>()) {
    T y[] = {5};
    set->dense_forward({x, 1, 1}, {w, 1, 1}, bias, Activation::kIdentity, {}, {y, 1, 1}, {0, 1});
    EXPECT_EQ(y[0], 0) << set->name;
    EXPECT_FALSE(std::signbit(y[0])) << set->name;
  }
}

TYPED_TEST(KernelsTest, ActivationsAgree) {
  const KernelSet<TypeParam>& reference = kernels<TypeParam>("reference");
  for (const Activation f : test::kElementwise) {
    for (const std::size_t cols : kSizes) {
      const auto compute = [&](const KernelSet<TypeParam>& set) {
        return test::run_activation(set, f, 3, cols);
      };
      const std::string what =
          "activation " + std::to_string(static_cast<int>(f)) + " width " + std::to_string(cols);
      const Result actual = this->expect_same_bits(what, compute);
      const Result expected = compute(reference);
      // Absolute, since 1 + erf and 1 - y^2 cancel; beyond 1, where exp goes, relative.
      EXPECT_TRUE(within(expected, actual, [&](std::size_t i) {
        const double size = f == Activation::kExp ? std::max(1.0, std::abs(expected[i])) : 1.0;
        return 24 * KernelsTest<TypeParam>::kEpsilon * size;
      })) << what;
    }
  }
}

TYPED_TEST(KernelsTest, SoftmaxAndTheLossesAgree) {
  using T = TypeParam;
  const KernelSet<T>& reference = kernels<T>("reference");
  const auto check = [&](const std::string& what, const auto& compute) {
    const Result actual = this->expect_same_bits(what, compute);
    const Result exact = compute(reference);
    const auto bound = [&](std::size_t i) {
      return 40 * KernelsTest<T>::kEpsilon * (1 + std::abs(exact[i]));
    };
    EXPECT_TRUE(within(exact, actual, bound)) << what;
  };
  for (const std::size_t cols : kSizes) {
    if (cols == 0) continue;
    const std::string width = " width " + std::to_string(cols);
    check("softmax" + width, [&](const KernelSet<T>& set) { return test::run_softmax(set, 3, cols); });
    check("cross-entropy" + width,
          [&](const KernelSet<T>& set) { return test::run_softmax_cross_entropy<T>(set, 3, cols, 0); });
    check("smoothed cross-entropy" + width,
          [&](const KernelSet<T>& set) { return test::run_softmax_cross_entropy<T>(set, 3, cols, T(0.1)); });
    check("sigmoid cross-entropy" + width,
          [&](const KernelSet<T>& set) { return test::run_sigmoid_cross_entropy(set, 3, cols); });
  }
}

// 2^k is added exactly to values that are multiples of 2^-20 and small against it: only the offset changes.
TYPED_TEST(KernelsTest, SoftmaxIsUnmovedByASharedOffset) {
  using T = TypeParam;
  const T z[] = {0.5, -1.25, 3, 0};
  T moved[4];
  for (int i = 0; i < 4; ++i) moved[i] = z[i] + 4096;
  const std::int32_t label = 1;
  for (const KernelSet<T>* set : test::sets_under_test<T>()) {
    T y[2][4];
    T dz[2][4];
    double loss[2];
    set->softmax_forward({z, 1, 4}, {y[0], 1, 4});
    set->softmax_forward({moved, 1, 4}, {y[1], 1, 4});
    set->softmax_cross_entropy({z, 1, 4}, &label, nullptr, T(0.1), 1, &loss[0], {dz[0], 1, 4});
    set->softmax_cross_entropy({moved, 1, 4}, &label, nullptr, T(0.1), 1, &loss[1], {dz[1], 1, 4});
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ(y[0][i], y[1][i]) << set->name << " " << i;
      EXPECT_EQ(dz[0][i], dz[1][i]) << set->name << " " << i;
    }
    EXPECT_EQ(loss[0], loss[1]) << set->name;
  }
}

TYPED_TEST(KernelsTest, ANanInputGivesANanLoss) {
  using T = TypeParam;
  for (const KernelSet<T>* set : test::sets_under_test<T>()) {
    for (std::size_t at = 0; at < 19; ++at) {
      T z[19] = {1, 2, 3};
      T y[19] = {};
      z[at] = std::numeric_limits<T>::quiet_NaN();
      const std::int32_t label = 5;
      double loss = 0;
      set->softmax_cross_entropy({z, 1, 19}, &label, nullptr, 0, 1, &loss, {});
      EXPECT_TRUE(std::isnan(loss)) << set->name << " softmax " << at;
      set->sigmoid_cross_entropy({z, 1, 19}, {y, 1, 19}, nullptr, 1, &loss, {});
      EXPECT_TRUE(std::isnan(loss)) << set->name << " sigmoid " << at;
    }
  }
}

TYPED_TEST(KernelsTest, UpdatesAgree) {
  using T = TypeParam;
  const KernelSet<T>& reference = kernels<T>("reference");
  for (const UpdateRule rule : test::kRules) {
    for (const double weight_decay : {0.0, 0.1}) {
      for (const std::size_t count : kSizes) {
        const auto compute = [&](const KernelSet<T>& set) {
          return test::run_update(set, rule, weight_decay, count);
        };
        const std::string what =
            "rule " + std::to_string(static_cast<int>(rule)) + " count " + std::to_string(count);
        const Result actual = this->expect_same_bits(what, compute);
        const double bound = sizeof(T) == 4 ? 1e-6 : 1e-14;
        EXPECT_TRUE(within(compute(reference), actual, [&](std::size_t) { return bound; })) << what;
      }
    }
  }
}

TYPED_TEST(KernelsTest, AdamTakesTheStepOfItsFormula) {
  using T = TypeParam;
  // By hand: m = 0.1 * 2, v = 0.01 * 4, w = 1 - 0.05 * 0.2 / (0.2 / 0.3 + 1e-6)
  for (const KernelSet<T>* set : test::sets_under_test<T>()) {
    T w = 1;
    T m = 0;
    T v = 0;
    const T g = 2;
    set->update(test::coefficients<T>(UpdateRule::kAdam, 0), {&w, &m, &v}, &g, 1);
    EXPECT_NEAR(m, 0.2, 2e-7) << set->name;
    EXPECT_NEAR(v, 0.04, 2e-8) << set->name;
    EXPECT_NEAR(w, 1 - 0.05 * 0.2 / (0.2 / 0.3 + 1e-6), 2e-7) << set->name;
  }
}

TYPED_TEST(KernelsTest, SquaresAreSummedInNumpysOrder) {
  using T = TypeParam;
  std::vector<std::size_t> counts{127, 128, 129, 255, 256, 257, 1000, 2368, 4100, 8191, kNumpyBlock};
  for (std::size_t count = 0; count < 40; ++count) counts.push_back(count);
  Pcg64 random(3);
  std::vector<T> values(kNumpyBlock);
  for (T& value : values) value = static_cast<T>(random.uniform() - 0.5);
  for (const std::size_t count : counts) {
    std::vector<double> squares;
    for (const T value : std::span(values).first(count))
      squares.push_back(static_cast<double>(value) * static_cast<double>(value));
    for (const KernelSet<T>* set : test::sets_under_test<T>())
      EXPECT_EQ(set->block_of_squares(values.data(), count), numpy_sum(squares)) << set->name << ' ' << count;
    EXPECT_EQ(kernels<T>("reference").block_of_squares(values.data(), count), numpy_sum(squares)) << count;
  }
}

TEST(KernelSetsTest, ScalarIsAlwaysThereAndTheBestComesFirst) {
  const auto names = available_kernel_sets();
  ASSERT_FALSE(names.empty());
  EXPECT_EQ(names.back(), "scalar");
  for (const std::string_view name : names) {
    EXPECT_EQ(kernels<float>(name).name, name);
    EXPECT_EQ(kernels<double>(name).name, name);
  }
  EXPECT_EQ(kernels<float>("reference").name, "reference");
}

TEST(KernelSetsTest, AnUnknownOrAbsentSetIsAnErrorThatListsTheOthers) {
  const auto message = [](std::string_view name) -> std::string {
    try {
      (void)internal::find_kernel_set<float>(name, "GRADUS_KERNELS=");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(message("avx9"), "GRADUS_KERNELS=avx9: unknown kernel set; known: scalar, avx2, avx512, neon");
  const auto names = available_kernel_sets();
  for (const std::string_view name : {"avx2", "avx512", "neon"}) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    EXPECT_THAT(message(name), ::testing::StartsWith("GRADUS_KERNELS=" + std::string(name) +
                                                     " is absent on this processor; present: "));
  }
}

// In a process of its own: the choice is made once.
void exit_zero_if_chosen(const char* forced, std::string_view expected) {
  setenv("GRADUS_KERNELS", forced, 1);
  std::exit(kernels<float>().name == expected && kernels<double>().name == expected ? 0 : 1);
}

TEST(KernelSetsDeathTest, TheEnvironmentForcesASet) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (const std::string_view name : available_kernel_sets()) {
    EXPECT_EXIT(exit_zero_if_chosen(std::string(name).c_str(), name), ::testing::ExitedWithCode(0), "")
        << name;
  }
  EXPECT_EXIT(exit_zero_if_chosen("", available_kernel_sets().front()), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace gradus
