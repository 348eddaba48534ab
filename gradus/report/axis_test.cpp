#include "gradus/report/axis.h"

#include <gmock/gmock.h>

#include <cmath>

namespace gradus::report {
namespace {

using testing::ElementsAre;

ValueRange range_of(std::vector<double> values, Scale scale = Scale::kLinear) {
  ValueRange range(scale);
  range.add(values);
  return range;
}

std::vector<std::string> labels(const Axis& axis, int most) {
  std::vector<std::string> result;
  for (const Tick& tick : axis_ticks(axis, most)) result.push_back(tick.label);
  return result;
}

TEST(Axis, TicksAreRoundAndLabelledAlike) {
  EXPECT_THAT(labels(rounded_axis(range_of({0.08, 0.61}), 5), 5),
              ElementsAre("0", "0.2", "0.4", "0.6", "0.8"));
  EXPECT_THAT(labels(rounded_axis(range_of({0.97, 0.998}), 4), 4),
              ElementsAre("0.97", "0.98", "0.99", "1.00"));
  EXPECT_THAT(labels({-5, 5}, 3), ElementsAre("-5", "0", "5"));
  EXPECT_THAT(labels({0, 3e9}, 4), ElementsAre("0", "1e9", "2e9", "3e9"));
  EXPECT_THAT(labels({0, 2e-7}, 3), ElementsAre("0", "1e-7", "2e-7"));
}

TEST(Axis, EpochsHaveNoTicksBetweenWholeNumbers) {
  EXPECT_THAT(labels(tight_axis(range_of({0, 1, 2})), 10), ElementsAre("0", "1", "2"));
  EXPECT_THAT(labels(tight_axis(range_of({7})), 10), ElementsAre("7"));
}

TEST(Axis, LogarithmicTicksArePowersOfTenWhereThereAreEnough) {
  const auto axis = [](double low, double high) { return Axis{low, high, Scale::kLogarithmic, false}; };
  EXPECT_THAT(labels(axis(1e-4, 1), 6), ElementsAre("0.0001", "0.001", "0.01", "0.1", "1"));
  EXPECT_THAT(labels(axis(1e-12, 1e12), 5), ElementsAre("1e-12", "1e-6", "1", "1e6", "1e12"));
  EXPECT_THAT(labels(axis(1e-12, 1e12), 2), ElementsAre("1e-12", "1e12"));
  EXPECT_THAT(labels(axis(0.1, 2), 5), ElementsAre("0.1", "0.2", "0.5", "1", "2"));
}

TEST(Axis, SkipsValuesThatHaveNoPlace) {
  const double nan = std::nan("");
  EXPECT_TRUE(range_of({nan, INFINITY, -INFINITY, 1e305}).empty());
  EXPECT_TRUE(range_of({nan, 0, -1}, Scale::kLogarithmic).empty());
  const Axis axis = tight_axis(range_of({nan, 2, INFINITY, 3}));
  EXPECT_EQ(axis.low, 2);
  EXPECT_EQ(axis.high, 3);
}

TEST(Axis, EveryRangeGivesTicksInsideInOrderAndNotTooMany) {
  const std::vector<std::vector<double>> cases = {{},
                                                  {0},
                                                  {0.5},
                                                  {-3},
                                                  {1e-320},
                                                  {1e300, -1e300},
                                                  {1e-12, 1e12},
                                                  {1, 1 + 1e-15},
                                                  {1e9, 1e9 + 1e-3},
                                                  {-1e-9, 1e-9},
                                                  {3, 1e6},
                                                  {1e-300, 1e300},
                                                  {0.1, 0.3},
                                                  {17, 4711}};
  for (const Scale scale : {Scale::kLinear, Scale::kLogarithmic}) {
    for (const auto& values : cases) {
      for (int most = 2; most < 12; ++most) {
        for (const Axis& axis :
             {tight_axis(range_of(values, scale)), rounded_axis(range_of(values, scale), most)}) {
          ASSERT_LT(axis.low, axis.high);
          const auto ticks = axis_ticks(axis, most);
          EXPECT_LE(static_cast<int>(ticks.size()), most) << axis.low << " to " << axis.high;
          for (std::size_t i = 0; i < ticks.size(); ++i) {
            EXPECT_GE(ticks[i].value, axis.low);
            EXPECT_LE(ticks[i].value, axis.high);
            EXPECT_TRUE(std::isfinite(axis.fraction(ticks[i].value)));
            EXPECT_TRUE(i == 0 || ticks[i - 1].value < ticks[i].value);
          }
        }
      }
    }
  }
}

TEST(Axis, FittingTicksLeaveTheGapBetweenLabels) {
  const Axis axis{0, 10000, Scale::kLinear, true};
  const auto width = [](std::string_view label) { return static_cast<double>(label.size()); };
  for (const double length : {20.0, 40.0, 80.0}) {
    const auto ticks = fitting_ticks(axis, length, 2, width);
    ASSERT_GE(ticks.size(), 2u);
    for (std::size_t i = 1; i < ticks.size(); ++i) {
      const double distance = (axis.fraction(ticks[i].value) - axis.fraction(ticks[i - 1].value)) * length;
      EXPECT_GE(distance, (width(ticks[i].label) + width(ticks[i - 1].label)) / 2 + 2) << length;
    }
  }
}

}  // namespace
}  // namespace gradus::report
