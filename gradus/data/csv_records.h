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
  // `line` is the number of the text's first line.
  CsvRecords(std::string_view text, char separator, std::size_t line = 1)
      : text_(text), separator_(separator), line_(line) {}

  // The next record; blank lines are skipped. False at the end of the text, and where problem() says what is
  // wrong.
  [[nodiscard]] bool next(std::vector<std::string_view>& cells);

  // Of the record read last, from 1.
  [[nodiscard]] std::size_t line() const { return record_line_; }
  // Of what comes next.
  [[nodiscard]] std::size_t next_line() const { return line_; }
  // "line 17: a quote that opens here is never closed; ..."; empty: none.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // The problem is that the text ends within quotes: more of it might mend that.
  [[nodiscard]] bool unclosed() const { return unclosed_; }
  // Bytes of the text used so far.
  [[nodiscard]] std::size_t position() const { return at_; }
  // Goes on behind whole lines that somebody else has read.
  void skip(std::size_t bytes, std::size_t lines) {
    at_ += bytes;
    line_ += lines;
  }

 private:
  enum class End { kCell, kRecord, kProblem };

  bool too_wide();
  [[nodiscard]] End read_cell(std::vector<std::string_view>& cells);
  [[nodiscard]] End read_quoted(std::vector<std::string_view>& cells);
  [[nodiscard]] End end_cell();
  void skip_line_end();
  [[nodiscard]] std::string_view unescaped(std::string_view cell);
  [[nodiscard]] bool is_blank(char c) const { return c == ' ' || (c == '\t' && separator_ != '\t'); }

  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  std::size_t line_;
  std::size_t record_line_ = 0;
  std::string problem_;
  bool unclosed_ = false;
  std::deque<std::string> unescaped_;  // blocks that never grow: cells look into them
};

}  // namespace gradus
