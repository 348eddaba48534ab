// Which columns are worth learning from. Internal to the room.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gradus/data/dataset.h"

namespace gradus::internal {

struct Choice {
  const Column* column = nullptr;
  std::string left_out;  // why: "repeats the target 'survived'"; empty: the column is an input
  bool warn = false;
};

// One for each column but the target, in their order. Judges by the training rows. `target` is the raw target
// column, `labels` its classes there (empty: regression). Throws Error(kBadConfiguration) for a column to
// ignore or keep that is not there.
[[nodiscard]] std::vector<Choice> choose_columns(const Table& table, const PreparationSpec& spec,
                                                 const Column& target, std::span<const std::uint32_t> rows,
                                                 std::span<const std::int32_t> labels);

}  // namespace gradus::internal
