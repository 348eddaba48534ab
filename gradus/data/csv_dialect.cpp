#include "gradus/data/csv_dialect.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <vector>

#include "gradus/data/csv_columns.h"
#include "gradus/data/csv_records.h"

namespace gradus {
namespace {

constexpr std::size_t kSampleRecords = 200;
constexpr std::size_t kSampleBytes = std::size_t{1} << 18;

// Share of the first records that have the most frequent number of fields; 0 where that is one field.
double evenness(std::string_view text, char separator) {
  CsvRecords records(text.substr(0, kSampleBytes), separator);
  std::map<std::size_t, std::size_t> records_of_width;
  std::vector<std::string_view> cells;
  std::size_t count = 0;
  while (count < kSampleRecords && records.next(cells)) {
    // The sample may end inside a record.
    if (count > 0 && records.position() == kSampleBytes) break;
    ++records_of_width[cells.size()];
    ++count;
  }
  if (count == 0) return 0;
  const auto most =
      std::ranges::max_element(records_of_width, {}, [](const auto& entry) { return entry.second; });
  return most->first < 2 ? 0 : static_cast<double>(most->second) / static_cast<double>(count);
}

// What the sample says about one column below the first line.
struct Below {
  std::size_t numbers = 0;
  std::size_t texts = 0;
  bool repeats_first = false;
};

bool mostly_numbers(const Below& below) {
  return below.numbers > 0 && below.numbers >= below.texts;
}

}  // namespace

std::string_view first_lines(std::string_view text, std::size_t lines) {
  std::size_t at = 0;
  while (lines > 0) {
    const std::size_t end = text.find('\n', at);
    if (end == text.npos) return text;
    if (text.substr(at, end - at).find_first_not_of(" \t\r") != text.npos) --lines;
    at = end + 1;
  }
  return text.substr(0, at);
}

char detect_separator(std::string_view text) {
  // Commas also stand inside numbers and sentences: they win only when they split more evenly than the
  // others.
  char best = ',';
  double best_evenness = 0;
  for (const char separator : {';', '\t', '|', ','}) {
    const double even = evenness(text, separator);
    if (even > best_evenness) {
      best = separator;
      best_evenness = even;
    }
  }
  return best;
}

bool detect_header(std::string_view text, char separator) {
  CsvRecords records(text, separator);
  std::vector<std::string_view> first;
  if (!records.next(first)) return false;
  const bool decimal_comma = separator != ',';
  const auto is_number = [&](std::string_view cell) { return looks_like_number(cell, decimal_comma); };
  if (std::ranges::any_of(first, is_number)) return false;

  std::vector<Below> columns(first.size());
  std::vector<std::string_view> cells;
  bool any_below = false;
  for (std::size_t i = 0; i < kSampleRecords && records.next(cells); ++i) {
    any_below = true;
    for (std::size_t c = 0; c < std::min(first.size(), cells.size()); ++c) {
      Below& below = columns[c];
      if (cells[c] == first[c]) below.repeats_first = true;
      if (!is_missing_cell(cells[c])) ++(is_number(cells[c]) ? below.numbers : below.texts);
    }
  }
  if (!any_below) return true;  // a line of names and nothing else
  if (std::ranges::any_of(columns, mostly_numbers)) return true;
  const bool distinct = std::set(first.begin(), first.end()).size() == first.size();
  return distinct && std::ranges::none_of(columns, &Below::repeats_first);
}

}  // namespace gradus
