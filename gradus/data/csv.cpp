#include "gradus/data/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "gradus/core/files.h"
#include "gradus/data/csv_parser.h"

namespace gradus {
namespace {

// A column that only counts the rows: distinct whole numbers under a name that says so.
bool numbers_the_rows(const Column& column) {
  std::string name = column.name;
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const bool named = name == "id" || name == "index" || name.starts_with("unnamed: ");
  if (!named || column.kind != ColumnKind::kNumber || column.missing > 0 || column.numbers.size() < 2)
    return false;
  std::unordered_set<double> seen;
  return std::ranges::all_of(column.numbers,
                             [&](double x) { return x == std::floor(x) && seen.insert(x).second; });
}

}  // namespace

Table parse_csv(std::string_view text, const std::string& source) {
  Table table = CsvParser(source).parse(text, true);
  for (const Column& column : table.columns) {
    if (numbers_the_rows(column)) {
      table.notes.push_back(
          fmt::format("column {} seems to number the rows (distinct whole numbers)", column.name));
    }
  }
  return table;
}

Table read_csv(const std::filesystem::path& path) {
  return parse_csv(read_file(path), path.string());
}

}  // namespace gradus
