// Makes one typed column out of the cells of a CSV file: its first cells decide whether it holds numbers or
// text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gradus/data/table.h"

namespace gradus {

struct CsvCell {
  enum class Sort { kNumber, kInfinite, kMissing, kText } sort = Sort::kText;
  double number = 0;
  bool comma = false;  // it is written 1,5
};

// "3", "+3", "1e5", ".5"; with decimal_comma also "1,5". An infinite one may be written inf or be too large.
[[nodiscard]] CsvCell parse_cell(std::string_view cell, bool decimal_comma);
[[nodiscard]] bool looks_like_number(std::string_view cell, bool decimal_comma);
// What different texts, in the order of their first cells, are as a column: yes and no, or categories.
struct TextCoding {
  ColumnKind kind = ColumnKind::kCategory;
  std::vector<std::string> categories;  // as Column has them
  std::vector<std::int32_t> values;     // of each of the texts: its place among the categories, or 0 and 1
};
[[nodiscard]] TextCoding code_texts(std::span<const std::string_view> texts);

// Empty, ?, NA, N/A, nan, null, in any case.
[[nodiscard]] bool is_missing_cell(std::string_view cell);

class CsvColumn {
 public:
  // `source` is the file, for messages; so many cells decide.
  static constexpr std::size_t kDecidingCells = 1000;
  CsvColumn(std::string name, bool decimal_comma, std::string source,
            std::size_t deciding_cells = kDecidingCells);

  // Throws Error(kBadData) for text or infinity in a column of numbers. The cell's text outlives the builder.
  void add(std::string_view cell, std::size_t line);

  // For cells that are read many at once (csv_blocks.h), from when the first ones have decided.
  [[nodiscard]] bool decided() const { return state_ != State::kUndecided; }
  [[nodiscard]] bool holds_text() const { return state_ == State::kText; }
  // May a number have a decimal point without add() looking at it?
  [[nodiscard]] bool takes_points() const { return !decimal_comma_ || point_line_ > 0; }
  // A number or NaN for a missing one; false where add() has to look at the cell.
  [[nodiscard]] bool parse_plain(std::string_view cell, double& number) const;
  void add_numbers(std::span<const double> numbers);
  void add_texts(std::span<const std::string_view> cells);
  // Room for so many rows in all.
  void reserve(std::size_t rows);

  // The whole column. What a reader should know of it is added to `notes`.
  [[nodiscard]] Column finish(std::vector<std::string>& notes);
  // The same, but texts stay texts: categories in the order of their first cells, for somebody who knows of more cells.
  [[nodiscard]] Column finish_raw(std::vector<std::string>& notes);
  // Goes on, behind finish(), with a column of further cells; what the first ones have decided stands.
  void start_next_part();

 private:
  enum class State { kUndecided, kNumbers, kText };
  struct Held {
    std::size_t row;
    std::size_t line;
    std::string_view text;
    CsvCell cell;
  };

  void decide();
  void add_text(std::string_view text);
  void add_number(const CsvCell& cell, std::string_view text, std::size_t line);
  void check_decimal_sign(const CsvCell& cell, std::string_view text, std::size_t line);
  [[nodiscard]] std::int32_t code_of(std::string_view text);
  [[nodiscard]] Column finish_text();
  [[nodiscard]] Column finish_as(bool raw, std::vector<std::string>& notes);
  void note_text(std::vector<std::string>& notes) const;
  [[noreturn]] void fail(std::string_view text, std::size_t line, const std::string& what) const;

  std::string name_;
  bool decimal_comma_;
  std::string source_;
  std::size_t deciding_cells_;
  State state_ = State::kUndecided;
  std::size_t rows_ = 0;
  std::size_t missing_ = 0;
  std::vector<Held> held_;  // the first cells that are not missing, until they have decided
  std::vector<double> numbers_;
  std::vector<std::int32_t> codes_;
  std::vector<std::string_view> categories_;  // in the order of their first cells
  std::unordered_map<std::string_view, std::int32_t> code_of_category_;

  // For messages and notes: an example of each sort among the deciding cells.
  struct Example {
    std::string text;
    std::size_t line = 0;
  };
  Example number_example_;
  Example text_example_;
  std::size_t held_numbers_ = 0;
  std::size_t held_cells_ = 0;
  std::size_t point_line_ = 0;  // first line with a decimal point, with a decimal comma; 0: none
  std::size_t comma_line_ = 0;
};

}  // namespace gradus
