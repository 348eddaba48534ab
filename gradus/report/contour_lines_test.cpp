#include "gradus/report/contour_lines.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace gradus::report {
namespace {

HeightGrid sampled(const std::function<double(double, double)>& f, double low, double high,
                   std::size_t points) {
  HeightGrid grid{low, high, low, high, points, points, {}};
  const double step = (high - low) / static_cast<double>(points - 1);
  for (std::size_t row = 0; row < points; ++row) {
    for (std::size_t column = 0; column < points; ++column) {
      grid.values.push_back(
          f(low + step * static_cast<double>(column), low + step * static_cast<double>(row)));
    }
  }
  return grid;
}

// Positive where the loop runs counter-clockwise.
double area(const std::vector<GridPoint>& loop) {
  double twice = 0;
  for (std::size_t i = 0; i < loop.size(); ++i) {
    const GridPoint& a = loop[i];
    const GridPoint& b = loop[(i + 1) % loop.size()];
    twice += a.x * b.y - b.x * a.y;
  }
  return twice / 2;
}

TEST(ContourLines, ALevelOfAConeIsACircle) {
  const HeightGrid cone = sampled([](double x, double y) { return -std::hypot(x, y); }, -2, 2, 101);
  const auto loops = region_borders(cone, -1);
  ASSERT_EQ(loops.size(), 1u);
  for (const GridPoint& p : loops[0]) EXPECT_NEAR(std::hypot(p.x, p.y), 1, 1e-3);
  EXPECT_NEAR(area(loops[0]), std::acos(-1.0), 2e-3);
}

TEST(ContourLines, RegionsThatReachTheEdgeRunAlongIt) {
  const HeightGrid slope = sampled([](double x, double) { return x; }, 0, 1, 5);
  const auto loops = region_borders(slope, 0.3);
  ASSERT_EQ(loops.size(), 1u);
  EXPECT_NEAR(area(loops[0]), 0.7, 1e-12);
}

TEST(ContourLines, AreasOfAllLevelsAddUpToTheVolume) {
  // By the layer-cake rule the area above a level, summed over levels, is the integral; here of x^2 + y^2 on
  // [-1, 1]^2.
  const HeightGrid bowl = sampled([](double x, double y) { return x * x + y * y; }, -1, 1, 81);
  constexpr int kLevels = 200;
  double volume = 0;
  for (int i = 0; i < kLevels; ++i) {
    for (const auto& loop : region_borders(bowl, 2 * (i + 0.5) / kLevels)) volume += area(loop) * 2 / kLevels;
  }
  EXPECT_NEAR(volume, 8.0 / 3, 2e-3);
}

TEST(ContourLines, ASaddleIsJoinedOrCutByItsMiddle) {
  const HeightGrid joined{0, 1, 0, 1, 2, 2, {1, 0.4, 0.4, 1}};
  EXPECT_EQ(region_borders(joined, 0.5).size(), 1u);
  const HeightGrid apart{0, 1, 0, 1, 2, 2, {1, -1, -1, 1}};
  EXPECT_EQ(region_borders(apart, 0.5).size(), 2u);
}

TEST(ContourLines, NothingAboveTheTopAndEverythingAboveTheBottom) {
  const HeightGrid flat{0, 2, 0, 1, 3, 3, std::vector<double>(9, 1.0)};
  EXPECT_TRUE(region_borders(flat, 2).empty());
  const auto all = region_borders(flat, 0);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_NEAR(area(all[0]), 2, 1e-12);
}

TEST(ContourLines, HeightsThatAreNotFiniteAreHoles) {
  HeightGrid grid{0, 2, 0, 2, 3, 3, std::vector<double>(9, 1.0)};
  grid.values[4] = std::nan("");
  double sum = 0;
  for (const auto& loop : region_borders(grid, 0.5)) {
    for (const GridPoint& p : loop) EXPECT_TRUE(std::isfinite(p.x) && std::isfinite(p.y));
    sum += area(loop);
  }
  EXPECT_LT(sum, 4);
}

TEST(Simplified, KeepsEndsAndCornersOnly) {
  const std::vector<GridPoint> corner = {{0, 0}, {1, 0.01}, {2, 0}, {2, 1}, {2, 2}};
  const auto result = simplified(corner, 0.1);
  ASSERT_EQ(result.size(), 3u);
  EXPECT_EQ(result[1].x, 2);
  EXPECT_EQ(result[1].y, 0);
}

TEST(Simplified, KeepsAClosedLoopOpenedUp) {
  const std::vector<GridPoint> square = {{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}};
  EXPECT_EQ(simplified(square, 0.1).size(), 5u);
}

}  // namespace
}  // namespace gradus::report
