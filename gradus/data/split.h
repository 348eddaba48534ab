// Which rows train, validate and test. Internal to the room.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gradus/core/random.h"
#include "gradus/data/dataset.h"

namespace gradus::internal {

struct Parts {
  std::vector<std::uint32_t> train;
  std::vector<std::uint32_t> validation;
  std::vector<std::uint32_t> test;
  bool stratified = false;
};

// What can be split: rows of the table in ascending order. The last `given_test_rows` of the table's rows
// never train.
struct SplitRows {
  std::size_t table_rows = 0;
  std::size_t given_test_rows = 0;
  std::vector<std::uint32_t> usable;
  // Class of each table row (of unusable ones: anything); empty: nothing to stratify by.
  std::vector<std::int32_t> labels;
};

// See prepare() for the rules. `generator` is touched only where an order has to be drawn.
// Throws Error(kBadConfiguration).
[[nodiscard]] Parts split_rows(SplitRows rows, const SplitSpec& spec, Generator& generator);

}  // namespace gradus::internal
