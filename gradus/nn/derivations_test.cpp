// Formulas of the reports that are wrong as printed, or right for another reason than the one given.
// docs/derivations.md tells them all and names the tests.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "gradus/kernels/kernels.h"
#include "gradus/nn/initializer.h"
#include "gradus/nn/loss.h"

namespace gradus {
namespace {

constexpr double kBound = 1e-15;
constexpr std::size_t kClasses = 3;
constexpr std::int32_t kTarget = 1;
const std::vector<double> kLogits = {0.3, -1.2, 2};

using Row = std::array<double, kClasses>;

Row softmax() {
  Row y{};
  kernels<double>().softmax_forward({kLogits.data(), 1, kClasses}, {y.data(), 1, kClasses});
  return y;
}

Row fused_gradient() {
  Row dz{};
  LossFunction<double> loss({.kind = LossKind::kSoftmaxCrossEntropy}, kClasses, 1);
  const std::vector<std::int32_t> labels = {kTarget};
  (void)loss({kLogits.data(), 1, kClasses}, {.labels = labels, .values = {}, .weights = {}},
             {dz.data(), 1, kClasses});
  return dz;
}

// dy_i / dz_j = y_i (delta_ij - y_j)
double jacobian(const Row& y, std::size_t i, std::size_t j) {
  return y[i] * ((i == j ? 1 : 0) - y[j]);
}

// sum_i slope_i dy_i / dz_j
Row through_softmax(const Row& y, const Row& slope) {
  Row dz{};
  for (std::size_t j = 0; j < kClasses; ++j) {
    for (std::size_t i = 0; i < kClasses; ++i) dz[j] += slope[i] * jacobian(y, i, j);
  }
  return dz;
}

TEST(Derivations, SoftmaxAndCrossEntropyTogetherHaveTheGradientYMinusT) {
  const Row y = softmax();
  Row slope{};
  slope[kTarget] = -1 / y[kTarget];
  const Row dz = through_softmax(y, slope);
  for (std::size_t j = 0; j < kClasses; ++j) {
    EXPECT_NEAR(dz[j], y[j] - (j == kTarget ? 1 : 0), kBound) << j;
    EXPECT_NEAR(dz[j], fused_gradient()[j], kBound) << j;
  }
}

// Report 003's text has -1 / y_c for every i: each row of the Jacobian adds up to 0, and nothing would be learnt.
TEST(Derivations, ASlopeOfMinusOneByYcForEveryOutputGivesNoGradient) {
  const Row y = softmax();
  Row slope{};
  slope.fill(-1 / y[kTarget]);
  for (const double dz : through_softmax(y, slope)) EXPECT_NEAR(dz, 0, kBound);
}

// Its commented-out code multiplies entry by entry instead of by the Jacobian.
TEST(Derivations, AProductEntryByEntryLosesTheOtherOutputs) {
  const Row y = softmax();
  for (std::size_t j = 0; j < kClasses; ++j) {
    const double slope = j == kTarget ? -1 / y[kTarget] : 0;
    const double entry = slope * jacobian(y, j, j);
    if (j == kTarget) {
      EXPECT_NEAR(entry, fused_gradient()[j], kBound);
    } else {
      EXPECT_EQ(entry, 0) << j;
      EXPECT_GT(std::abs(fused_gradient()[j]), 0.1) << j;
    }
  }
}

TEST(Derivations, TheSlopeThatReport002PrintsOverflowsAndOursDoesNot) {
  const auto printed = [](double x) { return std::exp(-x) / std::pow(1 + std::exp(-x), 2); };
  const auto ours = [](double x) {
    double y = 0;
    const double one = 1;
    double slope = 0;
    kernels<double>().activation_forward(Activation::kSigmoid, {&x, 1, 1}, {&y, 1, 1});
    kernels<double>().activation_backward({Activation::kSigmoid, {&x, 1, 1}, {&y, 1, 1}}, {&one, 1, 1},
                                          {&slope, 1, 1});
    return slope;
  };
  for (const double x : {-20.0, -1.0, 0.0, 3.0}) EXPECT_NEAR(ours(x) / printed(x), 1, 1e-14) << x;
  EXPECT_TRUE(std::isnan(printed(-710)));
  EXPECT_EQ(ours(-710), 0);
}

TEST(Derivations, LeCunsTanhHasItsSlopeFromItsOutput) {
  for (const double z : {-2.0, -0.3, 0.0, 1.0}) {
    double y = 0;
    const double one = 1;
    double slope = 0;
    kernels<double>().activation_forward(Activation::kLecunTanh, {&z, 1, 1}, {&y, 1, 1});
    kernels<double>().activation_backward({Activation::kLecunTanh, {&z, 1, 1}, {&y, 1, 1}}, {&one, 1, 1},
                                          {&slope, 1, 1});
    const double tanh = std::tanh(2 * z / 3);
    EXPECT_NEAR(y, 1.7159 * tanh, 4 * kBound) << z;
    EXPECT_NEAR(slope, 1.7159 * 2 / 3 * (1 - tanh * tanh), 4 * kBound) << z;
  }
}

// Glorot: 2 / (fan_in + fan_out). Report 002: 2 / (fan_in fan_out), which it calls Xavier.
TEST(Derivations, TheRadboudLimitIsNotXaviers) {
  const auto variance = [](InitializerKind kind) {
    Generator generator(GeneratorKind::kPcg64, 1);
    std::vector<double> weights(2048);
    initialize({.kind = kind}, MatrixView<double>(weights.data(), 64, 32), generator);
    return std::inner_product(weights.begin(), weights.end(), weights.begin(), 0.0) / (64 * 32);
  };
  EXPECT_NEAR(variance(InitializerKind::kGlorotUniform), 2.0 / (64 + 32), 0.1 * 2 / (64 + 32));
  EXPECT_NEAR(variance(InitializerKind::kProductUniform), 2.0 / (64 * 32), 0.1 * 2 / (64 * 32));
}

}  // namespace
}  // namespace gradus
