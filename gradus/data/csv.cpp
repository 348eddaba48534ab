#include "gradus/data/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_set>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/data/csv_blocks.h"
#include "gradus/data/csv_columns.h"
#include "gradus/data/csv_dialect.h"
#include "gradus/data/csv_records.h"
#include "gradus/data/utf8.h"

namespace gradus {
namespace {

constexpr std::size_t kMaxColumns = 100'000;

[[noreturn]] void fail(const std::string& source, const std::string& what) {
  throw Error(ErrorCode::kBadData, "reading " + source + ": " + what);
}

std::size_t line_of(std::string_view text, std::size_t position) {
  return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, position), '\n'));
}

// The text without its byte order mark, known to be UTF-8 without NUL bytes.
std::string_view checked_text(std::string_view text, const std::string& source) {
  constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    fail(source, "it is UTF-16; expected UTF-8; save it again as CSV UTF-8");
  }
  if (text.starts_with(kUtf8Mark)) text.remove_prefix(kUtf8Mark.size());
  if (text.find_first_not_of(" \t\r\n") == text.npos) {
    fail(source, "the file is empty; expected a table with a line per sample");
  }
  if (const std::size_t nul = text.find('\0'); nul != text.npos) {
    fail(source, fmt::format("byte {} on line {} is NUL, so it is no text; expected CSV: a spreadsheet has "
                             "to be saved as CSV, "
                             "a compressed file unpacked",
                             nul, line_of(text, nul)));
  }
  if (const std::size_t bad = first_bad_utf8(text); bad < text.size()) {
    fail(source, fmt::format("line {} is not UTF-8 (byte {} is 0x{:02x}); save it again as CSV UTF-8",
                             line_of(text, bad), bad, static_cast<unsigned char>(text[bad])));
  }
  return text;
}

// Every column gets a name of its own; what was changed is said in `notes`.
std::vector<std::string> column_names(const std::vector<std::string_view>& fields, bool header,
                                      std::vector<std::string>& notes) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  if (!header) notes.push_back(fmt::format("no header: columns named x0..x{}", fields.size() - 1));
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!header) {
      names.push_back(fmt::format("x{}", i));
      continue;
    }
    const bool unnamed = fields[i].find_first_not_of(" \t") == std::string_view::npos;
    const std::string wanted = unnamed ? fmt::format("Unnamed: {}", i) : std::string(fields[i]);
    std::string name = wanted;
    for (int count = 2; !taken.insert(name).second; ++count) name = fmt::format("{}_{}", wanted, count);
    if (unnamed) {
      notes.push_back(fmt::format("column {} has no name: called '{}'", i + 1, name));
    } else if (name != wanted) {
      notes.push_back(fmt::format("column {} is a second '{}': called '{}'", i + 1, wanted, name));
    }
    names.push_back(std::move(name));
  }
  return names;
}

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

void check_single_column(const Table& table) {
  if (table.columns.size() > 1 || table.columns[0].kind == ColumnKind::kNumber) return;
  fail(table.source,
       "no line has more than one field; expected two or more columns separated by , ; tab or |");
}

void check_width(const std::string& source, std::size_t line, std::size_t fields, std::size_t expected,
                 bool header) {
  if (fields == expected) return;
  fail(source,
       fmt::format("line {} has {} field{}; {} has {}; check quotes and separators on that line", line,
                   fields, fields == 1 ? "" : "s", header ? "the header" : "the first line", expected));
}

}  // namespace

Table parse_csv(std::string_view whole, const std::string& source) {
  const std::string_view text = checked_text(whole, source);
  const char separator = detect_separator(text);
  const bool header = detect_header(text, separator);

  Table table;
  table.source = source;
  if (separator != ',') {
    table.notes.push_back(fmt::format("separator {}", separator == '\t' ? "tab" : std::string(1, separator)));
  }

  CsvRecords records(text, separator);
  std::vector<std::string_view> cells;
  bool more = records.next(cells);
  const std::size_t width = cells.size();
  if (more && width > kMaxColumns) {
    fail(source, fmt::format("line {} has {} fields; at most {} columns are read", records.line(), width,
                             kMaxColumns));
  }
  std::vector<CsvColumn> columns;
  if (more) {
    for (std::string& name : column_names(cells, header, table.notes)) {
      columns.emplace_back(std::move(name), separator != ',', source);
    }
    if (header) more = records.next(cells);
  }
  CsvBlocks blocks(text, separator, columns);
  for (; more; more = records.next(cells)) {
    check_width(source, records.line(), cells.size(), width, header);
    for (std::size_t i = 0; i < width; ++i) columns[i].add(cells[i], records.line());
    ++table.rows;
    table.rows += blocks.read_on(records, table.rows);
  }
  if (!records.problem().empty()) fail(source, records.problem());
  if (table.rows == 0) {
    fail(source, fmt::format("it has a header ({} column{}) and no rows; expected a line per sample", width,
                             width == 1 ? "" : "s"));
  }

  for (CsvColumn& column : columns) table.columns.push_back(column.finish(table.notes));
  check_single_column(table);
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
