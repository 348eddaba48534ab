#include "gradus/data/csv_records.h"

#include <algorithm>

namespace gradus {

namespace {
constexpr std::size_t kMostFields = 100'000;
}

bool CsvRecords::next(std::vector<std::string_view>& cells) {
  while (at_ < text_.size()) {
    cells.clear();
    record_line_ = line_;
    End end = End::kCell;
    while (end == End::kCell) {
      if (cells.size() == kMostFields) return too_wide();
      end = read_cell(cells);
    }
    if (end == End::kProblem) return false;
    if (cells.size() > 1 || !cells[0].empty()) return true;
  }
  return false;
}

bool CsvRecords::too_wide() {
  problem_ = "line " + std::to_string(record_line_) + " has more than " + std::to_string(kMostFields) +
             " fields; at most " + std::to_string(kMostFields) + " columns are read";
  return false;
}

CsvRecords::End CsvRecords::read_cell(std::vector<std::string_view>& cells) {
  while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  if (at_ < text_.size() && text_[at_] == '"') return read_quoted(cells);

  const std::size_t begin = at_;
  while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
  std::size_t end = at_;
  while (end > begin && is_blank(text_[end - 1])) --end;
  cells.push_back(text_.substr(begin, end - begin));
  return end_cell();
}

CsvRecords::End CsvRecords::read_quoted(std::vector<std::string_view>& cells) {
  const std::size_t opening_line = line_;
  const std::size_t begin = ++at_;
  bool escaped = false;
  while (true) {
    const std::size_t quote = text_.find('"', at_);
    if (quote == std::string_view::npos) {
      problem_ = "line " + std::to_string(opening_line) +
                 ": a quote that opens here is never closed; close it, or "
                 "write a quote inside a field as two";
      unclosed_ = true;
      return End::kProblem;
    }
    at_ = quote + 1;
    if (at_ == text_.size() || text_[at_] != '"') break;
    ++at_;
    escaped = true;
  }
  std::string_view cell = text_.substr(begin, at_ - 1 - begin);
  line_ += static_cast<std::size_t>(std::ranges::count(cell, '\n'));
  cells.push_back(escaped ? unescaped(cell) : cell);

  while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  if (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n' && text_[at_] != '\r') {
    problem_ = "line " + std::to_string(line_) + ": text follows the closing quote of field " +
               std::to_string(cells.size()) + "; write a quote inside a field as two";
    return End::kProblem;
  }
  return end_cell();
}

std::string_view CsvRecords::unescaped(std::string_view cell) {
  constexpr std::size_t kBlock = 4096;
  const auto has_room = [&](const std::string& block) {
    return block.capacity() - block.size() >= cell.size();
  };
  std::string* last = unescaped_.empty() ? nullptr : &unescaped_.back();
  if (cell.size() > kBlock / 8) {  // one of its own, in front: short ones go on filling the last
    last = &unescaped_.emplace_front();
    last->reserve(cell.size());
  } else if (last == nullptr || !has_room(*last)) {
    last = &unescaped_.emplace_back();
    last->reserve(kBlock);
  }
  std::string& block = *last;
  const std::size_t begin = block.size();
  for (std::size_t i = 0; i < cell.size(); i += cell[i] == '"' ? 2 : 1) block += cell[i];
  return std::string_view(block).substr(begin);
}

CsvRecords::End CsvRecords::end_cell() {
  if (at_ == text_.size()) return End::kRecord;
  if (text_[at_] == separator_) {
    ++at_;
    return End::kCell;
  }
  skip_line_end();
  return End::kRecord;
}

void CsvRecords::skip_line_end() {
  if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
  ++at_;
  ++line_;
}

}  // namespace gradus
