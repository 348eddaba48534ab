// Stratified cross-validation: which rows a fold holds back.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gradus::study {

struct FoldSplit {
  std::vector<std::uint32_t> order;  // every row once, the fold's last: SplitSpec::permutation
  std::size_t held_back = 0;         // so many at the end are the test part
};

// Rows in random order, each class dealt out to the folds in turn: classes differ by at most one row from fold to
// fold, and so do the folds. `labels` of a regression: all the same. All folds of a seed together hold back
// every row once. Throws Error(kBadConfiguration) for more folds than rows.
[[nodiscard]] FoldSplit fold_split(std::span<const std::int32_t> labels, std::size_t folds, std::size_t fold,
                                   std::uint64_t seed);

}  // namespace gradus::study
