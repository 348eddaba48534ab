// Cells as text.
#include "gradus/data/cells.h"

#include <charconv>
#include <iterator>

namespace gradus::internal {

std::string number_text(double number) {
  char text[32];
  const auto end = std::to_chars(std::begin(text), std::end(text), number + 0.0).ptr;
  return {text, end};
}

std::string cell_text(const Column& column, std::size_t row) {
  if (column.kind == ColumnKind::kCategory)
    return column.categories[static_cast<std::size_t>(column.codes[row])];
  const double number = column.numbers[row];
  if (column.kind == ColumnKind::kBoolean && column.categories.size() == 2)
    return column.categories[number != 0 ? 1 : 0];
  return number_text(number);
}

const char* kind_text(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::kNumber:
      return "number";
    case ColumnKind::kBoolean:
      return "truth value";
    case ColumnKind::kCategory:
      return "category";
  }
  return "";
}

}  // namespace gradus::internal
