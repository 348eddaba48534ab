// Functions of two variables against central differences and their known minima; the descents of the
// reference experiments.
#include "gradus/optim/minimize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <numbers>
#include <string>
#include <vector>

#include "gradus/core/error.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using testing::AllOf;
using testing::HasSubstr;

OptimizerSpec with_rate(UpdateRule rule, double learning_rate) {
  OptimizerSpec spec = default_optimizer(rule);
  spec.learning_rate = learning_rate;
  spec.weight_decay = 0;
  return spec;
}

TEST(FunctionsOfTwoVariables, GradientsAgreeWithCentralDifferences) {
  constexpr double kHalf = 1e-5;
  for (const Function2& f : functions_of_two_variables()) {
    for (int i = 0; i <= 10; ++i) {
      for (int j = 0; j <= 10; ++j) {
        const Point2 p{f.low + (f.high - f.low) * i / 10.3, f.low + (f.high - f.low) * j / 10.3};
        const Point2 exact = f.gradient(p);
        const double dx = (f.value({p.x + kHalf, p.y}) - f.value({p.x - kHalf, p.y})) / (2 * kHalf);
        const double dy = (f.value({p.x, p.y + kHalf}) - f.value({p.x, p.y - kHalf})) / (2 * kHalf);
        const double bound = 1e-8 * (1 + std::abs(f.value(p)) + std::abs(exact.x) + std::abs(exact.y));
        EXPECT_NEAR(exact.x, dx, bound) << f.name << " at " << p.x << ", " << p.y;
        EXPECT_NEAR(exact.y, dy, bound) << f.name << " at " << p.x << ", " << p.y;
      }
    }
  }
}

TEST(FunctionsOfTwoVariables, KnownMinimaAreMinimaWithTheLowestFirst) {
  for (const Function2& f : functions_of_two_variables()) {
    ASSERT_FALSE(f.minima.empty()) << f.name;
    for (const Point2 m : f.minima) {
      SCOPED_TRACE(std::string(f.name) + " at " + std::to_string(m.x) + ", " + std::to_string(m.y));
      const double lowest = f.value(m);
      EXPECT_LE(std::hypot(f.gradient(m).x, f.gradient(m).y), 1e-12);
      EXPECT_GE(lowest, f.value(f.minima.front()) - 1e-12);
      EXPECT_TRUE(f.low < m.x && m.x < f.high && f.low < m.y && m.y < f.high) << "outside of the picture";
      for (int k = 0; k < 16; ++k) {
        const double angle = 0.3927 * k;
        EXPECT_GT(f.value({m.x + 1e-3 * std::cos(angle), m.y + 1e-3 * std::sin(angle)}), lowest) << angle;
      }
    }
  }
}

// The squares in which the field draws them, and starts from which the way is worth watching.
TEST(FunctionsOfTwoVariables, HaveTheirSquaresAndStarts) {
  const struct {
    std::string_view name;
    double low, high;
    Point2 start;
  } expected[] = {
      {"radboud", -5, 5, {3, 2}},   {"rosenbrock", -2, 2, {-1.2, 1}}, {"himmelblau", -5, 5, {0, 0}},
      {"beale", -4.5, 4.5, {1, 1}}, {"booth", -10, 10, {-5, -5}},     {"rastrigin", -5.12, 5.12, {1.8, -2.2}},
      {"x^2 + y^2", -5, 5, {3, 2}},
  };
  for (const auto& one : expected) {
    const Function2 function = function_from_text(one.name);
    EXPECT_EQ(function.low, one.low) << one.name;
    EXPECT_EQ(function.high, one.high) << one.name;
    EXPECT_EQ(function.start.x, one.start.x) << one.name;
    EXPECT_EQ(function.start.y, one.start.y) << one.name;
  }
}

TEST(FunctionsOfTwoVariables, HaveTheirKnownValues) {
  const std::map<std::string, double> lowest = {{"radboud", -2.28070970814705},
                                                {"rosenbrock", 0},
                                                {"himmelblau", 0},
                                                {"beale", 0},
                                                {"booth", 0},
                                                {"rastrigin", 0}};
  ASSERT_EQ(functions_of_two_variables().size(), lowest.size());
  for (const Function2& f : functions_of_two_variables()) {
    EXPECT_NEAR(f.value(f.minima.front()), lowest.at(std::string(f.name)), 1e-13) << f.name;
  }
  EXPECT_NEAR(function_from_name("radboud").value({3, 2}), 24.088869738115324, 1e-13);
  EXPECT_DOUBLE_EQ(function_from_name("rosenbrock").value({-1.2, 1}), 24.2);
  EXPECT_EQ(function_from_name("himmelblau").value({0, 0}), 170);
  EXPECT_EQ(function_from_name("beale").value({0, 0}), 14.203125);
  EXPECT_EQ(function_from_name("booth").value({0, 0}), 74);
  EXPECT_NEAR(function_from_name("rastrigin").value({1, 1}), 2, 1e-13);
}

TEST(FunctionsOfTwoVariables, AreFoundByNameWithTheNearestSuggested) {
  for (const Function2& f : functions_of_two_variables()) EXPECT_EQ(&function_from_name(f.name), &f);
  try {
    (void)function_from_name("rosenbrok");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'rosenbrock'?"));
  }
}

TEST(FunctionsOfTwoVariables, AFormulaIsOneToo) {
  const Function2 f = function_from_text("x^2 + 3*y^2");
  EXPECT_EQ(f.name, "x^2 + 3*y^2");
  EXPECT_EQ(f.value({1, 2}), 13);
  EXPECT_EQ(f.gradient({1, 2}).x, 2);
  EXPECT_EQ(f.gradient({1, 2}).y, 12);
  EXPECT_EQ(function_from_text("x").value({1, 2}), 1);
  EXPECT_EQ(function_from_text("y").value({1, 2}), 2);
  EXPECT_EQ(function_from_text("pi").value({1, 2}), std::numbers::pi);
  EXPECT_EQ(function_from_text("booth").minima.size(), 1u);
  EXPECT_THROW((void)function_from_text("boot"), Error);
  EXPECT_THROW((void)function_from_text("boo + x"), Error);
  EXPECT_THAT([] { (void)function_from_text(""); },
              testing::ThrowsMessage<Error>(HasSubstr("the end at column 1; expected a number, x, y")));
}

TEST(Minimize, DescendsOnAFormulaAsOnTheFunctionThatItIs) {
  DescentSpec named;
  named.function = "himmelblau";
  named.learning_rate = 0.01;
  DescentSpec typed = named;
  typed.function = function_from_name("himmelblau").formula;
  typed.start = function_from_name("himmelblau").start;
  typed.validate();
  const Descent a = minimize(named);
  const Descent b = minimize(typed);
  ASSERT_EQ(a.path.size(), b.path.size());
  for (std::size_t t = 0; t < a.path.size(); ++t) EXPECT_NEAR(a.path[t].value, b.path[t].value, 1e-10) << t;
}

// Columns: run, step_size, steps, decay, t, x, y, f.
TEST(Minimize, EveryStepOfTheReferenceDescents) {
  GRADUS_REQUIRE_FILE(path, shared_path, "expected/radboud_gd2d_reference.csv");
  const auto rows = test::read_csv_rows(path);
  std::map<std::string, std::vector<std::vector<std::string>>> runs;
  for (std::size_t r = 1; r < rows.size(); ++r) runs[rows[r].at(0)].push_back(rows[r]);
  std::size_t compared = 0;
  for (const auto& [name, steps] : runs) {
    ScheduleSpec schedule;
    schedule.kind = ScheduleKind::kExponential;
    schedule.decay = std::stod(steps[0][3]);
    const Descent descent = minimize(function_from_name("radboud"), {3, 2}, std::stoul(steps[0][2]),
                                     with_rate(UpdateRule::kSgd, std::stod(steps[0][1])), schedule);
    ASSERT_EQ(descent.path.size(), steps.size()) << name;
    for (std::size_t t = 0; t < steps.size(); ++t) {
      const DescentStep& step = descent.path[t];
      ASSERT_EQ(std::stoul(steps[t][4]), t) << name;
      EXPECT_EQ(step.step, t) << name;
      EXPECT_NEAR(step.point.x, std::stod(steps[t][5]), 1e-12) << name << ", step " << t;
      EXPECT_NEAR(step.point.y, std::stod(steps[t][6]), 1e-12) << name << ", step " << t;
      EXPECT_NEAR(step.value, std::stod(steps[t][7]), 1e-12) << name << ", step " << t;
      ++compared;
    }
  }
  EXPECT_EQ(compared, rows.size() - 1);
  EXPECT_GE(runs.size(), 4u);
}

TEST(Minimize, KeepsTheRateThatLedToEachPoint) {
  ScheduleSpec schedule;
  schedule.kind = ScheduleKind::kExponential;
  schedule.decay = 0.5;
  const Descent descent =
      minimize(function_from_name("booth"), {0, 0}, 3, with_rate(UpdateRule::kSgd, 0.04), schedule);
  ASSERT_EQ(descent.path.size(), 4u);
  std::vector<double> rates;
  for (const DescentStep& step : descent.path) rates.push_back(step.learning_rate);
  EXPECT_THAT(rates, testing::ElementsAre(0, 0.04, 0.02, 0.01));
}

TEST(Minimize, EveryOptimizerReachesTheMinimumOfBooth) {
  for (const std::string_view name : optimizer_names()) {
    const UpdateRule rule = optimizer_from_name(name);
    const Function2& booth = function_from_name("booth");
    ScheduleSpec cosine;
    cosine.kind = ScheduleKind::kCosine;
    const double rate =
        rule == UpdateRule::kSgd || rule == UpdateRule::kMomentum || rule == UpdateRule::kNesterov
            ? 0.02
            : (rule == UpdateRule::kAdagrad ? 2.0 : 0.5);
    const Descent descent = minimize(booth, booth.start, 1000, with_rate(rule, rate), cosine);
    EXPECT_EQ(descent.outcome, DescentOutcome::kFinished);
    EXPECT_LT(descent.path.back().value, 1e-6) << name;
  }
}

TEST(Minimize, TheRateFallsWhereADecayIsSaid) {
  DescentSpec spec{.function = "x^2 + y^2", .learning_rate = 0.25, .steps = 2};
  EXPECT_EQ(rate_text(spec), "0.25");
  EXPECT_EQ(minimize(spec).path.back().point.x, 0.75);  // of 3, halved twice
  spec.decay = 0.5;
  EXPECT_EQ(rate_text(spec), "0.25 * 0.5^t");
  EXPECT_EQ(minimize(spec).path.back().point.x, 1.125);  // then less a quarter
}

TEST(Minimize, NoStepsGiveTheStartAlone) {
  const Descent descent = minimize(function_from_name("beale"), {1, 1}, 0, with_rate(UpdateRule::kAdam, 0.1));
  ASSERT_EQ(descent.path.size(), 1u);
  EXPECT_EQ(descent.path[0].value, 14.203125);
  EXPECT_EQ(descent.path[0].learning_rate, 0);
}

TEST(Minimize, StopsWhereItDiverges) {
  for (const Function2& f : functions_of_two_variables()) {
    const Descent descent = minimize(f, f.start, 100'000, with_rate(UpdateRule::kSgd, 100));
    EXPECT_EQ(descent.outcome, DescentOutcome::kDiverged) << f.name;
    EXPECT_LT(descent.path.size(), 1000u) << f.name;
    for (const DescentStep& step : descent.path)
      ASSERT_TRUE(std::isfinite(step.value)) << f.name << step.step;
  }
}

TEST(Minimize, RefusesAStartWithoutAFiniteValue) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInf = std::numeric_limits<double>::infinity();
  for (const Point2 start : {Point2{kNaN, 0}, Point2{kInf, 0}, Point2{1e200, 0}, Point2{0, kNaN}}) {
    try {
      (void)minimize(function_from_name("rosenbrock"), start, 10, with_rate(UpdateRule::kSgd, 0.1));
      ADD_FAILURE() << "no error for " << start.x << ", " << start.y;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_THAT(error.what(), AllOf(HasSubstr("rosenbrock"), HasSubstr("expected finite numbers")));
    }
  }
}

}  // namespace
}  // namespace gradus
