#include "gradus/data/csv_columns.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <system_error>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/core/pages.h"

namespace gradus {
namespace {

// A text among more numbers than these is a mistake in the file, not a category.
constexpr std::size_t kManyNumbers = 20;
constexpr double kMostlyNumbers = 0.95;

constexpr double kMissingNumber = std::numeric_limits<double>::quiet_NaN();

constexpr std::array<std::array<std::string_view, 2>, 2> kBooleanWords = {{{"false", "true"}, {"no", "yes"}}};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_in_any_case(std::string_view text, std::string_view lower_case) {
  return std::ranges::equal(text, lower_case, {}, lower);
}

std::string_view without_blanks(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// [-]digits[.digits] of at most 15 digits, twice as fast as from_chars and the same value: digits and power
// of ten are exact doubles, so their quotient is rounded once.
bool plain_decimal(std::string_view text, double& number) {
  constexpr std::array<double, 16> kPowers = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                              1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  std::int64_t digits = 0;
  std::size_t point = text.size();
  if (text.empty() || text.size() > 16 || text == ".") return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] >= '0' && text[i] <= '9') {
      digits = 10 * digits + (text[i] - '0');
    } else if (text[i] == '.' && point == text.size()) {
      point = i;
    } else {
      return false;
    }
  }
  if (point == text.size() && text.size() == 16) return false;
  const std::size_t decimals = point == text.size() ? 0 : text.size() - 1 - point;
  const double magnitude = static_cast<double>(digits) / kPowers[decimals];
  number = negative ? -magnitude : magnitude;
  return true;
}

CsvCell number_from(std::string_view text) {
  CsvCell cell;
  if (plain_decimal(text, cell.number)) {
    cell.sort = CsvCell::Sort::kNumber;
    return cell;
  }
  const char* begin = text.data();
  const char* end = begin + text.size();
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') ++begin;
  const auto [stop, error] = std::from_chars(begin, end, cell.number);
  if (stop != end || error == std::errc::invalid_argument) return {};
  if (error == std::errc::result_out_of_range) {
    // The standard does not say on which side it is out of range: a negative exponent or zeros behind the
    // point tell.
    const std::size_t exponent = text.find_first_of("eE");
    const bool tiny =
        exponent != text.npos ? text[exponent + 1] == '-' : text.find('.') < text.find_first_of("123456789");
    cell.number = tiny ? 0 : std::numeric_limits<double>::infinity();
  }
  if (std::isnan(cell.number)) {
    cell.sort = CsvCell::Sort::kMissing;
  } else {
    cell.sort = std::isinf(cell.number) ? CsvCell::Sort::kInfinite : CsvCell::Sort::kNumber;
  }
  return cell;
}

// Short and without control characters, as it may stand in a message.
std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 40;
  std::size_t length = std::min(text.size(), kShown);
  while (length < text.size() && length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80)
    --length;
  std::string result = "'" + std::string(text.substr(0, length)) + (length < text.size() ? "...'" : "'");
  std::ranges::replace_if(
      result, [](unsigned char c) { return c < ' ' || c == 0x7f; }, '?');
  return result;
}

// The pair of words, the no first, that all categories belong to; null: they are no truth values.
const std::array<std::string_view, 2>* boolean_words(std::span<const std::string_view> categories) {
  for (const auto& words : kBooleanWords) {
    const auto belongs = [&](std::string_view category) {
      return equal_in_any_case(category, words[0]) || equal_in_any_case(category, words[1]);
    };
    if (std::ranges::all_of(categories, belongs)) return &words;
  }
  return nullptr;
}

}  // namespace

CsvCell parse_cell(std::string_view cell, bool decimal_comma) {
  const std::string_view text = without_blanks(cell);
  CsvCell parsed = number_from(text);
  if (parsed.sort != CsvCell::Sort::kText) return parsed;
  if (is_missing_cell(text)) {
    parsed.sort = CsvCell::Sort::kMissing;
    return parsed;
  }
  std::array<char, 64> copy;
  const std::size_t comma = text.find(',');
  if (!decimal_comma || comma == text.npos || text.size() > copy.size() || text.find('.') != text.npos)
    return parsed;
  std::ranges::copy(text, copy.begin());
  copy[comma] = '.';
  parsed = number_from({copy.data(), text.size()});
  parsed.comma = true;
  return parsed;
}

TextCoding code_texts(std::span<const std::string_view> texts) {
  TextCoding coding;
  coding.values.resize(texts.size());
  if (const auto* words = boolean_words(texts)) {
    coding.kind = ColumnKind::kBoolean;
    coding.categories = {std::string((*words)[0]), std::string((*words)[1])};
    // The words as the file writes them; its first way where there are several.
    for (std::size_t i = texts.size(); i-- > 0;) {
      coding.values[i] = equal_in_any_case(texts[i], (*words)[1]) ? 1 : 0;
      coding.categories[static_cast<std::size_t>(coding.values[i])] = texts[i];
    }
    return coding;
  }
  std::vector<std::uint32_t> order(texts.size());
  std::iota(order.begin(), order.end(), std::uint32_t{0});
  std::ranges::sort(order, {}, [&](std::uint32_t i) { return texts[i]; });
  coding.categories.reserve(texts.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    coding.values[order[i]] = static_cast<std::int32_t>(i);
    coding.categories.emplace_back(texts[order[i]]);
  }
  return coding;
}

bool looks_like_number(std::string_view cell, bool decimal_comma) {
  const CsvCell::Sort sort = parse_cell(cell, decimal_comma).sort;
  return sort == CsvCell::Sort::kNumber || sort == CsvCell::Sort::kInfinite;
}

bool is_missing_cell(std::string_view cell) {
  constexpr std::array<std::string_view, 6> kMissing = {"", "?", "na", "n/a", "nan", "null"};
  const std::string_view text = without_blanks(cell);
  return std::ranges::any_of(kMissing, [&](std::string_view word) { return equal_in_any_case(text, word); });
}

CsvColumn::CsvColumn(std::string name, bool decimal_comma, std::string source, std::size_t deciding_cells)
    : name_(std::move(name)),
      decimal_comma_(decimal_comma),
      source_(std::move(source)),
      deciding_cells_(deciding_cells) {
  code_of_category_.max_load_factor(2);  // half the buckets where all texts are different
}

void CsvColumn::add(std::string_view text, std::size_t line) {
  if (state_ == State::kNumbers) {
    const CsvCell cell = parse_cell(text, decimal_comma_);
    add_number(cell, text, line);
  } else if (state_ == State::kText) {
    add_text(text);
  } else {
    const CsvCell cell = parse_cell(text, decimal_comma_);
    if (cell.sort == CsvCell::Sort::kMissing) {
      ++missing_;
    } else {
      held_.push_back({rows_, line, text, cell});
    }
  }
  ++rows_;
  if (held_.size() == deciding_cells_) decide();
}

bool CsvColumn::parse_plain(std::string_view text, double& number) const {
  const CsvCell cell = parse_cell(text, decimal_comma_);
  number = cell.sort == CsvCell::Sort::kMissing ? kMissingNumber : cell.number;
  if (cell.sort == CsvCell::Sort::kMissing) return true;
  return cell.sort == CsvCell::Sort::kNumber && !cell.comma &&
         (takes_points() || text.find('.') == text.npos);
}

void CsvColumn::add_numbers(std::span<const double> numbers) {
  numbers_.insert(numbers_.end(), numbers.begin(), numbers.end());
  missing_ +=
      static_cast<std::size_t>(std::ranges::count_if(numbers, [](double x) { return std::isnan(x); }));
  rows_ += numbers.size();
}

void CsvColumn::add_texts(std::span<const std::string_view> cells) {
  for (const std::string_view cell : cells) add_text(cell);
  rows_ += cells.size();
}

void CsvColumn::reserve(std::size_t rows) {
  if (state_ == State::kText) {
    reserve_large(codes_, rows);
  } else {
    reserve_large(numbers_, rows);
  }
}

void CsvColumn::decide() {
  held_cells_ = held_.size();
  for (const Held& held : held_) {
    const bool is_number = held.cell.sort != CsvCell::Sort::kText;
    held_numbers_ += is_number;
    Example& example = is_number ? number_example_ : text_example_;
    if (example.line == 0) example = {std::string(held.text), held.line};
  }
  const std::size_t texts = held_cells_ - held_numbers_;
  const bool mostly = held_numbers_ > kManyNumbers &&
                      static_cast<double>(held_numbers_) >= kMostlyNumbers * static_cast<double>(held_cells_);
  state_ = texts == 0 || mostly ? State::kNumbers : State::kText;

  const std::vector<Held> held = std::exchange(held_, {});
  if (state_ == State::kNumbers) {
    numbers_.assign(rows_, kMissingNumber);
    for (const Held& entry : held) {
      add_number(entry.cell, entry.text, entry.line);
      numbers_[entry.row] = numbers_.back();
      numbers_.pop_back();
    }
  } else {
    codes_.assign(rows_, -1);
    for (const Held& entry : held) codes_[entry.row] = code_of(entry.text);
  }
}

void CsvColumn::add_text(std::string_view text) {
  codes_.push_back(is_missing_cell(text) ? -1 : code_of(text));
  missing_ += codes_.back() < 0;
}

void CsvColumn::add_number(const CsvCell& cell, std::string_view text, std::size_t line) {
  switch (cell.sort) {
    case CsvCell::Sort::kNumber:
      if (decimal_comma_) check_decimal_sign(cell, text, line);
      numbers_.push_back(cell.number);
      break;
    case CsvCell::Sort::kMissing:
      numbers_.push_back(kMissingNumber);
      ++missing_;
      break;
    case CsvCell::Sort::kInfinite:
      fail(text, line, "is not finite; expected a number");
    case CsvCell::Sort::kText:
      fail(text, line,
           "is not a number; the column holds numbers, such as " + shown(number_example_.text) + " on line " +
               std::to_string(number_example_.line));
  }
}

void CsvColumn::check_decimal_sign(const CsvCell& cell, std::string_view text, std::size_t line) {
  if (cell.comma && comma_line_ == 0) comma_line_ = line;
  if (!cell.comma && point_line_ == 0 && text.find('.') != text.npos) point_line_ = line;
  if (comma_line_ == 0 || point_line_ == 0) return;
  throw Error(ErrorCode::kBadData, "reading " + source_ + ": column " + shown(name_) +
                                       " has a decimal point on line " + std::to_string(point_line_) +
                                       " and a decimal comma on line " + std::to_string(comma_line_) +
                                       "; write all its numbers one way");
}

std::int32_t CsvColumn::code_of(std::string_view text) {
  const auto [entry, is_new] =
      code_of_category_.try_emplace(text, static_cast<std::int32_t>(categories_.size()));
  if (is_new) categories_.push_back(text);
  return entry->second;
}

Column CsvColumn::finish(std::vector<std::string>& notes) {
  return finish_as(false, notes);
}

Column CsvColumn::finish_raw(std::vector<std::string>& notes) {
  return finish_as(true, notes);
}

Column CsvColumn::finish_as(bool raw, std::vector<std::string>& notes) {
  if (state_ == State::kUndecided) decide();
  if (held_cells_ == 0) notes.push_back("column " + name_ + ": every cell is missing");
  if (comma_line_ > 0) notes.push_back("column " + name_ + ": decimal comma");

  Column column;
  if (state_ == State::kText) {
    code_of_category_.clear();  // as large as the texts where all are different
    code_of_category_.rehash(0);
    note_text(notes);
    if (raw) {
      column.kind = ColumnKind::kCategory;
      column.categories.assign(categories_.begin(), categories_.end());
      column.codes = std::move(codes_);
    } else {
      column = finish_text();
    }
  } else {
    column.kind = ColumnKind::kNumber;
    column.numbers = std::move(numbers_);
  }
  column.name = name_;
  column.missing = missing_;
  return column;
}

void CsvColumn::start_next_part() {
  if (held_cells_ == 0) state_ = State::kUndecided;  // all were missing
  rows_ = 0;
  missing_ = 0;
  numbers_.clear();
  codes_.clear();
  categories_.clear();
  code_of_category_.clear();
}

void CsvColumn::note_text(std::vector<std::string>& notes) const {
  if (held_numbers_ * 2 < held_cells_) return;
  notes.push_back("column " + name_ + ": " + std::to_string(held_numbers_) + " of its first " +
                  std::to_string(held_cells_) + " cells are numbers, others text (" +
                  shown(text_example_.text) + " on line " + std::to_string(text_example_.line) +
                  "): read as categories");
}

Column CsvColumn::finish_text() {
  TextCoding coding = code_texts(categories_);
  Column column;
  column.kind = coding.kind;
  column.categories = std::move(coding.categories);
  const auto value = [&](std::int32_t code) { return coding.values[static_cast<std::size_t>(code)]; };
  if (coding.kind == ColumnKind::kBoolean) {
    std::vector<double> numbers;
    numbers.reserve(rows_);
    for (const std::int32_t code : codes_) numbers.push_back(code < 0 ? kMissingNumber : value(code));
    column.numbers = std::move(numbers);
  } else {
    for (std::int32_t& code : codes_) code = code < 0 ? -1 : value(code);
    column.codes = std::move(codes_);
  }
  return column;
}

void CsvColumn::fail(std::string_view text, std::size_t line, const std::string& what) const {
  throw Error(ErrorCode::kBadData, "reading " + source_ + ": line " + std::to_string(line) + ", column " +
                                       shown(name_) + ": " + shown(text) + " " + what +
                                       "; correct the cell, or leave it empty where the value is missing");
}

}  // namespace gradus
