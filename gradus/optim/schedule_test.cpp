// Schedules: numbers from the formulas in Python (tools/make_optimizer_golden.py), and what plateau promises.
#include "gradus/optim/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "gradus/core/error.h"

namespace gradus {
namespace {

using testing::AllOf;
using testing::HasSubstr;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

constexpr std::uint64_t kSteps = 12;
constexpr std::uint64_t kStepsPerEpoch = 3;

struct Golden {
  ScheduleKind kind;
  std::uint64_t warmup_steps;
  std::array<double, kSteps> factors;
};

// clang-format off
constexpr Golden kGolden[] = {
    {ScheduleKind::kConstant, 0,
     {1.0, 1.0, 1.0, 1.0,
      1.0, 1.0, 1.0, 1.0,
      1.0, 1.0, 1.0, 1.0}},
    {ScheduleKind::kExponential, 0,
     {1.0, 0.95, 0.9025, 0.8573749999999999,
      0.8145062499999999, 0.7737809374999998, 0.7350918906249998, 0.6983372960937497,
      0.6634204312890623, 0.6302494097246091, 0.5987369392383787, 0.5688000922764597}},
    {ScheduleKind::kExponentialEpoch, 0,
     {1.0, 1.0, 1.0, 0.95,
      0.95, 0.95, 0.9025, 0.9025,
      0.9025, 0.8573749999999999, 0.8573749999999999, 0.8573749999999999}},
    {ScheduleKind::kStep, 0,
     {1.0, 1.0, 1.0, 1.0,
      1.0, 1.0, 0.1, 0.1,
      0.1, 0.1, 0.1, 0.1}},
    {ScheduleKind::kInverse, 0,
     {1.0, 0.8458970107524513, 0.7377879464668811, 0.6572361810832017,
      0.5946035575013605, 0.5443310539518174, 0.5029733718731741, 0.46827446852752624,
      0.4386913376508308, 0.4131307098896385, 0.39079497139068015, 0.3710876911618321}},
    {ScheduleKind::kCosine, 0,
     {1.0, 0.9846666218300807, 0.9397114317029974, 0.8681980515339464,
      0.775, 0.6664685702961344, 0.55, 0.4335314297038657,
      0.3250000000000001, 0.23180194846605365, 0.16028856829700258, 0.11533337816991932}},
    {ScheduleKind::kExponential, 4,
     {0.25, 0.475, 0.676875, 0.8573749999999999,
      0.8145062499999999, 0.7737809374999998, 0.7350918906249998, 0.6983372960937497,
      0.6634204312890623, 0.6302494097246091, 0.5987369392383787, 0.5688000922764597}},
};
// clang-format on

ScheduleSpec spec_of(const Golden& golden) {
  ScheduleSpec spec;
  spec.kind = golden.kind;
  spec.warmup_steps = golden.warmup_steps;
  spec.every = 2;
  spec.rate = 0.25;
  spec.power = 0.75;
  spec.minimum = 0.1;
  return spec;
}

// tools/make_schedule_golden.py
struct OneCycleGolden {
  double rise;
  double start_divisor;
  double end_divisor;
  Annealing annealing;
  std::vector<double> factors;
};

// clang-format off
const std::vector<OneCycleGolden> kOneCycleGolden = {
    {0.3, 25.0, 10000.0, Annealing::kCosine, {0.040000000000000036, 0.52, 1.0, 0.9504846320134737, 0.8117456539497631, 0.6112620219362893, 0.38874197806371075, 0.18825834605023697, 0.049519367986526286, 4e-06}},
    {0.3, 25.0, 10000.0, Annealing::kLinear, {0.04, 0.4092307692307693, 0.7784615384615386, 0.9523811428571428, 0.833334, 0.7142868571428571, 0.5952397142857142, 0.4761925714285714, 0.3571454285714285, 0.2380982857142857, 0.11905114285714291, 4.000000000004e-06}},
    {0.5, 4.0, 100.0, Annealing::kCosine, {0.25, 0.5091186271093947, 0.9283813728906053, 0.9506082228663315, 0.6122323158107118, 0.19028446132295668, 0.0025}},
    {0.25, 10.0, 10.0, Annealing::kLinear, {0.1, 0.8200000000000001, 0.89, 0.7433333333333334, 0.5966666666666667, 0.44999999999999996, 0.30333333333333334, 0.15666666666666662, 0.010000000000000009}},
};
// clang-format on

TEST(Schedule, OneCycleIsPyTorchs) {
  for (const OneCycleGolden& golden : kOneCycleGolden) {
    ScheduleSpec spec;
    spec.kind = ScheduleKind::kOneCycle;
    spec.rise = golden.rise;
    spec.start_divisor = golden.start_divisor;
    spec.end_divisor = golden.end_divisor;
    spec.annealing = golden.annealing;
    Schedule schedule(spec, golden.factors.size());
    for (std::size_t step = 0; step < golden.factors.size(); ++step) {
      EXPECT_NEAR(schedule.factor(step, 0), golden.factors[step], 1e-14)
          << golden.factors.size() << " steps, step " << step;
    }
    EXPECT_NEAR(schedule.factor(golden.factors.size() + 5, 0), golden.factors.back(), 1e-14);
  }
}

TEST(Schedule, OneCycleIsFiniteForEveryNumberOfSteps) {
  ScheduleSpec spec;
  spec.kind = ScheduleKind::kOneCycle;
  for (const double rise : {0.0, 0.3, 1.0}) {
    spec.rise = rise;
    for (std::uint64_t total = 1; total < 8; ++total) {
      Schedule schedule(spec, total);
      for (std::uint64_t step = 0; step < total; ++step) {
        const double factor = schedule.factor(step, 0);
        EXPECT_TRUE(factor >= 4e-6 * (1 - 1e-9) && factor <= 1)
            << rise << ", " << total << ", " << step << ": " << factor;
      }
    }
  }
}

TEST(Schedule, FactorsAreTheFormulas) {
  for (const Golden& golden : kGolden) {
    Schedule schedule(spec_of(golden), kSteps);
    for (std::uint64_t s = 0; s < kSteps; ++s) {
      EXPECT_NEAR(schedule.factor(s, s / kStepsPerEpoch), golden.factors[s], 1e-14 * golden.factors[s])
          << name_of(golden.kind) << ", warm-up " << golden.warmup_steps << ", step " << s;
    }
  }
}

TEST(Schedule, FactorsDoNotDependOnWhatWasAskedBefore) {
  for (const Golden& golden : kGolden) {
    Schedule in_order(spec_of(golden), kSteps);
    Schedule backwards(spec_of(golden), kSteps);
    std::array<double, kSteps> factors{};
    for (std::uint64_t s = 0; s < kSteps; ++s) factors[s] = in_order.factor(s, s / kStepsPerEpoch);
    for (std::uint64_t s = kSteps; s-- > 0;) {
      EXPECT_EQ(backwards.factor(s, s / kStepsPerEpoch), factors[s])
          << name_of(golden.kind) << ", step " << s;
    }
  }
}

TEST(Schedule, CosineStaysAtItsMinimumAfterTheLastStep) {
  ScheduleSpec spec;
  spec.kind = ScheduleKind::kCosine;
  spec.minimum = 0.25;
  EXPECT_DOUBLE_EQ(Schedule(spec, 10).factor(10, 0), 0.25);
  EXPECT_DOUBLE_EQ(Schedule(spec, 10).factor(1000, 0), 0.25);
  EXPECT_DOUBLE_EQ(Schedule(spec, 0).factor(0, 0), 0.25);
}

TEST(Schedule, ACycleTooShortToRiseBeginsAtItsPeak) {
  ScheduleSpec spec;
  spec.kind = ScheduleKind::kOneCycle;
  spec.rise = 0.3;
  EXPECT_EQ(Schedule(spec, 3).factor(0, 0), 1);  // three tenths of three steps are none
  EXPECT_LT(Schedule(spec, 3).factor(1, 0), 1);
}

// The factor after each of the losses.
std::vector<double> plateau_factors(const ScheduleSpec& spec, const std::vector<double>& losses) {
  Schedule schedule(spec, 0);
  std::vector<double> factors;
  for (const double loss : losses) {
    schedule.epoch_ended(loss);
    factors.push_back(schedule.factor(0, 0));
  }
  return factors;
}

ScheduleSpec plateau(std::uint64_t patience) {
  ScheduleSpec spec;
  spec.kind = ScheduleKind::kPlateau;
  spec.factor = 0.5;
  spec.patience = patience;
  return spec;
}

// start * ratio^epoch
std::vector<double> falling(std::size_t epochs, double ratio) {
  std::vector<double> losses(epochs, 1.0);
  for (std::size_t e = 1; e < epochs; ++e) losses[e] = losses[e - 1] * ratio;
  return losses;
}

TEST(Plateau, CutsAfterPatienceEpochsWithoutFall) {
  EXPECT_THAT(plateau_factors(plateau(3), std::vector<double>(10, 1.0)),
              testing::ElementsAre(1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25));
}

TEST(Plateau, StopsAtItsMinimum) {
  ScheduleSpec spec = plateau(1);
  spec.minimum = 0.2;
  EXPECT_THAT(plateau_factors(spec, std::vector<double>(6, 1.0)),
              testing::ElementsAre(1, 1, 1, 0.5, 0.25, 0.2));
}

TEST(Plateau, NeverCutsWhileTheLossFalls) {
  for (const std::uint64_t patience : {1u, 2u, 10u}) {
    EXPECT_EQ(plateau_factors(plateau(patience), falling(200, 0.99)).back(), 1) << "patience " << patience;
  }
}

TEST(Plateau, CutsWhileTheLossFallsByLessThanMinDelta) {
  EXPECT_LT(plateau_factors(plateau(5), falling(100, 1 - 1e-5)).back(), 0.1);
}

// min_delta is a share of the loss, whatever its size and sign.
TEST(Plateau, CutsWhereAFallIsASmallShareOfTheLoss) {
  ScheduleSpec spec = plateau(5);
  spec.min_delta = 0.01;
  for (const double first : {100.0, -100.0}) {
    std::vector<double> slow;
    std::vector<double> fast;
    for (int e = 0; e < 12; ++e) {
      slow.push_back(first - 0.01 * e);
      fast.push_back(first - 20.0 * e);
    }
    EXPECT_LT(plateau_factors(spec, slow).back(), 1) << first;
    EXPECT_EQ(plateau_factors(spec, fast).back(), 1) << first;
  }
}
TEST(Plateau, CutsOnANoisyPlateau) {
  std::vector<double> losses;
  for (int e = 0; e < 100; ++e) losses.push_back(1 + 0.1 * std::sin(5.0 * e));
  EXPECT_LT(plateau_factors(plateau(10), losses).back(), 0.2);
}

TEST(Plateau, OneLuckyEpochDoesNotStarveTheRate) {
  for (const std::uint64_t patience : {2u, 3u, 10u}) {
    for (std::size_t lucky = 0; lucky < 60; ++lucky) {
      std::vector<double> losses = falling(100, 0.98);
      losses[lucky] *= 0.01;
      const double factor = plateau_factors(plateau(patience), losses).back();
      EXPECT_EQ(factor, 1) << "patience " << patience << ", lucky epoch " << lucky;
    }
  }
}

TEST(Plateau, AfterALongLuckyStretchThereIsAtMostOneCutInPatienceEpochs) {
  std::vector<double> losses = falling(100, 0.98);
  for (std::size_t e = 30; e < 34; ++e) losses[e] *= 0.01;
  const std::vector<double> factors = plateau_factors(plateau(10), losses);
  EXPECT_EQ(factors.back(), 0.5) << testing::PrintToString(factors);
}

TEST(Plateau, SeesPastOneUnluckyEpochAndLossesThatAreNotFinite) {
  std::vector<double> losses = falling(50, 0.98);
  losses[20] = 1e6;
  losses[30] = kNaN;
  losses[40] = kInf;
  EXPECT_EQ(plateau_factors(plateau(3), losses).back(), 1);
}

TEST(Plateau, OtherSchedulesDoNotLookAtLosses) {
  Schedule schedule(ScheduleSpec{}, 10);
  for (int e = 0; e < 100; ++e) schedule.epoch_ended(1);
  EXPECT_EQ(schedule.factor(0, 0), 1);
}

TEST(ScheduleNames, RoundTripAndSuggestTheNearest) {
  EXPECT_THAT(schedule_names(), testing::ElementsAre("constant", "exponential", "exponential_epoch", "step",
                                                     "inverse", "cosine", "plateau", "one_cycle"));
  for (const std::string_view name : schedule_names()) EXPECT_EQ(name_of(schedule_from_name(name)), name);
  try {
    (void)schedule_from_name("cosinus");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadConfiguration);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("schedule"), HasSubstr("did you mean 'cosine'?")));
  }
}

std::string error_message(const ScheduleSpec& spec) {
  try {
    spec.validate();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadConfiguration);
    return error.what();
  }
  return "";
}

TEST(ScheduleSettings, AreRefusedWithFieldValueAndRange) {
  const struct {
    double ScheduleSpec::*field;
    const char* name;
    std::vector<double> bad;
    const char* range;
  } cases[] = {
      {&ScheduleSpec::decay, "decay", {0, -1, 1.5, kNaN}, "above 0, at most 1"},
      {&ScheduleSpec::factor, "factor", {0, -1, 1.5, kNaN}, "above 0, at most 1"},
      {&ScheduleSpec::rate, "rate", {-1, kInf, kNaN}, "a finite number, 0 or more"},
      {&ScheduleSpec::power, "power", {-1, kInf, kNaN}, "a finite number, 0 or more"},
      {&ScheduleSpec::minimum, "minimum", {-0.1, 1.1, kNaN}, "from 0 to 1"},
      {&ScheduleSpec::smoothing, "smoothing", {-0.1, 1, kNaN}, "at least 0 and below 1"},
      {&ScheduleSpec::min_delta, "min_delta", {-0.1, 1, kNaN}, "at least 0 and below 1"},
  };
  for (const auto& c : cases) {
    for (const double value : c.bad) {
      ScheduleSpec spec;
      spec.*c.field = value;
      EXPECT_THAT(error_message(spec), AllOf(HasSubstr(std::string(c.name) + " is "), HasSubstr(c.range)))
          << c.name << " = " << value;
      EXPECT_THROW(Schedule(spec, 1), Error);
    }
  }
  ScheduleSpec spec;
  spec.every = 0;
  EXPECT_EQ(error_message(spec), "checking the schedule: every is 0; expected at least 1");
  spec = {};
  spec.patience = 0;
  EXPECT_EQ(error_message(spec), "checking the schedule: patience is 0; expected at least 1");
}

}  // namespace
}  // namespace gradus
