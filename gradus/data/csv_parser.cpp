#include "gradus/data/csv_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/data/csv_blocks.h"
#include "gradus/data/csv_dialect.h"
#include "gradus/data/utf8.h"

namespace gradus {
namespace {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == text.npos;
}

std::size_t lines_before(std::string_view text, std::size_t position) {
  return static_cast<std::size_t>(std::ranges::count(text.substr(0, position), '\n'));
}

// Every column gets a name of its own; what was changed is said in `notes`.
std::vector<std::string> column_names(const std::vector<std::string_view>& fields, bool header,
                                      std::vector<std::string>& notes) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  std::map<std::string, int> counts;  // of equal names, the last number that was given
  if (!header) notes.push_back(fmt::format("no header: columns named x0..x{}", fields.size() - 1));
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!header) {
      names.push_back(fmt::format("x{}", i));
      continue;
    }
    const bool unnamed = fields[i].find_first_not_of(" \t") == std::string_view::npos;
    const std::string wanted = unnamed ? fmt::format("Unnamed: {}", i) : std::string(fields[i]);
    std::string name = wanted;
    if (!taken.insert(name).second) {
      int& count = counts.try_emplace(wanted, 1).first->second;
      do {
        name = fmt::format("{}_{}", wanted, ++count);
      } while (!taken.insert(name).second);
    }
    if (unnamed) {
      notes.push_back(fmt::format("column {} has no name: called '{}'", i + 1, name));
    } else if (name != wanted) {
      notes.push_back(fmt::format("column {} is a second '{}': called '{}'", i + 1, wanted, name));
    }
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

Table CsvParser::parse(std::string_view whole, bool last) {
  const std::string_view text = checked_text(whole);
  if (columns_.empty() && last && is_blank(text))
    fail("the file is empty; expected a table with a line per sample");
  Table table;
  table.source = source_;
  table.rows_before = rows_;
  if (separator_ == 0) {
    const std::string_view sample = first_lines(text, 1 + deciding_cells_);
    separator_ = detect_separator(sample);
    header_ = detect_header(sample, separator_);
    if (separator_ != ',') {
      table.notes.push_back(
          fmt::format("separator {}", separator_ == '\t' ? "tab" : std::string(1, separator_)));
    }
  }
  CsvRecords records(text, separator_, line_);  // columns look into it until they are finished
  read_rows(records, text, last, table);
  bytes_ += used_;
  used_ += whole.size() - text.size();

  rows_ += table.rows;
  if (last && rows_ == 0) {
    fail(fmt::format("it has a header ({} column{}) and no rows; expected a line per sample", columns_.size(),
                     columns_.size() == 1 ? "" : "s"));
  }
  if (table.rows == 0) return table;
  for (CsvColumn& column : columns_) {
    table.columns.push_back(raw_ ? column.finish_raw(table.notes) : column.finish(table.notes));
    column.start_next_part();
  }
  if (table.rows_before == 0 && columns_.size() == 1 && table.columns[0].kind != ColumnKind::kNumber) {
    fail("no line has more than one field; expected two or more columns separated by , ; tab or |");
  }
  return table;
}

// The text without its byte order mark, known to be UTF-8 without NUL bytes.
std::string_view CsvParser::checked_text(std::string_view text) const {
  constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";
  if (bytes_ == 0) {
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
      fail("it is UTF-16; expected UTF-8; save it again as CSV UTF-8");
    if (text.starts_with(kUtf8Mark)) text.remove_prefix(kUtf8Mark.size());
  }
  if (const std::size_t nul = text.find('\0'); nul != text.npos) {
    fail(fmt::format(
        "byte {} on line {} is NUL, so it is no text; expected CSV: a spreadsheet has to be saved as "
        "CSV, a compressed file unpacked",
        bytes_ + nul, line_ + lines_before(text, nul)));
  }
  if (const std::size_t bad = first_bad_utf8(text); bad < text.size()) {
    fail(fmt::format("line {} is not UTF-8 (byte {} is 0x{:02x}); save it again as CSV UTF-8",
                     line_ + lines_before(text, bad), bytes_ + bad, static_cast<unsigned char>(text[bad])));
  }
  return text;
}

// Columns out of the first record.
void CsvParser::begin_table(const std::vector<std::string_view>& cells, std::vector<std::string>& notes) {
  columns_.reserve(cells.size());
  for (std::string& name : column_names(cells, header_, notes)) {
    columns_.emplace_back(std::move(name), separator_ != ',', source_, deciding_cells_);
  }
}

void CsvParser::read_rows(CsvRecords& records, std::string_view text, bool last, Table& table) {
  std::vector<std::string_view> cells;
  const auto next = [&] {
    used_ = records.position();
    line_ = records.next_line();
    return records.next(cells);
  };
  bool more = next();
  if (more && columns_.empty()) {
    begin_table(cells, table.notes);
    if (header_) more = next();
  }
  CsvBlocks blocks(text, separator_, columns_);
  for (; more; more = next()) {
    check_width(records.line(), cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) columns_[i].add(cells[i], records.line());
    ++table.rows;
    table.rows += blocks.read_on(records, table.rows);
  }
  if (records.unclosed() && !last) return;
  if (!records.problem().empty()) fail(records.problem());
  used_ = records.position();
  line_ = records.next_line();
}

void CsvParser::check_width(std::size_t line, std::size_t fields) const {
  if (fields == columns_.size()) return;
  fail(fmt::format("line {} has {} field{}; {} has {}; check quotes and separators on that line", line,
                   fields, fields == 1 ? "" : "s", header_ ? "the header" : "the first line",
                   columns_.size()));
}

void CsvParser::fail(const std::string& what) const {
  throw Error(ErrorCode::kBadData, "reading " + source_ + ": " + what);
}

}  // namespace gradus
