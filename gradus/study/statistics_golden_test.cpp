// Statistics against SciPy; tools/make_statistics_golden.py makes the numbers.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "gradus/study/bootstrap.h"
#include "gradus/study/rank_tests.h"
#include "gradus/study/statistics.h"

namespace gradus::study {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Golden {
  std::string name;
  std::vector<double> values;
  double mean, standard_deviation, low, high, t_p, effect, hedges, positive_ranks, wilcoxon_p, sign_p;
  double percentile_low, percentile_high, bca_low, bca_high;  // 999 resamples, seed 7
};

// clang-format off
const std::vector<Golden> kGolden = {
    {"even", {0.012, 0.009, 0.015, 0.007, 0.011},
     0.010799999999999999, 0.00303315017762062, 0.0070338466233031225, 0.014566153376696875, 0.0013481709757698038, 3.5606545563372496, 2.840991296853867, 15.0, 0.0625, 0.0625, 0.008400000000000001, 0.013199999999999998, 0.0086, 0.0134},
    {"mixed", {0.4, -0.1, 0.25, 0.3, -0.05, 0.6, 0.15, 0.2},
     0.21875, 0.22825033249858429, 0.027927946662245573, 0.4095720533377544, 0.030168411622507694, 0.9583775743299598, 0.8512337481682286, 33.0, 0.0390625, 0.2890625, 0.08750000000000001, 0.35625, 0.0869484831589979, 0.35624999999999996},
    {"ties", {1.0, 2.0, 2.0, -1.0, 0.0, 3.0, -2.0, 2.0, 0.0, 4.0},
     1.1, 1.8529256146249728, -0.22550313467191274, 2.4255031346719127, 0.09320637160539956, 0.5936557794429526, 0.5425271112004516, 30.0, 0.125, 0.2890625, 0.0, 2.2, 0.0, 2.2},
    {"skew", {0.01, 0.02, 0.015, 0.9, 0.03, 0.022, 0.018},
     0.14500000000000002, 0.33298098043782226, -0.1629560440286938, 0.4529560440286938, 0.293100888297033, 0.4354603071002608, 0.3782524442368077, 28.0, 0.015625, 0.015625, 0.015857142857142858, 0.39814285714285713, 0.017571428571428575, 0.5234514760660121},
    {"two", {0.5, 0.75},
     0.625, 0.1767766952966369, -0.9632755920218368, 2.2132755920218368, 0.1256659163780024, 3.5355339059327373, kNaN, 3.0, 0.5, 0.5, 0.5, 0.75, 0.5, 0.75},
    {"maize", {49.0, -67.0, 8.0, 16.0, 6.0, 23.0, 28.0, 41.0, 14.0, 29.0, 56.0, 24.0, 75.0, 60.0, -48.0},
     20.933333333333334, 37.7443783262898, 0.031193318392979563, 41.83547334827369, 0.049702944021800866, 0.5546079777065185, 0.5242641159016376, 96.0, 0.041259765625, 0.00738525390625, 0.7900000000000048, 36.739999999999995, -1.0126041797917011, 35.53333333333333},
};
// clang-format on

void expect_close(double ours, double golden, const std::string& what) {
  if (std::isnan(golden)) return;
  EXPECT_LE(std::abs(ours - golden), 1e-10 * std::abs(golden) + 1e-14)
      << what << ": " << ours << " instead of " << golden;
}

TEST(StatisticsGolden, TheTTestIsSciPys) {
  for (const Golden& golden : kGolden) {
    const Summary summary = summarize(golden.values);
    const Interval interval = t_interval(summary, 0.95);
    expect_close(summary.mean, golden.mean, golden.name + ", mean");
    expect_close(summary.standard_deviation, golden.standard_deviation, golden.name + ", deviation");
    expect_close(interval.low, golden.low, golden.name + ", low end");
    expect_close(interval.high, golden.high, golden.name + ", high end");
    expect_close(2 * std::min(p_above(summary, 0), p_below(summary, 0)), golden.t_p, golden.name + ", p");
    expect_close(effect_size(summary), golden.effect, golden.name + ", effect");
    if (summary.n >= 3) expect_close(hedges_effect_size(summary), golden.hedges, golden.name + ", Hedges");
  }
}

TEST(StatisticsGolden, TheRankTestsAreSciPysOverEverySign) {
  for (const Golden& golden : kGolden) {
    const SignedRankTest test = wilcoxon_signed_rank(golden.values);
    EXPECT_TRUE(test.exact);
    EXPECT_EQ(test.positive_ranks, golden.positive_ranks) << golden.name;
    expect_close(test.p, golden.wilcoxon_p, golden.name + ", Wilcoxon");
    expect_close(sign_test(golden.values), golden.sign_p, golden.name + ", signs");
  }
}

TEST(StatisticsGolden, ManyDifferencesTakeTheNormalApproximation) {
  std::vector<double> many;
  many.reserve(60);
  for (int i = 0; i < 60; ++i) many.push_back(((7 * i) % 13 - 5) / 4.0);
  const SignedRankTest test = wilcoxon_signed_rank(many);
  EXPECT_FALSE(test.exact);
  expect_close(test.p, 0.08571341950794559, "p");
}

TEST(StatisticsGolden, BootstrapIntervalsAreSciPysToTheDraw) {
  const BootstrapOptions options{.resamples = 999, .seed = 7};
  for (const Golden& golden : kGolden) {
    const Interval percentile = percentile_bootstrap(golden.values, options);
    expect_close(percentile.low, golden.percentile_low, golden.name + ", percentile low");
    expect_close(percentile.high, golden.percentile_high, golden.name + ", percentile high");
    const Interval bca = bca_bootstrap(golden.values, options);
    expect_close(bca.low, golden.bca_low, golden.name + ", BCa low");
    expect_close(bca.high, golden.bca_high, golden.name + ", BCa high");
  }
}

TEST(StatisticsGolden, ThePowerIsThatOfTheNoncentralT) {
  struct Power {
    std::size_t n;
    double effect, significance, power;
  };
  for (const Power& golden : std::vector<Power>{{2, 1.0, 0.05, 0.09280915505633597},
                                                {5, 0.5, 0.05, 0.140516689990298},
                                                {5, 2.0, 0.05, 0.9088848681009402},
                                                {10, 1.0, 0.01, 0.5041067307017365},
                                                {34, 0.5, 0.05, 0.8077775012792738}}) {
    expect_close(t_test_power(golden.n, golden.effect, golden.significance), golden.power,
                 "n " + std::to_string(golden.n));
  }
}

TEST(StatisticsGolden, RequiredPairsAreTheFirstWithThatPower) {
  struct Pairs {
    double effect, significance, power;
    std::size_t n;
  };
  for (const Pairs& golden : std::vector<Pairs>{{0.2, 0.05, 0.8, 199},
                                                {0.5, 0.05, 0.8, 34},
                                                {0.8, 0.05, 0.8, 15},
                                                {1.0, 0.05, 0.9, 13},
                                                {3.0, 0.05, 0.8, 4},
                                                {0.5, 0.01, 0.8, 51}}) {
    EXPECT_EQ(required_pairs(golden.effect, golden.significance, golden.power, 1000), golden.n)
        << "effect " << golden.effect;
  }
}

}  // namespace
}  // namespace gradus::study
