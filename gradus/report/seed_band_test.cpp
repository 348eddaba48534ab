#include "gradus/report/seed_band.h"

#include <gmock/gmock.h>

#include <cmath>

namespace gradus::report {
namespace {

using testing::ElementsAre;

const double kNan = std::nan("");

TEST(SeedBand, TakesMedianAndExtremesAtEachX) {
  const std::vector<Curve> runs = {{"a", {0, 1}, {1, 4}}, {"b", {0, 1}, {3, 2}}, {"c", {0, 1}, {2, 9}}};
  const Curve band = median_band("all", runs);
  EXPECT_EQ(band.name, "all");
  EXPECT_THAT(band.x, ElementsAre(0, 1));
  EXPECT_THAT(band.y, ElementsAre(2, 4));
  EXPECT_THAT(band.low, ElementsAre(1, 2));
  EXPECT_THAT(band.high, ElementsAre(3, 9));
}

TEST(SeedBand, ARunThatEndedOrDivergedIsMissingFromThereOn) {
  const std::vector<Curve> runs = {{"a", {0, 1, 2}, {1, 1, 1}}, {"b", {0, 1}, {3, 3}}, {"c", {0}, {kNan}}};
  const std::vector<SeedValues> seeds = values_by_x(runs);
  ASSERT_EQ(seeds.size(), 3u);
  EXPECT_THAT(seeds[0].values, ElementsAre(1, 3));
  EXPECT_THAT(seeds[1].values, ElementsAre(1, 3));
  EXPECT_THAT(seeds[2].values, ElementsAre(1));
  EXPECT_THAT(median_band("", runs).y, ElementsAre(2, 2, 1));
}

TEST(SeedBand, WhereNoRunHasAValueThereIsAGap) {
  const std::vector<Curve> runs = {{"a", {0, 1}, {kNan, 1}}};
  const Curve band = median_band("", runs);
  ASSERT_EQ(band.y.size(), 2u);
  EXPECT_TRUE(std::isnan(band.y[0])) << band.y[0];
  EXPECT_EQ(band.y[1], 1);
  EXPECT_TRUE(median_band("", {}).x.empty());
}

TEST(Smoothed, StartsAtTheFirstValueAndLeavesConstantsAlone) {
  EXPECT_THAT(smoothed(std::vector<double>{4, 4, 4}, 0.9), ElementsAre(4, 4, 4));
  const std::vector<double> s = smoothed(std::vector<double>{1, 0}, 0.5);
  EXPECT_DOUBLE_EQ(s[0], 1);
  EXPECT_DOUBLE_EQ(s[1], 1.0 / 3);  // (0.5 * 0.5 * 1 + 0.5 * 0) / (1 - 0.25)
}

TEST(Smoothed, NoWeightChangesNothingAndNonFiniteValuesStay) {
  EXPECT_THAT(smoothed(std::vector<double>{3, 1, 2}, 0), ElementsAre(3, 1, 2));
  const std::vector<double> s = smoothed(std::vector<double>{2, kNan, 2}, 0.9);
  EXPECT_TRUE(std::isnan(s[1]));
  EXPECT_DOUBLE_EQ(s[2], 2);
}

}  // namespace
}  // namespace gradus::report
