#include "gradus/data/column_profile.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "gradus/data/cells.h"

namespace gradus {
namespace {

using Counts = std::vector<std::pair<std::string, std::size_t>>;

void keep_most_frequent(Counts& counts) {
  std::ranges::stable_sort(counts, std::ranges::greater(), &Counts::value_type::second);
  if (counts.size() > ColumnProfile::kMostCounts) counts.resize(ColumnProfile::kMostCounts);
}

void add_moments(const Column& column, ColumnProfile& made) {
  double sum = 0;
  std::size_t values = 0;
  for (const double number : column.numbers) {
    if (std::isnan(number)) continue;
    made.low = values == 0 ? number : std::min(made.low, number);
    made.high = values == 0 ? number : std::max(made.high, number);
    sum += number;
    ++values;
  }
  if (values == 0) return;
  made.mean = sum / static_cast<double>(values);
  double squares = 0;
  for (const double number : column.numbers) {
    if (!std::isnan(number)) squares += (number - made.mean) * (number - made.mean);
  }
  made.deviation = std::sqrt(squares / static_cast<double>(values));
}

void add_histogram(const Column& column, ColumnProfile& made) {
  const double width = made.high - made.low;
  if (!std::isfinite(width)) return;  // no value, or as wide as double goes
  made.histogram.assign(ColumnProfile::kBins, 0);
  for (const double number : column.numbers) {
    if (std::isnan(number)) continue;
    const double place =
        width > 0 ? (number - made.low) / width * static_cast<double>(ColumnProfile::kBins) : 0;
    ++made.histogram[std::min(static_cast<std::size_t>(place), ColumnProfile::kBins - 1)];
  }
}

void count_numbers(const Column& column, ColumnProfile& made) {
  std::unordered_map<double, std::size_t> seen;
  for (const double number : column.numbers) {
    if (std::isnan(number)) continue;
    ++seen[number + 0.0];  // zero has no sign here
    if (seen.size() == ColumnProfile::kMostDistinct) break;
  }
  made.distinct = seen.size();
  if (seen.size() > ColumnProfile::kMostCounts) return;
  std::vector<std::pair<double, std::size_t>> sorted(seen.begin(), seen.end());
  std::ranges::sort(sorted);
  for (const auto& [number, count] : sorted) {
    const bool named = column.kind == ColumnKind::kBoolean && column.categories.size() == 2;
    made.counts.emplace_back(named ? column.categories[number != 0 ? 1 : 0] : internal::number_text(number),
                             count);
  }
}

void count_categories(const Column& column, ColumnProfile& made) {
  for (const std::string& category : column.categories) made.counts.emplace_back(category, 0);
  for (const std::int32_t code : column.codes) {
    if (code >= 0) ++made.counts[static_cast<std::size_t>(code)].second;
  }
  std::erase_if(made.counts, [](const auto& entry) { return entry.second == 0; });
  made.distinct = std::min(made.counts.size(), ColumnProfile::kMostDistinct);
}

}  // namespace

ColumnProfile profile(const Column& column) {
  ColumnProfile made;
  if (column.kind == ColumnKind::kCategory) {
    count_categories(column, made);
  } else {
    add_moments(column, made);
    count_numbers(column, made);
    if (column.kind == ColumnKind::kNumber) add_histogram(column, made);
  }
  keep_most_frequent(made.counts);
  return made;
}

}  // namespace gradus
