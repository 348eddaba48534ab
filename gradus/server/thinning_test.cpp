#include "gradus/server/thinning.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace gradus::server {
namespace {

TEST(Thinning, FewPointsStayAsTheyAre) {
  const std::vector<double> values = {3, 1, 2, 5};
  EXPECT_THAT(thinned(values, 4), testing::ElementsAre(0, 1, 2, 3));
  EXPECT_TRUE(thinned({}, 4).empty());
}

TEST(Thinning, KeepsEndsAndPeaks) {
  std::vector<double> values(100'000, 1.0);
  values[12'345] = 50;
  values[77'777] = -3;
  const std::vector<std::size_t> kept = thinned(values, 200);
  EXPECT_LE(kept.size(), 200u);
  EXPECT_TRUE(std::ranges::is_sorted(kept));
  EXPECT_EQ(std::ranges::adjacent_find(kept), kept.end());
  EXPECT_THAT(kept, testing::IsSupersetOf({0u, 12'345u, 77'777u, 99'999u}));
}

TEST(Thinning, WhatIsNotFiniteHidesNothing) {
  std::vector<double> values(1000, std::numeric_limits<double>::quiet_NaN());
  values[500] = 7;
  values[501] = std::numeric_limits<double>::infinity();
  const std::vector<std::size_t> kept = thinned(values, 10);
  EXPECT_LE(kept.size(), 10u);
  EXPECT_THAT(kept, testing::Contains(500));
}

}  // namespace
}  // namespace gradus::server
