// L-BFGS on functions whose minima are known.
#include "gradus/optim/lbfgs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>
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
  const LbfgsResult result = minimize_lbfgs(uphill, x);
  EXPECT_EQ(result.end, LbfgsEnd::kNoProgress);
  EXPECT_EQ(result.evaluations, 1u + 1u + 40u);  // the start, the whole step, and what lies between
  EXPECT_EQ(x[0], 1.0);
}

// |x - kink|: no point has the gentle slope that the line search looks for.
TEST(Lbfgs, AKinkIsReachedThoughNoSlopeThereIsGentle) {
  for (const double kink : {0.7, 1.4, 3.3, 1e-3, 250.0}) {
    const auto edge = [kink](std::span<const double> x, std::span<double> g) {
      g[0] = x[0] < kink ? -1 : 1;
      return std::abs(x[0] - kink);
    };
    Point x = {0.0};
    const LbfgsResult result = minimize_lbfgs(edge, x);
    EXPECT_NEAR(x[0], kink, 1e-8 * kink);
    EXPECT_EQ(result.value, std::abs(x[0] - kink));
    EXPECT_LT(result.evaluations, 400u) << kink;
  }
}

TEST(Lbfgs, DownAnEndlessSlopeItKeepsToItsLimits) {
  const auto slope = [](std::span<const double> x, std::span<double> g) {
    g[0] = -1;
    return -x[0];
  };
  Point x = {0.0};
  const LbfgsResult steps = minimize_lbfgs(slope, x, {.max_iterations = 3});
  EXPECT_EQ(steps.end, LbfgsEnd::kMaxIterations);
  EXPECT_GT(x[0], 1e12);
  EXPECT_EQ(steps.value, -x[0]);
  x = {0.0};
  const LbfgsResult evaluations = minimize_lbfgs(slope, x, {.max_evaluations = 5});
  EXPECT_EQ(evaluations.end, LbfgsEnd::kMaxEvaluations);
  EXPECT_EQ(evaluations.evaluations, 5u);
  EXPECT_EQ(x[0], 8);
  EXPECT_EQ(evaluations.value, -8);
}

TEST(Lbfgs, EndsAtEveryLimitOfEvaluationsNoHigherThanItBegan) {
  Point whole = {-1.2, 1.0};
  const LbfgsResult result = minimize_lbfgs(rosenbrock, whole);
  EXPECT_EQ(result.end, LbfgsEnd::kConverged);
  for (std::size_t most = 1; most < result.evaluations; ++most) {
    Point x = {-1.2, 1.0};
    const LbfgsResult cut = minimize_lbfgs(rosenbrock, x, {.max_evaluations = most});
    EXPECT_EQ(cut.end, LbfgsEnd::kMaxEvaluations) << most;
    EXPECT_LE(cut.evaluations, most + 1) << most;  // one more takes it back to the lowest point
    EXPECT_LE(cut.value, 24.2 * (1 + 1e-15)) << most;
    Point gradient(2);
    EXPECT_EQ(rosenbrock(x, gradient), cut.value) << most;
  }
}

TEST(Lbfgs, AValueThatNeverMovesEndsWithoutProgress) {
  const auto flat = [](std::span<const double>, std::span<double> g) {
    g[0] = 1e-9;
    return 1.0;
  };
  Point x = {2.0};
  const LbfgsResult result = minimize_lbfgs(flat, x, {.gradient_tolerance = 0});
  EXPECT_EQ(result.end, LbfgsEnd::kNoProgress);
  EXPECT_EQ(x[0], 2.0);
  EXPECT_EQ(result.value, 1.0);
}

TEST(Lbfgs, AGradientThatIsNotFiniteIsTooFarToo) {
  const auto cliff = [](std::span<const double> x, std::span<double> g) {
    g[0] = x[0] > 2.2 ? std::numeric_limits<double>::infinity() : 2 * (x[0] - 2);
    return (x[0] - 2) * (x[0] - 2);
  };
  Point x = {1.5};
  EXPECT_EQ(minimize_lbfgs(cliff, x, {.gradient_tolerance = 1e-8, .value_tolerance = 0}).end,
            LbfgsEnd::kConverged);
  EXPECT_NEAR(x[0], 2, 1e-8);
  Point outside = {3.0};
  EXPECT_THAT([&] { (void)minimize_lbfgs(cliff, outside); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("gradient at the start is not finite")));
}

// -H g, with the inverse Hessian H of BFGS as a matrix (Nocedal and Wright 6.17, 6.20) from these steps and changes.
Point dense_direction(const std::vector<std::pair<Point, Point>>& pairs, const Point& gradient) {
  const std::size_t n = gradient.size();
  const auto dot = [](const Point& a, const Point& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  };
  std::vector<Point> h(n, Point(n));
  for (std::size_t i = 0; i < n; ++i)
    h[i][i] = dot(pairs.back().first, pairs.back().second) / dot(pairs.back().second, pairs.back().second);
  for (const auto& [s, y] : pairs) {
    Point hy(n);
    for (std::size_t i = 0; i < n; ++i) hy[i] = dot(h[i], y);
    const double sy = dot(s, y);
    const double scale = (1 + dot(y, hy) / sy) / sy;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) h[i][j] += scale * s[i] * s[j] - (hy[i] * s[j] + s[i] * hy[j]) / sy;
    }
  }
  Point direction(n);
  for (std::size_t i = 0; i < n; ++i) direction[i] = -dot(h[i], gradient);
  return direction;
}

Point difference(const Point& a, const Point& b) {
  Point result(a.size());
  std::ranges::transform(a, b, result.begin(), std::minus());
  return result;
}

// Every line search begins with the whole step of that matrix.
TEST(Lbfgs, TheDirectionIsThatOfTheWholeMatrix) {
  const auto gradient_at = [](const Point& x) {
    Point g(x.size());
    (void)rosenbrock(x, g);
    return g;
  };
  Point x = {-1.2, 1.0, 0.5, -0.5};
  std::vector<std::pair<Point, Point>> pairs;
  Point last = x;
  Point expected;  // the next point to be tried
  std::size_t seen = 0;
  const auto watched = [&](std::span<const double> at, std::span<double> g) {
    if (!expected.empty()) {
      for (std::size_t i = 0; i < at.size(); ++i) EXPECT_NEAR(at[i], expected[i], 1e-9) << pairs.size();
      expected.clear();
      ++seen;
    }
    return rosenbrock(at, g);
  };
  (void)minimize_lbfgs(watched, x, {.memory = 3, .max_iterations = 7}, [&](std::size_t, double) {
    pairs.emplace_back(difference(x, last), difference(gradient_at(x), gradient_at(last)));
    if (pairs.size() > 3) pairs.erase(pairs.begin());
    last = x;
    expected = x;
    const Point direction = dense_direction(pairs, gradient_at(x));
    for (std::size_t i = 0; i < x.size(); ++i) expected[i] += direction[i];
    return true;
  });
  EXPECT_EQ(seen, 6u);
}

// The points that are tried along slope x + bend x^2 + twist x^3 from 0.
Point tried_on_a_cubic(double slope, double bend, double twist) {
  Point tried;
  Point x = {0.0};
  (void)minimize_lbfgs(
      [&](std::span<const double> at, std::span<double> g) {
        tried.push_back(at[0]);
        g[0] = slope + at[0] * (2 * bend + 3 * twist * at[0]);
        return at[0] * (slope + at[0] * (bend + twist * at[0]));
      },
      x, {.gradient_tolerance = 1e-12, .value_tolerance = 0});
  return tried;
}

// The first step is along the gradient, no longer than 1; the search then goes on as algorithms 3.5 and 3.6 have it.
TEST(Lbfgs, BetweenTwoPointsItTriesTheMinimumOfTheCubic) {
  const struct {
    double slope, bend, twist;
    Point tried;
  } cases[] = {
      {-0.9, 0, 10.0 / 3, {0, 0.9, 0.3}},  // too high at the whole step
      {-4, 0, 400.0 / 27, {0, 1, 0.3}},    // the same after a step of a quarter
      {-0.6, 0, 1.25, {0, 0.6, 0.4}},      // lower, and steeply up: back from there
      {-1,
       -1.45,
       2.95 / 3,
       {0, 1, 2,
        (2.9 + std::sqrt(20.21)) / 5.9}},  // steeply down after the first step: between it and its double
      {-1, 0, 400.0 / 3, {0, 1, 0.5}},     // too near an end: the middle
  };
  for (const auto& one : cases) {
    const Point tried = tried_on_a_cubic(one.slope, one.bend, one.twist);
    ASSERT_GE(tried.size(), one.tried.size());
    for (std::size_t i = 0; i < one.tried.size(); ++i)
      EXPECT_NEAR(tried[i], one.tried[i], 1e-7) << one.slope << " " << one.twist << ": " << i;
  }
}

// From slope -1 a step of 1 must gain a ten-thousandth.
TEST(Lbfgs, AStepThatGainsTooLittleIsNotTaken) {
  const auto evaluations = [](double gain) {
    Point x = {0.0};
    const auto function = [gain](std::span<const double> at, std::span<double> g) {
      g[0] = at[0] == 0 ? -1 : 0;
      return at[0] == 0 ? 0 : at[0] == 1 ? -gain : -0.3;
    };
    return minimize_lbfgs(function, x).evaluations;
  };
  EXPECT_EQ(evaluations(1.1e-4), 2u);
  EXPECT_EQ(evaluations(0.9e-4), 3u);
}

TEST(Lbfgs, TheScaleOfTheFunctionIsNoMatter) {
  const auto evaluations = [](double scale) {
    Point x(8, 100.0);
    const auto function = [scale](std::span<const double> at, std::span<double> g) {
      const double value = scale * bowl(at, g);
      for (double& slope : g) slope *= scale;
      return value;
    };
    const LbfgsResult result =
        minimize_lbfgs(function, x, {.gradient_tolerance = scale * 1e-9, .value_tolerance = 0});
    EXPECT_EQ(result.end, LbfgsEnd::kConverged) << scale;
    return result.evaluations;
  };
  EXPECT_LT(evaluations(1), 40u);
  EXPECT_LT(evaluations(1e-12), 80u);
  EXPECT_LT(evaluations(1e12), 80u);
}

TEST(Lbfgs, AGainIsJudgedBesideTheValue) {
  const auto iterations = [](double height, double tolerance) {
    Point x(8, 100.0);
    const auto function = [height](std::span<const double> at, std::span<double> g) {
      return height + bowl(at, g);
    };
    return minimize_lbfgs(function, x, {.gradient_tolerance = 0, .value_tolerance = tolerance}).iterations;
  };
  EXPECT_GT(iterations(0, 1e-6), 5u);
  EXPECT_EQ(iterations(1e12, 1e-6), 1u);  // a million is little of that
  EXPECT_EQ(iterations(-1e12, 1e-6), 1u);
}

// Hills on a slope, from many points: as many iterations and evaluations on every machine.
TEST(Lbfgs, TheWayIsTheSameEverywhere) {
  const auto hills = [](std::span<const double> x, std::span<double> g) {
    double value = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double r = x[i] * x[i] / (1 + x[i] * x[i]);
      const double before = i == 0 ? 0 : x[i - 1];
      value += r * (1 + 30 * r * (1 - r)) + 0.01 * x[i] * x[i] * (1 + before * before);
      const double dr = 2 * x[i] / ((1 + x[i] * x[i]) * (1 + x[i] * x[i]));
      g[i] = dr * (1 + 60 * r - 90 * r * r) + 0.02 * x[i] * (1 + before * before);
      if (i > 0) g[i - 1] += 0.02 * before * x[i] * x[i];
    }
    return value;
  };
  std::size_t iterations = 0;
  std::size_t evaluations = 0;
  for (int start = 1; start <= 60; ++start) {
    Point x;
    for (int i = 0; i < 6; ++i) x.push_back((start * (i + 3) % 61 - 30) / 4.0);
    const LbfgsResult result = minimize_lbfgs(hills, x, {.memory = 4, .gradient_tolerance = 1e-6});
    iterations += result.iterations;
    evaluations += result.evaluations;
  }
  EXPECT_EQ(iterations, 1551u);
  EXPECT_EQ(evaluations, 2053u);
}

// As a checkpoint of a stranger may have it.
TEST(Lbfgs, CurvatureThatLeadsUphillIsForgotten) {
  Point x = {4.0, 4.0};
  LbfgsState state;
  state.evaluations = 1;
  state.gradient.resize(2);
  state.value = bowl(x, state.gradient);
  state.pairs.push_back({{1, 0}, {1, 0}, -1});
  const LbfgsOptions options = {.gradient_tolerance = 1e-9, .value_tolerance = 0};
  ASSERT_TRUE(state.fits(2, options));
  EXPECT_EQ(minimize_lbfgs(bowl, x, options, {}, &state).end, LbfgsEnd::kConverged);
  EXPECT_NEAR(x[0], 0, 1e-9);
  EXPECT_NEAR(x[1], 1, 1e-9);
}

TEST(Lbfgs, AStateFitsTheVariablesAndTheOptions) {
  LbfgsState state;
  state.pairs.push_back({{1, 2}, {3, 4}, 5});
  state.iterations = 7;
  EXPECT_TRUE(state.fits(2, {}));
  EXPECT_TRUE(state.fits(2, {.memory = 1, .max_iterations = 7}));
  EXPECT_FALSE(state.fits(3, {}));
  EXPECT_FALSE(state.fits(2, {.memory = 0}));
  EXPECT_FALSE(state.fits(2, {.max_iterations = 6}));
  state.evaluations = 9;
  EXPECT_FALSE(state.fits(2, {})) << "a gradient of no variables";
  state.gradient = {6, 7};
  EXPECT_TRUE(state.fits(2, {}));
  state.pairs.push_back({{1, 2}, {3}, 5});
  EXPECT_FALSE(state.fits(2, {})) << "a change of one variable";
}

}  // namespace
}  // namespace gradus
