#include "gradus/report/text_table.h"

#include <algorithm>
#include <numeric>

#include "gradus/core/error.h"
#include "gradus/report/display_text.h"

namespace gradus::report {

namespace {

constexpr int kGap = 2;

std::string upper_case(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::vector<std::string> headers(std::span<const Column> columns) {
  std::vector<std::string> result;
  for (const Column& column : columns) result.push_back(upper_case(column.header));
  return result;
}

std::string line(std::span<const Column> columns, std::span<const int> widths,
                 std::span<const std::string> cells) {
  std::string result;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) result += repeat(" ", kGap);
    result +=
        columns[i].align == Align::kLeft ? pad_right(cells[i], widths[i]) : pad_left(cells[i], widths[i]);
  }
  result.erase(result.find_last_not_of(' ') + 1);
  return result;
}

std::vector<int> fixed_widths(std::span<const Column> columns) {
  std::vector<int> widths;
  for (const Column& column : columns)
    widths.push_back(std::max(column.min_width, display_width(column.header)));
  return widths;
}

// The column that can best give up one place: the widest text column that stays readable, else the widest of
// all.
std::size_t yielding_column(std::span<const Column> columns, std::span<const int> widths) {
  constexpr int kReadable = 8;
  const auto yields = [&](std::size_t i) {
    return columns[i].align == Align::kLeft && widths[i] > kReadable ? 1000 + widths[i] : widths[i];
  };
  std::size_t best = 0;
  for (std::size_t i = 1; i < widths.size(); ++i) {
    if (yields(i) > yields(best)) best = i;
  }
  return best;
}

void shrink_to(int width, std::span<const Column> columns, std::span<int> widths) {
  int total = std::accumulate(widths.begin(), widths.end(), kGap * (static_cast<int>(widths.size()) - 1));
  while (total > width) {
    int& yielding = widths[yielding_column(columns, widths)];
    if (yielding <= 1) return;
    --yielding;
    --total;
  }
}

}  // namespace

TextTable::TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

void TextTable::add_row(std::vector<std::string> cells) {
  GRADUS_ASSERT(cells.size() == columns_.size(), cells.size(), columns_.size());
  rows_.push_back(std::move(cells));
}

std::string TextTable::render(int width) const {
  std::vector<int> widths = fixed_widths(columns_);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  if (width > 0) shrink_to(width, columns_, widths);
  const auto finished = [&](const std::string& text) {
    return (width > 0 ? shorten(text, width) : text) + "\n";
  };
  std::string result = finished(line(columns_, widths, headers(columns_)));
  for (const auto& row : rows_) result += finished(line(columns_, widths, row));
  return result;
}

std::string header_line(std::span<const Column> columns) {
  return line(columns, fixed_widths(columns), headers(columns)) + "\n";
}

std::string row_line(std::span<const Column> columns, std::span<const std::string> cells) {
  GRADUS_ASSERT(cells.size() == columns.size(), cells.size(), columns.size());
  return line(columns, fixed_widths(columns), cells) + "\n";
}

}  // namespace gradus::report
