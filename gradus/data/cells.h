// One cell of a column, whatever the column's kind. Internal to the room.
#pragma once

#include <cmath>
#include <cstddef>
#include <string>

#include "gradus/data/table.h"

namespace gradus::internal {

[[nodiscard]] inline bool is_missing(const Column& column, std::size_t row) {
  return column.kind == ColumnKind::kCategory ? column.codes[row] < 0 : std::isnan(column.numbers[row]);
}

// The shortest text that reads back as the same number: "0", "2.5". Zero has no sign here.
[[nodiscard]] std::string number_text(double number);

// A cell that is not missing as people wrote it; numbers in their shortest form.
[[nodiscard]] std::string cell_text(const Column& column, std::size_t row);

// "number", "truth value", "category"
[[nodiscard]] const char* kind_text(ColumnKind kind);

}  // namespace gradus::internal
