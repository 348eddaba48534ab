// The target column: which task it sets, its classes, and its cells as numbers. Internal to the room.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gradus/data/dataset.h"

namespace gradus::internal {

// The column of that name; of an empty name the table's default, else its last. Throws
// Error(kBadConfiguration).
[[nodiscard]] const Column& find_target(const Table& table, const std::string& name);

// Rows whose target is there. Throws Error(kBadData) where there is none.
[[nodiscard]] std::vector<std::uint32_t> rows_with_target(const Column& column, const Table& table);

// Task and classes from the target's cells in `rows`; mean and deviation stay 0 and 1.
// Throws Error(kBadConfiguration) where spec.task or spec.positive do not fit the column, Error(kBadData) for
// one class only.
[[nodiscard]] TargetCoding code_target(const Column& column, std::span<const std::uint32_t> rows,
                                       const PreparationSpec& spec);

// Class numbers of the target in `rows`. Throws Error(kBadData) for a label that is none of the known;
// `source` names the table.
[[nodiscard]] std::vector<std::int32_t> class_numbers(const TargetCoding& target, const Column& column,
                                                      std::span<const std::uint32_t> rows,
                                                      const std::string& source);

// (y - mean) / deviation of the target in `rows`. Throws Error(kBadData) where the column is no number.
[[nodiscard]] std::vector<double> coded_values(const TargetCoding& target, const Column& column,
                                               std::span<const std::uint32_t> rows,
                                               const std::string& source);

// "a, b, c, ... (12 in all)"
[[nodiscard]] std::string short_list(std::span<const std::string> names);

}  // namespace gradus::internal
