#include "gradus/study/folds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "gradus/core/error.h"

namespace gradus::study {
namespace {

constexpr std::size_t kFolds = 5;

std::vector<std::int32_t> labels() {
  std::vector<std::int32_t> result;
  result.reserve(103);
  for (int row = 0; row < 103; ++row) result.push_back(row % 10 < 7 ? 0 : row % 10 < 9 ? 1 : 2);
  return result;
}

std::vector<std::uint32_t> held_back(const FoldSplit& split) {
  return {split.order.end() - static_cast<std::ptrdiff_t>(split.held_back), split.order.end()};
}

TEST(Folds, HoldEveryRowBackOnce) {
  std::multiset<std::uint32_t> rows;
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    const FoldSplit split = fold_split(labels(), kFolds, fold, 3);
    EXPECT_EQ(std::set<std::uint32_t>(split.order.begin(), split.order.end()).size(), 103U);
    for (const std::uint32_t row : held_back(split)) rows.insert(row);
  }
  EXPECT_EQ(rows.size(), 103U);
  EXPECT_EQ(std::set<std::uint32_t>(rows.begin(), rows.end()).size(), 103U);
}

TEST(Folds, HaveEveryClassInEqualNumber) {
  const std::vector<std::int32_t> classes = labels();
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    const FoldSplit split = fold_split(classes, kFolds, fold, 3);
    std::map<std::int32_t, std::size_t> counts;
    for (const std::uint32_t row : held_back(split)) ++counts[classes[row]];
    for (const auto& [label, count] : counts) {
      const auto rows = static_cast<std::size_t>(std::ranges::count(classes, label));
      EXPECT_GE(count, rows / kFolds) << "fold " << fold << ", class " << label;
      EXPECT_LE(count, rows / kFolds + 1) << "fold " << fold << ", class " << label;
    }
    EXPECT_GE(split.held_back, 103 / kFolds);
    EXPECT_LE(split.held_back, 103 / kFolds + 1);
  }
}

TEST(Folds, FollowTheSeed) {
  EXPECT_EQ(fold_split(labels(), kFolds, 1, 3).order, fold_split(labels(), kFolds, 1, 3).order);
  EXPECT_NE(fold_split(labels(), kFolds, 1, 3).order, fold_split(labels(), kFolds, 1, 4).order);
}

TEST(Folds, AreNoMoreThanRows) {
  const std::vector<std::int32_t> three = {0, 1, 0};
  EXPECT_THROW(static_cast<void>(fold_split(three, 4, 0, 0)), Error);
  EXPECT_EQ(fold_split(three, 3, 0, 0).held_back, 1U);
}

}  // namespace
}  // namespace gradus::study
