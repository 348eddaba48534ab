// Properties of the statistics, and their edges.
#include "gradus/study/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/study/bootstrap.h"
#include "gradus/study/rank_tests.h"

namespace gradus::study {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const std::vector<double> kValues = {0.4, -0.1, 0.25, 0.3, -0.05, 0.6, 0.15, 0.2};

std::vector<double> mapped(std::vector<double> values, double factor, double shift) {
  for (double& value : values) value = factor * value + shift;
  return values;
}

TEST(Statistics, NoValueHasNoMeanAndOneNoDeviation) {
  EXPECT_TRUE(std::isnan(summarize({}).mean));
  const Summary one = summarize(std::vector<double>{3.5});
  EXPECT_EQ(one.mean, 3.5);
  EXPECT_TRUE(std::isnan(one.standard_deviation));
  EXPECT_THROW(static_cast<void>(t_interval(one, 0.95)), InternalError);
}

TEST(Statistics, TheIntervalMovesWithTheValues) {
  const Interval plain = t_interval(summarize(kValues), 0.95);
  const Interval moved = t_interval(summarize(mapped(kValues, -2, 5)), 0.95);
  EXPECT_NEAR(moved.low, -2 * plain.high + 5, 1e-12);
  EXPECT_NEAR(moved.high, -2 * plain.low + 5, 1e-12);
}

TEST(Statistics, TheIntervalEndsWhereThePValueIsItsTail) {
  const Summary summary = summarize(kValues);
  const Interval interval = t_interval(summary, 0.9);
  EXPECT_NEAR(p_above(summary, interval.low), 0.05, 1e-12);
  EXPECT_NEAR(p_below(summary, interval.high), 0.05, 1e-12);
}

TEST(Statistics, FoldsThatShareRowsWidenTheInterval) {
  const Summary folds = summarize(std::vector<double>{1, 2, 3, 4, 5}, 0.25);  // five folds
  EXPECT_NEAR(folds.standard_error, std::sqrt(2.5) * std::sqrt(0.2 + 0.25), 1e-15);
}

// The p-values are those of the usual worked example; adjusted by hand: 4 x 0.005, 3 x 0.01, 2 x 0.03, 0.06.
TEST(Statistics, HolmCorrectsFromTheSmallestUp) {
  EXPECT_THAT(holm(std::vector<double>{0.01, 0.04, 0.03, 0.005}),
              ElementsAre(DoubleNear(0.03, 1e-15), DoubleNear(0.06, 1e-15), DoubleNear(0.06, 1e-15),
                          DoubleNear(0.02, 1e-15)));
  EXPECT_THAT(holm(std::vector<double>{0.9, 0.8}), ElementsAre(1.0, 1.0));
  EXPECT_TRUE(holm({}).empty());
}

TEST(Statistics, HolmKeepsTheOrderAndNeverLowers) {
  const std::vector<double> p = {0.2, 0.001, 0.04, 0.04, 0.0005};
  const std::vector<double> adjusted = holm(p);
  for (std::size_t i = 0; i < p.size(); ++i) {
    EXPECT_GE(adjusted[i], p[i]);
    for (std::size_t j = 0; j < p.size(); ++j) {
      EXPECT_TRUE(p[i] > p[j] || adjusted[i] <= adjusted[j]) << i << " and " << j;
    }
  }
}

TEST(Statistics, PowerGrowsFromTheSignificanceToOne) {
  EXPECT_NEAR(t_test_power(8, 0, 0.05), 0.05, 1e-12);
  double before = 0;
  for (const double effect : {0.1, 0.5, 1.0, 2.0, 5.0, 100.0, 1e9}) {
    const double power = t_test_power(6, effect, 0.05);
    EXPECT_GE(power, before) << effect;
    before = power;
  }
  EXPECT_NEAR(before, 1, 1e-12);
}

TEST(Statistics, HugeEffectsKeepTheirPower) {
  // The noncentral t on both sides of the bound beyond which it is no longer summed up.
  const double root = std::sqrt(2.0);
  EXPECT_NEAR(t_test_power(2, 999.99 / root, 1e-4), t_test_power(2, 1000.01 / root, 1e-4), 1e-5);
  EXPECT_LT(t_test_power(2, 1000.01 / root, 1e-4), 0.13);
  EXPECT_EQ(t_test_power(2, kInfinity, 1e-4), 1);
}

TEST(Statistics, RequiredPairsEndAtTheLimit) {
  EXPECT_EQ(required_pairs(1e-6, 0.05, 0.8, 5000), 5001U);
  EXPECT_EQ(required_pairs(0, 0.05, 0.8, 100), 101U);
  EXPECT_EQ(required_pairs(1e6, 0.05, 0.8, 100), 2U);
}

TEST(Statistics, WilcoxonCountsEverySign) {
  // Five positive differences: 2 of the 32 ways are as uneven.
  EXPECT_EQ(wilcoxon_signed_rank(std::vector<double>{1, 2, 3, 4, 5}).p, 0.0625);
  EXPECT_EQ(wilcoxon_signed_rank(std::vector<double>{1, 2, 3, 4, 5, 6}).p, 0.03125);
  EXPECT_EQ(wilcoxon_signed_rank({}).p, 1);
  EXPECT_EQ(wilcoxon_signed_rank(std::vector<double>{0, 0}).n, 0U);
}

TEST(Statistics, WilcoxonTakesInfiniteDifferences) {
  const auto with = wilcoxon_signed_rank(std::vector<double>{1, -2, 3, kInfinity, kInfinity});
  const auto without = wilcoxon_signed_rank(std::vector<double>{1, -2, 3, 100, 100});
  EXPECT_EQ(with.p, without.p);
  EXPECT_EQ(with.positive_ranks, without.positive_ranks);
}

TEST(Statistics, RankTestsDoNotCareForSignAndScale) {
  const SignedRankTest plain = wilcoxon_signed_rank(kValues);
  const SignedRankTest mirrored = wilcoxon_signed_rank(mapped(kValues, -8, 0));
  EXPECT_EQ(plain.p, mirrored.p);
  EXPECT_EQ(plain.positive_ranks + mirrored.positive_ranks, 36);
  EXPECT_EQ(sign_test(kValues), sign_test(mapped(kValues, -8, 0)));
}

TEST(Statistics, TheExactTestMeetsTheApproximationAtFifty) {
  std::vector<double> values;
  for (int i = 1; i <= 51; ++i) values.push_back(i % 3 == 0 ? -i : i);
  const SignedRankTest approximate = wilcoxon_signed_rank(values);
  values.pop_back();
  const SignedRankTest exact = wilcoxon_signed_rank(values);
  EXPECT_TRUE(exact.exact);
  EXPECT_FALSE(approximate.exact);
  EXPECT_NEAR(exact.p, approximate.p, 0.05) << exact.p << " and " << approximate.p;
}

TEST(Statistics, TheSameSeedDrawsTheSameBootstrap) {
  const BootstrapOptions options{.resamples = 500, .seed = 3};
  EXPECT_EQ(bca_bootstrap(kValues, options), bca_bootstrap(kValues, options));
  EXPECT_NE(bca_bootstrap(kValues, options), bca_bootstrap(kValues, {.resamples = 500, .seed = 4}));
  EXPECT_THROW(static_cast<void>(bca_bootstrap(std::vector<double>{1, 1}, options)), InternalError);
}

TEST(Statistics, ABootstrapOfOneValueIsThatValue) {
  EXPECT_EQ(percentile_bootstrap(std::vector<double>{2.5}, {.resamples = 10}), (Interval{2.5, 2.5}));
}

}  // namespace
}  // namespace gradus::study
