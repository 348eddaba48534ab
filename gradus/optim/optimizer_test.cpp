// What every optimizer must do, clipping, names and settings. Numbers: optimizer_golden_test.cpp.
#include "gradus/optim/optimizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/core/sum.h"

namespace gradus {
namespace {

using testing::AllOf;
using testing::HasSubstr;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

std::string error_message(const OptimizerSpec& spec) {
  try {
    spec.validate();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadConfiguration);
    return error.what();
  }
  return "";
}

// A block of parameters and gradients with its optimizer.
template <class T>
struct Fixture {
  Fixture(const OptimizerSpec& spec, std::vector<double> start)
      : parameters(start.size()), gradients(start.size()), optimizer(spec, start.size()) {
    for (std::size_t i = 0; i < start.size(); ++i) parameters[i] = static_cast<T>(start[i]);
  }

  void step(const std::vector<double>& gradient, double learning_rate) {
    for (std::size_t i = 0; i < gradient.size(); ++i) gradients[i] = static_cast<T>(gradient[i]);
    optimizer.step(parameters.span(), gradients.span(), learning_rate);
  }

  std::vector<T> values() const { return {parameters.data(), parameters.data() + parameters.size()}; }
  std::vector<T> clipped() const { return {gradients.data(), gradients.data() + gradients.size()}; }

  AlignedBuffer<T> parameters;
  AlignedBuffer<T> gradients;
  Optimizer<T> optimizer;
};

template <class T>
class EveryOptimizer : public testing::Test {
 public:
  static void for_each(void (*check)(OptimizerSpec)) {
    for (const std::string_view name : optimizer_names()) {
      SCOPED_TRACE(std::string(name));
      check(default_optimizer(optimizer_from_name(name)));
    }
  }
};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(EveryOptimizer, Precisions);

// Half the sum of curvature_i (w_i - i)^2.
template <class T>
std::vector<double> bowl_gradient(const AlignedBuffer<T>& w) {
  std::vector<double> gradient(w.size());
  for (std::size_t i = 0; i < w.size(); ++i) {
    const double position = static_cast<double>(i);
    gradient[i] = (1 + position / 8) * (static_cast<double>(w[i]) - position);
  }
  return gradient;
}

TYPED_TEST(EveryOptimizer, MinimisesAQuadratic) {
  this->for_each([](OptimizerSpec spec) {
    spec.weight_decay = 0;
    const double first_rate = spec.rule == UpdateRule::kAdagrad ? 2.0 : 0.2;
    Fixture<TypeParam> run(spec, std::vector<double>(11, 4.0));
    for (int t = 0; t < 1000; ++t) run.step(bowl_gradient(run.parameters), first_rate * std::pow(0.99, t));
    for (std::size_t i = 0; i < 11; ++i)
      EXPECT_NEAR(run.parameters[i], static_cast<double>(i), 1e-3) << "entry " << i;
  });
}

TYPED_TEST(EveryOptimizer, StartsWithNoMemorySoAZeroGradientMovesNothing) {
  this->for_each([](OptimizerSpec spec) {
    spec.weight_decay = 0;
    Fixture<TypeParam> run(spec, {1.5, -2, 0, 1e-30, 1e30});
    const std::vector<TypeParam> before = run.values();
    for (int t = 0; t < 5; ++t) run.step(std::vector<double>(5, 0.0), 0.5);
    EXPECT_EQ(run.values(), before);
  });
}

TYPED_TEST(EveryOptimizer, WithAZeroGradientWeightDecayPullsTowardsZero) {
  this->for_each([](OptimizerSpec spec) {
    spec.weight_decay = 0.1;
    Fixture<TypeParam> run(spec, {2, -2, 0});
    run.step({0, 0, 0}, 0.01);
    EXPECT_LT(run.parameters[0], 2);
    EXPECT_GT(run.parameters[0], 1);
    EXPECT_EQ(run.parameters[1], -run.parameters[0]);
    EXPECT_EQ(run.parameters[2], 0);
  });
}

TYPED_TEST(EveryOptimizer, GivesEqualBitsInEqualRuns) {
  this->for_each([](OptimizerSpec spec) {
    const auto run_once = [&] {
      Fixture<TypeParam> run(spec, std::vector<double>(37, 1.0));
      for (int t = 0; t < 20; ++t) run.step(bowl_gradient(run.parameters), 0.01);
      return run.values();
    };
    EXPECT_EQ(run_once(), run_once());
  });
}

TYPED_TEST(EveryOptimizer, TreatsTheEntriesOfABlockAlike) {
  this->for_each([](OptimizerSpec spec) {
    Fixture<TypeParam> run(spec, std::vector<double>(37, 0.75));
    for (int t = 0; t < 5; ++t) run.step(std::vector<double>(37, 0.3 * t - 0.5), 0.01);
    EXPECT_EQ(run.values(), std::vector<TypeParam>(37, run.parameters[0]));
    EXPECT_NE(run.parameters[0], TypeParam(0.75));
  });
}

TYPED_TEST(EveryOptimizer, CountsOneStepPerCall) {
  this->for_each([](OptimizerSpec spec) {
    Fixture<TypeParam> run(spec, {1, 2, 3});
    EXPECT_EQ(run.optimizer.steps(), 0u);
    run.step({1, 1, 1}, 0.1);
    run.step({1, 1, 1}, 0.1);
    EXPECT_EQ(run.optimizer.steps(), 2u);
    EXPECT_EQ(run.optimizer.spec(), spec);
  });
}

// Of gradients 2 and -1, from 0; the formula of OptimizerSpec written out.
TEST(Adam, MayAddEpsilonBeforeTheCorrection) {
  OptimizerSpec spec = default_optimizer(UpdateRule::kAdam);
  spec.epsilon = 0.25;
  spec.epsilon_before_correction = true;
  Fixture<double> run(spec, {0});
  double w = 0;
  double m = 0;
  double v = 0;
  for (int t = 1; t <= 2; ++t) {
    const double g = t == 1 ? 2 : -1;
    run.step({g}, 0.5);
    m = spec.beta1 * m + (1 - spec.beta1) * g;
    v = spec.beta2 * v + (1 - spec.beta2) * g * g;
    w -= 0.5 * std::sqrt(1 - std::pow(spec.beta2, t)) / (1 - std::pow(spec.beta1, t)) * m /
         (std::sqrt(v) + spec.epsilon);
    EXPECT_NEAR(run.parameters[0], w, 1e-15);
  }
}

TEST(Momentum, TheVelocityMayBeScaled) {
  OptimizerSpec spec = default_optimizer(UpdateRule::kMomentum);
  spec.momentum = 0.5;
  Fixture<double> run(spec, {0});
  run.step({1}, 1);  // velocity 1
  run.optimizer.scale_velocity(4);
  run.step({0}, 1);  // velocity 0.5 * 4
  EXPECT_EQ(run.parameters[0], -3);
}

OptimizerSpec plain_sgd() {
  return default_optimizer(UpdateRule::kSgd);
}

TEST(Clipping, ByValueHoldsEachEntryAndKeepsNaN) {
  OptimizerSpec spec = plain_sgd();
  spec.clip_value = 0.5;
  Fixture<double> run(spec, {0, 0, 0, 0, 0});
  run.step({2, -3, 0.25, kInf, kNaN}, 1);
  EXPECT_THAT(run.clipped(), testing::ElementsAre(0.5, -0.5, 0.25, 0.5, testing::IsNan()));
  EXPECT_THAT(run.values(), testing::ElementsAre(-0.5, 0.5, -0.25, -0.5, testing::IsNan()));
}

TEST(Clipping, ByNormScalesOnlyALongGradient) {
  OptimizerSpec spec = plain_sgd();
  spec.clip_norm = 2.5;
  Fixture<float> run(spec, {0, 0});
  EXPECT_TRUE(std::isnan(run.optimizer.gradient_norm()));
  run.step({3, 4}, 1);
  EXPECT_EQ(run.optimizer.gradient_norm(), 5);
  EXPECT_THAT(run.clipped(), testing::ElementsAre(1.5f, 2.0f));
  run.step({1.5, -2}, 1);
  EXPECT_EQ(run.optimizer.gradient_norm(), 2.5);
  EXPECT_THAT(run.clipped(), testing::ElementsAre(1.5f, -2.0f));
}

TEST(Clipping, ByValueComesBeforeByNorm) {
  OptimizerSpec spec = plain_sgd();
  spec.clip_value = 4;
  spec.clip_norm = 2.5;
  Fixture<double> run(spec, {0, 0});
  run.step({3, 100}, 1);
  EXPECT_EQ(run.optimizer.gradient_norm(), 5);
  EXPECT_THAT(run.clipped(), testing::ElementsAre(1.5, 2.0));
}

TEST(Clipping, TheNormIsTakenInDoubleInNumPysOrder) {
  OptimizerSpec spec = plain_sgd();
  spec.clip_norm = 1e9;
  std::vector<double> gradient(10'000);
  std::vector<double> squares(gradient.size());
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    gradient[i] = static_cast<float>(std::sin(static_cast<double>(i)) * 1e3);
    squares[i] = gradient[i] * gradient[i];
  }
  Fixture<float> run(spec, std::vector<double>(gradient.size(), 0.0));
  run.step(gradient, 1);
  EXPECT_EQ(run.optimizer.gradient_norm(), std::sqrt(numpy_sum(squares)));
}

TEST(Clipping, ANormThatIsNotFiniteHidesNothing) {
  OptimizerSpec spec = plain_sgd();
  spec.clip_norm = 1;
  Fixture<double> run(spec, {0, 0});
  run.step({kInf, 2}, 1);
  EXPECT_THAT(run.clipped(), testing::ElementsAre(kInf, 2));
  run.step({kNaN, 2}, 1);
  EXPECT_THAT(run.clipped(), testing::ElementsAre(testing::IsNan(), 2));
  run.step({3, 4}, 1);
  EXPECT_THAT(run.clipped(), testing::ElementsAre(testing::DoubleEq(0.6), testing::DoubleEq(0.8)));
}

TEST(OptimizerNames, RoundTripAndSuggestTheNearest) {
  EXPECT_THAT(optimizer_names(),
              testing::ElementsAre("sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adam", "adamw"));
  for (const std::string_view name : optimizer_names()) EXPECT_EQ(name_of(optimizer_from_name(name)), name);
  try {
    (void)optimizer_from_name("rmsporp");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadConfiguration);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("optimizer"), HasSubstr("did you mean 'rmsprop'?")));
  }
}

TEST(OptimizerDefaults, ArePyTorchs) {
  EXPECT_EQ(default_optimizer(UpdateRule::kAdam), OptimizerSpec());
  EXPECT_EQ(default_optimizer(UpdateRule::kAdagrad).epsilon, 1e-10);
  EXPECT_EQ(default_optimizer(UpdateRule::kRmsprop).learning_rate, 1e-2);
  EXPECT_EQ(default_optimizer(UpdateRule::kAdamw).weight_decay, 0.01);
  for (const std::string_view name : optimizer_names())
    default_optimizer(optimizer_from_name(name)).validate();
}

TEST(OptimizerDefaults, DifferFromRuleToRule) {
  for (const std::string_view name : optimizer_names()) {
    const bool adam = name == "adam";
    EXPECT_EQ(default_optimizer(optimizer_from_name(name)) == OptimizerSpec(), adam) << name;
  }
}

TEST(OptimizerSettings, AreRefusedWithFieldValueAndRange) {
  const struct {
    double OptimizerSpec::*field;
    const char* name;
    std::vector<double> bad;
    const char* range;
  } cases[] = {
      {&OptimizerSpec::learning_rate, "learning_rate", {0, -1, kInf, kNaN}, "a finite number above 0"},
      {&OptimizerSpec::momentum, "momentum", {-0.5, 1, kNaN}, "at least 0 and below 1"},
      {&OptimizerSpec::decay, "decay", {-0.5, 1, kNaN}, "at least 0 and below 1"},
      {&OptimizerSpec::beta1, "beta1", {-0.5, 1, kNaN}, "at least 0 and below 1"},
      {&OptimizerSpec::beta2, "beta2", {-0.5, 1, kNaN}, "at least 0 and below 1"},
      {&OptimizerSpec::epsilon, "epsilon", {0, -1e-8, kInf, kNaN}, "a finite number above 0"},
      {&OptimizerSpec::weight_decay, "weight_decay", {-0.1, kInf, kNaN}, "a finite number, 0 or more"},
      {&OptimizerSpec::clip_norm, "clip_norm", {-1, kInf, kNaN}, "a finite number, 0 or more"},
      {&OptimizerSpec::clip_value, "clip_value", {-1, kInf, kNaN}, "a finite number, 0 or more"},
  };
  for (const auto& c : cases) {
    for (const double value : c.bad) {
      OptimizerSpec spec;
      spec.*c.field = value;
      EXPECT_THAT(error_message(spec), AllOf(HasSubstr(std::string(c.name) + " is "), HasSubstr(c.range)))
          << c.name << " = " << value;
      EXPECT_THROW((Optimizer<float>(spec, 3)), Error);
    }
  }
  OptimizerSpec spec;
  spec.learning_rate = -0.5;
  EXPECT_EQ(error_message(spec),
            "checking the optimizer: learning_rate is -0.5; expected a finite number above 0");
}

TEST(OptimizerStep, ABlockOfAnotherSizeIsABug) {
  Optimizer<double> optimizer(plain_sgd(), 3);
  AlignedBuffer<double> three(3);
  AlignedBuffer<double> two(2);
  EXPECT_THROW(optimizer.step(two.span(), two.span(), 0.1), InternalError);
  EXPECT_THROW(optimizer.step(three.span(), two.span(), 0.1), InternalError);
}

// As after a run that has lasted for years: its corrections are long 1.
TEST(OptimizerStep, GoesOnAfterAnyNumberOfSteps) {
  constexpr std::uint64_t kMany = 1'000'000'000'000'000;
  OptimizerSpec spec;
  Optimizer<double> optimizer(spec, 1);
  optimizer.set_steps(kMany);
  EXPECT_EQ(optimizer.steps(), kMany);
  const UpdateCoefficients<double> c = optimizer.begin_step(0.25);
  EXPECT_EQ(optimizer.steps(), kMany + 1);
  EXPECT_EQ(c.step_size, 0.25);
  EXPECT_EQ(c.root_correction, 1);
  EXPECT_EQ(c.epsilon, spec.epsilon);
}

TEST(OptimizerStep, GoesOnAfterAFewStepsAsIfItHadTakenThem) {
  Optimizer<double> counted(OptimizerSpec(), 1);
  Optimizer<double> told(OptimizerSpec(), 1);
  for (int step = 0; step < 10; ++step) (void)counted.begin_step(0.25);
  told.set_steps(10);
  const UpdateCoefficients<double> a = counted.begin_step(0.25);
  const UpdateCoefficients<double> b = told.begin_step(0.25);
  EXPECT_EQ(a.step_size, b.step_size);
  EXPECT_EQ(a.root_correction, b.root_correction);
}

}  // namespace
}  // namespace gradus
