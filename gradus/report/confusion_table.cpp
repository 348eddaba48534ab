#include "gradus/report/confusion_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "gradus/report/format_numbers.h"

namespace gradus::report {

std::uint64_t ConfusionTable::row_total(std::size_t actual) const {
  std::uint64_t sum = 0;
  for (std::size_t predicted = 0; predicted < size(); ++predicted) sum += count(actual, predicted);
  return sum;
}

std::uint64_t ConfusionTable::total() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::uint64_t ConfusionTable::correct() const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < size(); ++i) sum += count(i, i);
  return sum;
}

std::uint64_t ConfusionTable::largest() const {
  return counts.empty() ? 0 : *std::max_element(counts.begin(), counts.end());
}

double ConfusionTable::share(std::size_t actual, std::size_t predicted) const {
  const std::uint64_t all = row_total(actual);
  return all == 0 ? 0.0 : static_cast<double>(count(actual, predicted)) / static_cast<double>(all);
}

std::string ConfusionTable::summary() const {
  if (total() == 0) return "no samples";
  return fmt::format("{} of {} right, {}", format_count(correct()), format_count(total()),
                     format_percent(static_cast<double>(correct()) / static_cast<double>(total())));
}

ConfusionTable confusion_table(const ClassificationReport& figures, const TargetCoding& target) {
  return {target.classes, {figures.confusion.begin(), figures.confusion.end()}};
}

std::vector<Confusion> most_frequent_confusions(const ConfusionTable& table, std::size_t limit) {
  std::vector<Confusion> wrong;
  for (std::size_t actual = 0; actual < table.size(); ++actual) {
    for (std::size_t predicted = 0; predicted < table.size(); ++predicted) {
      const std::uint64_t count = table.count(actual, predicted);
      if (actual != predicted && count > 0) wrong.push_back({actual, predicted, count});
    }
  }
  std::stable_sort(wrong.begin(), wrong.end(),
                   [](const Confusion& a, const Confusion& b) { return a.count > b.count; });
  wrong.resize(std::min(wrong.size(), limit));
  return wrong;
}

}  // namespace gradus::report
