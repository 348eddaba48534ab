#include "gradus/study/folds.h"

#include <fmt/format.h>

#include <algorithm>

#include "gradus/core/error.h"
#include "gradus/core/random.h"

namespace gradus::study {
namespace {

constexpr std::uint32_t kFoldStream = 0x666f6c64;  // of the seed: no run draws from it

}  // namespace

FoldSplit fold_split(std::span<const std::int32_t> labels, std::size_t folds, std::size_t fold,
                     std::uint64_t seed) {
  GRADUS_ASSERT(fold < folds, fold, folds);
  if (folds > labels.size()) {
    throw Error(ErrorCode::kBadConfiguration,
                fmt::format("splitting {} rows: got {} folds; expected at most one for each row",
                            labels.size(), folds));
  }
  std::vector<std::uint32_t> rows =
      Generator(GeneratorKind::kPcg64, seed, kFoldStream).permutation(labels.size());
  std::vector<std::uint32_t> by_class = rows;
  std::ranges::stable_sort(by_class, {}, [&](std::uint32_t row) { return labels[row]; });
  std::vector<bool> held(labels.size());
  FoldSplit split;
  for (std::size_t dealt = fold; dealt < by_class.size(); dealt += folds) {
    held[by_class[dealt]] = true;
    ++split.held_back;
  }
  std::stable_partition(rows.begin(), rows.end(), [&](std::uint32_t row) { return !held[row]; });
  split.order = std::move(rows);
  return split;
}

}  // namespace gradus::study
