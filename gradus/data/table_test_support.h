// Small tables written down in a test.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gradus/data/table.h"

namespace gradus::test {

inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

inline Column numbers(std::string name, std::vector<double> values) {
  Column column;
  column.name = std::move(name);
  column.missing =
      static_cast<std::size_t>(std::ranges::count_if(values, [](double value) { return std::isnan(value); }));
  column.numbers = std::move(values);
  return column;
}

inline Column booleans(std::string name, std::vector<double> values) {
  Column column = numbers(std::move(name), std::move(values));
  column.kind = ColumnKind::kBoolean;
  column.categories = {"False", "True"};
  return column;
}

// An empty text is missing.
inline Column categories(std::string name, const std::vector<std::string>& cells) {
  Column column;
  column.name = std::move(name);
  column.kind = ColumnKind::kCategory;
  std::set<std::string> present(cells.begin(), cells.end());
  present.erase("");
  column.categories.assign(present.begin(), present.end());
  std::vector<std::int32_t> codes;
  for (const std::string& cell : cells) {
    const auto place = std::ranges::find(column.categories, cell) - column.categories.begin();
    codes.push_back(cell.empty() ? -1 : static_cast<std::int32_t>(place));
    if (cell.empty()) ++column.missing;
  }
  column.codes = std::move(codes);
  return column;
}

// The code of one cell is another.
inline void set_code(Column& column, std::size_t row, std::int32_t code) {
  std::vector<std::int32_t> codes(column.codes.begin(), column.codes.end());
  codes.at(row) = code;
  column.codes = std::move(codes);
}

inline Table table_of(std::vector<Column> columns) {
  Table table;
  table.source = "test.csv";
  table.rows = std::max(columns.at(0).numbers.size(), columns.at(0).codes.size());
  table.columns = std::move(columns);
  return table;
}

// A dense block in front of the columns of a table.
template <class T>
Table with_block(Table table, std::size_t cols, std::vector<T> values) {
  auto block = std::make_shared<FeatureBlock>();
  block->prefix = "pixel";
  block->cols = cols;
  block->values = std::move(values);
  table.block = std::move(block);
  return table;
}

// The message of the gradus::Error that `call` throws; "no error" where it throws none.
template <class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace gradus::test
