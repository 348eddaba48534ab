#include "gradus/data/table.h"

#include <algorithm>

namespace gradus {

const Column* Table::find(std::string_view name) const {
  const auto found = std::ranges::find(columns, name, &Column::name);
  return found == columns.end() ? nullptr : &*found;
}

std::string Table::column_list() const {
  constexpr std::size_t kShown = 30;
  std::vector<std::string> names;
  if (block != nullptr && block->cols > 0) {
    const std::string first = block->prefix + "0";
    names.push_back(block->cols == 1 ? first
                                     : first + ".." + block->prefix + std::to_string(block->cols - 1));
  }
  for (const Column& column : columns) names.push_back(column.name);

  std::string list;
  for (std::size_t i = 0; i < std::min(kShown, names.size()); ++i) list += (i > 0 ? ", " : "") + names[i];
  if (names.size() > kShown) list += ", ... (" + std::to_string(names.size()) + " columns)";
  return list;
}

}  // namespace gradus
