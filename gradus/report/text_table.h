// Tables for a terminal: upper-case headers, two blanks between columns, no lines. Over-long cells end in an
// ellipsis.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace gradus::report {

enum class Align { kLeft, kRight };

struct Column {
  std::string header;
  Align align = Align::kLeft;  // numbers stand right
  int min_width = 0;           // for tables printed line by line: wide enough for what will come
};

// A table known as a whole.
class TextTable {
 public:
  explicit TextTable(std::vector<Column> columns);

  // One cell for each column.
  void add_row(std::vector<std::string> cells);

  // Every line ends in a newline and takes at most `width` columns; 0 sets no limit. Text columns give way
  // first, the widest before the others.
  [[nodiscard]] std::string render(int width = 0) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// A table that grows while a run goes on: each column is as wide as its header or min_width. Lines end in a
// newline.
[[nodiscard]] std::string header_line(std::span<const Column> columns);
[[nodiscard]] std::string row_line(std::span<const Column> columns, std::span<const std::string> cells);

}  // namespace gradus::report
