// A column at a glance: how many different values, where they lie, how often each is there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "gradus/data/table.h"

namespace gradus {

// Missing cells count for nothing here; Column::missing has their number.
struct ColumnProfile {
  static constexpr std::size_t kMostDistinct = 1000;
  static constexpr std::size_t kMostCounts = 20;
  static constexpr std::size_t kBins = 20;

  std::size_t distinct = 0;  // counted as far as kMostDistinct
  // Of numbers, and of truth values as 0 and 1; NaN where there is no value.
  double mean = std::numeric_limits<double>::quiet_NaN();
  double deviation = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::uint64_t> histogram;  // of numbers: in kBins equal bins from low to high
  // The most frequent values, the largest count first; of numbers only where there are at most kMostCounts different ones.
  std::vector<std::pair<std::string, std::size_t>> counts;
};

[[nodiscard]] ColumnProfile profile(const Column& column);

}  // namespace gradus
