// Targets: CSV read whole and part by part. Where both take it they give the same rows.
#include <algorithm>
#include <cmath>
#include <optional>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/data/csv.h"
#include "gradus/data/csv_parser.h"
#include "gradus/data/csv_stream.h"
#include "tests/fuzz/target.h"

namespace gradus::fuzz {
namespace {

// Eight bytes for a number, four for a category, and the texts.
std::size_t bytes_of(const Table& table) {
  std::size_t size = 0;
  for (const Column& column : table.columns) {
    size += sizeof(Column) + column.name.size() + column.numbers.size() * sizeof(double) +
            column.codes.size() * sizeof(std::int32_t);
    for (const std::string& text : column.categories) size += sizeof(std::string) + text.size();
  }
  return size;
}

std::size_t read_csv_input(std::string_view input) {
  const Table table = parse_csv(input, "input.csv");
  for (const Column& column : table.columns) {
    const std::size_t rows =
        column.kind == ColumnKind::kCategory ? column.codes.size() : column.numbers.size();
    GRADUS_ASSERT(rows == table.rows, column.name, rows, table.rows);
  }
  return bytes_of(table);
}

// In short texts few lines decide which columns hold numbers: parts of a few lines are fuzzed faster than a thousand lines.
std::size_t deciding_lines(std::string_view input) {
  constexpr std::size_t kShort = 2000, kFew = 30;
  return input.size() <= kShort ? kFew : CsvColumn::kDecidingCells;
}

// Of all parts; nothing where the text is refused.
std::optional<std::size_t> streamed_rows(const std::filesystem::path& path, std::size_t deciding,
                                         std::size_t& bytes) {
  try {
    InputFile file(path);
    const std::size_t part_bytes = std::max<std::size_t>(64, file.size() / 64);  // many, whatever the length
    CsvStream stream(file, part_bytes, false, deciding);
    std::size_t rows = 0;
    for (Table part; stream.next(part);) {
      GRADUS_ASSERT(part.rows_before == rows, part.rows_before, rows);
      rows += part.rows;
      bytes = std::max(bytes, bytes_of(part));
    }
    return rows;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::size_t read_csv_stream_input(std::string_view input) {
  const std::filesystem::path path = file_of(input, "input.csv");
  std::size_t bytes = 0;
  const std::size_t deciding = deciding_lines(input);
  const std::optional<std::size_t> rows = streamed_rows(path, deciding, bytes);
  const Table whole = CsvParser(path.string(), false, deciding).parse(input, true);
  // A column that is empty for the lines that decide may be decided otherwise, and then be refused, part by part.
  GRADUS_ASSERT(rows.value_or(whole.rows) == whole.rows, *rows, whole.rows);
  return bytes + bytes_of(whole);
}

const Register kCsv("csv", read_csv_input);
const Register kCsvStream("csv_stream", read_csv_stream_input);

}  // namespace
}  // namespace gradus::fuzz
