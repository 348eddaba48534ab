// From CSV text to a Table, in one go or part by part. What the first part decides stands for all: separator, header,
// and which columns hold numbers. Internal to the room: csv.h, csv_stream.h.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gradus/data/csv_columns.h"
#include "gradus/data/csv_records.h"
#include "gradus/data/table.h"

namespace gradus {

class CsvParser {
 public:
  // `source` stands in messages.
  // raw: texts stay texts (CsvColumn::finish_raw). deciding_cells: of a column, whether it holds numbers;
  // as many lines and a header decide how the file is written.
  explicit CsvParser(std::string source, bool raw = false,
                     std::size_t deciding_cells = CsvColumn::kDecidingCells)
      : source_(std::move(source)), raw_(raw), deciding_cells_(deciding_cells) {}

  // The rows of the records in `text`, which begins where the last call stopped using its own; unless it is the
  // `last` there is, it ends with a line, and a record that goes on behind it is left. No rows: it holds no whole one.
  // Throws as parse_csv() does.
  [[nodiscard]] Table parse(std::string_view text, bool last);
  // Bytes of that text that have been dealt with.
  [[nodiscard]] std::size_t used() const { return used_; }
  // Of the first byte that has not.
  [[nodiscard]] std::size_t line() const { return line_; }

 private:
  [[nodiscard]] std::string_view checked_text(std::string_view text) const;
  void begin_table(const std::vector<std::string_view>& cells, std::vector<std::string>& notes);
  void read_rows(CsvRecords& records, std::string_view text, bool last, Table& table);
  void check_width(std::size_t line, std::size_t fields) const;
  [[noreturn]] void fail(const std::string& what) const;

  std::string source_;
  bool raw_;
  std::size_t deciding_cells_;
  char separator_ = 0;  // until that and header_ are decided
  bool header_ = false;
  std::vector<CsvColumn> columns_;  // empty until the first record has been read
  std::size_t used_ = 0;
  std::size_t bytes_ = 0;  // before the text at hand
  std::size_t line_ = 1;
  std::size_t rows_ = 0;
};

}  // namespace gradus
