// Cuts CSV text into records and cells (RFC 4180; lines may end in LF, CRLF or CR). Knows nothing of what
// cells mean.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace gradus {

// Cells are views into the text, blanks around unquoted ones left out; cells with escaped quotes are views
// into this reader.
class CsvRecords {
 public:
  CsvRecords(std::string_view text, char separator) : text_(text), separator_(separator) {}

  // The next record; blank lines are skipped. False at the end of the text, and where problem() says what is
  // wrong.
  [[nodiscard]] bool next(std::vector<std::string_view>& cells);

  // Of the record read last, from 1.
  [[nodiscard]] std::size_t line() const { return record_line_; }
  // "line 17: a quote that opens here is never closed; ..."; empty: none.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // Bytes of the text used so far.
  [[nodiscard]] std::size_t position() const { return at_; }
  // Goes on behind whole lines that somebody else has read.
  void skip(std::size_t bytes, std::size_t lines) {
    at_ += bytes;
    line_ += lines;
  }

 private:
  enum class End { kCell, kRecord, kProblem };

  [[nodiscard]] End read_cell(std::vector<std::string_view>& cells);
  [[nodiscard]] End read_quoted(std::vector<std::string_view>& cells);
  [[nodiscard]] End end_cell();
  void skip_line_end();
  [[nodiscard]] bool is_blank(char c) const { return c == ' ' || (c == '\t' && separator_ != '\t'); }

  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t record_line_ = 0;
  std::string problem_;
  std::deque<std::string> unescaped_;
};

}  // namespace gradus
