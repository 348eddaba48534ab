// L-BFGS on functions whose minima are known.
#include "gradus/optim/lbfgs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "gradus/core/error.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using Point = std::vector<double>;

// Rosenbrock's valley in pairs of variables; minimum 0 at 1, 1, ...
double rosenbrock(std::span<const double> x, std::span<double> g) {
  double value = 0;
  for (std::size_t i = 0; i + 1 < x.size(); i += 2) {
    const double along = 1 - x[i];
    const double across = x[i + 1] - x[i] * x[i];
    value += along * along + 100 * across * across;
    g[i] = -2 * along - 400 * x[i] * across;
    g[i + 1] = 200 * across;
  }
  return value;
}

// sum_i (i + 1) (x_i - i)^2
double bowl(std::span<const double> x, std::span<double> g) {
  double value = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double weight = static_cast<double>(i + 1);
    const double r = x[i] - static_cast<double>(i);
    value += weight * r * r;
    g[i] = 2 * weight * r;
  }
  return value;
}

TEST(Lbfgs, FindsTheFloorOfRosenbrocksValley) {
  Point x;
  for (int i = 0; i < 50; ++i) x.insert(x.end(), {-1.2, 1.0});
  const LbfgsResult result =
      minimize_lbfgs(rosenbrock, x, {.gradient_tolerance = 1e-8, .value_tolerance = 0});
  EXPECT_EQ(result.end, LbfgsEnd::kConverged);
  EXPECT_LT(result.iterations, 100u);
  for (const double value : x) EXPECT_NEAR(value, 1, 1e-8);
}

TEST(Lbfgs, IsExactOnABowlWithinAFewSteps) {
  Point x(8, 100.0);
  const LbfgsResult result = minimize_lbfgs(bowl, x, {.gradient_tolerance = 1e-9, .value_tolerance = 0});
  EXPECT_EQ(result.end, LbfgsEnd::kConverged);
  EXPECT_LT(result.evaluations, 40u);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], static_cast<double>(i), 1e-9);
}

TEST(Lbfgs, NeverRises) {
  Point x = {-1.2, 1.0, 3.0, -2.0};
  double before = std::numeric_limits<double>::infinity();
  (void)minimize_lbfgs(rosenbrock, x, {}, [&](std::size_t, double value) {
    EXPECT_LE(value, before);
    before = value;
    return true;
  });
  EXPECT_LT(before, 1e-4);
}

TEST(Lbfgs, EndsAtItsLimitsAndWhenToldTo) {
  const auto end_of = [](const LbfgsOptions& options, std::size_t most = 1000) {
    Point x = {-1.2, 1.0};
    return minimize_lbfgs(rosenbrock, x, options,
                          [most](std::size_t iteration, double) { return iteration < most; });
  };
  EXPECT_EQ(end_of({.max_iterations = 3}).end, LbfgsEnd::kMaxIterations);
  EXPECT_EQ(end_of({.max_iterations = 3}).iterations, 3u);
  EXPECT_EQ(end_of({.max_evaluations = 5}).end, LbfgsEnd::kMaxEvaluations);
  EXPECT_LE(end_of({.max_evaluations = 5}).evaluations, 5u);
  EXPECT_EQ(end_of({}, 4).end, LbfgsEnd::kCancelled);
  EXPECT_EQ(end_of({}, 4).iterations, 4u);
}

TEST(Lbfgs, ValuesThatAreNotFiniteAreTooFar) {
  const auto barrier = [](std::span<const double> x, std::span<double> g) {
    g[0] = 1 - 1 / x[0];
    return x[0] > 0 ? x[0] - std::log(x[0]) : std::numeric_limits<double>::quiet_NaN();
  };
  Point x = {50.0};
  EXPECT_EQ(minimize_lbfgs(barrier, x, {.gradient_tolerance = 1e-8, .value_tolerance = 0}).end,
            LbfgsEnd::kConverged);
  EXPECT_NEAR(x[0], 1, 1e-7);
  Point outside = {-1.0};
  EXPECT_THAT([&] { (void)minimize_lbfgs(barrier, outside); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("not finite")));
}

TEST(Lbfgs, AWrongGradientEndsWithoutProgress) {
  const auto uphill = [](std::span<const double> x, std::span<double> g) {
    g[0] = -2 * x[0];
    return x[0] * x[0];
  };
  Point x = {1.0};
  EXPECT_EQ(minimize_lbfgs(uphill, x).end, LbfgsEnd::kNoProgress);
  EXPECT_EQ(x[0], 1.0);
}

TEST(Lbfgs, AStateFitsTheVariablesAndTheOptions) {
  LbfgsState state;
  state.pairs.push_back({{1, 2}, {3, 4}, 5});
  state.iterations = 7;
  EXPECT_TRUE(state.fits(2, {}));
  EXPECT_FALSE(state.fits(3, {}));
  EXPECT_FALSE(state.fits(2, {.memory = 0}));
  EXPECT_FALSE(state.fits(2, {.max_iterations = 6}));
}

}  // namespace
}  // namespace gradus
