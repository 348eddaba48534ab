#include "gradus/train/early_stopping.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace gradus {
namespace {

// Number of validations after which training stops; 0: never.
std::size_t stops_after(EarlyStopping stopping, const std::vector<double>& losses) {
  for (std::size_t i = 0; i < losses.size(); ++i) {
    if (stopping.observe(losses[i])) return i + 1;
  }
  return 0;
}

TEST(EarlyStopping, PatienceCountsFromTheLastProgress) {
  EXPECT_EQ(stops_after({StoppingRule::kPatience, 2, 0}, {5, 4, 3, 3.5, 3.4, 3.3}), 5u);
  EXPECT_EQ(stops_after({StoppingRule::kPatience, 2, 0}, {5, 5, 4, 4.5, 3.9, 3.95, 3.8}), 0u);
}

TEST(EarlyStopping, PatienceNoneNeverStops) {
  EXPECT_EQ(stops_after({StoppingRule::kPatience, 0, 0}, {1, 2, 3, 4, 5}), 0u);
}

TEST(EarlyStopping, SmallFallsAreNoProgressButStillTheBest) {
  EarlyStopping stopping(StoppingRule::kPatience, 2, 0.5);
  EXPECT_FALSE(stopping.observe(3.0));
  EXPECT_FALSE(stopping.observe(2.9));
  EXPECT_TRUE(stopping.improved());
  EXPECT_TRUE(stopping.observe(2.8));
  EXPECT_DOUBLE_EQ(stopping.best(), 2.8);
}

TEST(EarlyStopping, SlowFallsAddUpToProgress) {
  EXPECT_EQ(stops_after({StoppingRule::kPatience, 3, 0.5}, {3.0, 2.8, 2.6, 2.4, 2.2, 2.0, 1.8, 1.6}), 0u);
}

TEST(EarlyStopping, NaNIsNoProgress) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EarlyStopping stopping(StoppingRule::kPatience, 3, 0);
  EXPECT_FALSE(stopping.observe(1));
  EXPECT_FALSE(stopping.observe(nan));
  EXPECT_FALSE(stopping.improved());
  EXPECT_FALSE(stopping.observe(nan));
  EXPECT_TRUE(stopping.observe(nan));
}

// The reports' rule with n = 3: active as soon as 3 losses exist, then over the last 4.
TEST(EarlyStopping, OldestMinimumLooksAtTheWindow) {
  EXPECT_EQ(stops_after({StoppingRule::kOldestMinimum, 3, 0}, {1, 2, 3}), 3u);
  EXPECT_EQ(stops_after({StoppingRule::kOldestMinimum, 3, 0}, {3, 2, 1, 2, 2, 2}), 6u);
  EXPECT_EQ(stops_after({StoppingRule::kOldestMinimum, 3, 0}, {5, 4, 3, 2, 1}), 0u);
}

}  // namespace
}  // namespace gradus
