#include "gradus/study/printed_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace gradus::study {
namespace {

// A figure that lies on the border to the last bit was rounded to the printed digits either way.
constexpr double kRounding = 1 + 1e-9;

bool has_point(const Measure& measure, const MeasuredRun& run) {
  const bool at_epoch = measure.reduction == Reduction::kAtEpoch;
  if (!at_epoch && measure.reduction != Reduction::kAtStep) return true;
  return std::ranges::any_of(points_of(measure, run), [&](const Point& point) {
    return static_cast<double>(at_epoch ? point.epoch : point.step) == measure.argument;
  });
}

}  // namespace

std::size_t PrintedTable::count(std::string_view contender) const {
  if (contender.empty()) return cells.size();
  return static_cast<std::size_t>(std::ranges::count(cells, contender, &PrintedCell::contender));
}

std::vector<std::string> PrintedTable::contenders() const {
  std::vector<std::string> names;
  for (const PrintedCell& cell : cells) {
    if (std::ranges::find(names, cell.contender) == names.end()) names.push_back(cell.contender);
  }
  return names;
}

double half_unit(std::string_view printed) {
  const std::size_t mantissa = std::min(printed.find_first_of("eE"), printed.size());
  int exponent = 0;
  if (mantissa < printed.size()) {
    std::string_view digits = printed.substr(mantissa + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  }
  const std::size_t point = printed.find('.');
  if (point < mantissa) exponent -= static_cast<int>(mantissa - point - 1);
  return std::pow(10.0, exponent) / 2;
}

std::optional<double> measured(const PrintedCell& cell, const MeasuredRun& run) {
  if (!run.diverged && !run.failed && !has_point(cell.measure, run)) return std::nullopt;
  return evaluate(cell.measure, run);
}

bool matches(const PrintedCell& cell, std::optional<double> value) {
  return value && std::abs(*value - cell.value) <= cell.tolerance * kRounding;
}

TableMatch compare(const PrintedTable& table, std::string_view contender, const MeasuredRun& run) {
  TableMatch match;
  for (const PrintedCell& cell : table.cells) {
    if (cell.contender != contender) continue;
    const std::optional<double> value = measured(cell, run);
    ++match.cells;
    if (matches(cell, value)) {
      ++match.matched;
    } else {
      match.differing.push_back({&cell, value});
    }
  }
  return match;
}

}  // namespace gradus::study
