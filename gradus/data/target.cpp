// Task, classes and labels.
#include "gradus/data/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>

#include "gradus/core/error.h"
#include "gradus/core/names.h"
#include "gradus/data/cells.h"

namespace gradus::internal {
namespace {

constexpr std::size_t kMostNumberClasses = 20;  // different whole numbers that still look like class labels
constexpr std::size_t kRowsPerNumberClass = 3;

bool numbers_are_classes(const Column& column, std::span<const std::uint32_t> rows) {
  std::set<double> different;
  for (const std::uint32_t row : rows) {
    const double number = column.numbers[row];
    if (number != std::trunc(number)) return false;
    different.insert(number);
    if (different.size() > kMostNumberClasses) return false;
  }
  return different.size() <= 2 || different.size() * kRowsPerNumberClass <= rows.size();
}

Task task_of(const Column& column, std::span<const std::uint32_t> rows, const PreparationSpec& spec) {
  if (!spec.positive.empty()) {
    if (spec.task == Task::kRegression) {
      throw Error(ErrorCode::kBadConfiguration,
                  "positive classes are given, but the task is regression; leave one of them out");
    }
    return Task::kClassification;
  }
  if (column.kind == ColumnKind::kCategory && spec.task == Task::kRegression) {
    throw Error(ErrorCode::kBadConfiguration, fmt::format("target '{}' holds text ('{}'); regression needs "
                                                          "numbers: choose classification or another target",
                                                          column.name, cell_text(column, rows.front())));
  }
  if (spec.task) return *spec.task;
  if (column.kind != ColumnKind::kNumber) return Task::kClassification;
  return numbers_are_classes(column, rows) ? Task::kClassification : Task::kRegression;
}

// The labels that occur: numbers by value, truth values false first, text by its bytes.
std::vector<std::string> labels_in(const Column& column, std::span<const std::uint32_t> rows) {
  std::vector<std::string> labels;
  if (column.kind == ColumnKind::kCategory) {
    std::vector<bool> seen(column.categories.size());
    for (const std::uint32_t row : rows) seen[static_cast<std::size_t>(column.codes[row])] = true;
    for (std::size_t code = 0; code < seen.size(); ++code) {
      if (seen[code]) labels.push_back(column.categories[code]);
    }
  } else {
    std::map<double, std::uint32_t> seen;
    for (const std::uint32_t row : rows) seen.try_emplace(column.numbers[row], row);
    for (const auto& [number, row] : seen) labels.push_back(cell_text(column, row));
  }
  return labels;
}

void check_labels(const Column& column, const std::vector<std::string>& labels, std::size_t rows) {
  if (labels.size() < 2) {
    throw Error(ErrorCode::kBadData,
                fmt::format("target '{}': every row has '{}'; classification needs two classes at least",
                            column.name, labels.front()));
  }
  if (labels.size() == rows && rows > 2) {
    throw Error(ErrorCode::kBadData,
                fmt::format("target '{}': each of the {} rows is a class of its own; choose a target whose "
                            "labels occur again, or regression where they are numbers",
                            column.name, rows));
  }
}

std::string joined(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, "|"));
}

void make_binary(TargetCoding& target, const std::vector<std::string>& labels,
                 const std::vector<std::string>& positive) {
  for (const std::string& label : positive) {
    if (std::ranges::find(labels, label) == labels.end()) {
      const std::vector<std::string_view> known(labels.begin(), labels.end());
      throw Error(ErrorCode::kBadConfiguration,
                  unknown_name_message("class of '" + target.name + "'", label, known));
    }
  }
  for (const std::string& label : labels) {
    const bool is_positive = std::ranges::find(positive, label) != positive.end();
    (is_positive ? target.positive : target.negative).push_back(label);
  }
  if (target.negative.empty()) {
    throw Error(ErrorCode::kBadConfiguration,
                fmt::format("all classes of '{}' are positive ({}); leave at least one to be 0", target.name,
                            short_list(labels)));
  }
  target.classes = {joined(target.negative), joined(target.positive)};
}

std::unordered_map<std::string, std::int32_t> label_numbers(const TargetCoding& target) {
  std::unordered_map<std::string, std::int32_t> numbers;
  for (const std::string& label : target.negative) numbers.emplace(label, 0);
  for (const std::string& label : target.positive) numbers.emplace(label, 1);
  if (numbers.empty()) {
    for (const std::string& name : target.classes)
      numbers.emplace(name, static_cast<std::int32_t>(numbers.size()));
  }
  return numbers;
}

}  // namespace

const Column& find_target(const Table& table, const std::string& name) {
  const std::string& wanted = name.empty() ? table.default_target : name;
  if (wanted.empty() && !table.columns.empty()) return table.columns.back();
  const Column* column = table.find(wanted);
  if (column != nullptr) return *column;
  if (wanted.empty()) {
    throw Error(ErrorCode::kBadData,
                table.source + ": it has features but no target, the array y; expected labelled data");
  }
  std::string message = fmt::format("{}: there is no column '{}' to be the target; ", table.source, wanted);
  const std::vector<std::string_view> names = [&] {
    std::vector<std::string_view> known;
    for (const Column& each : table.columns) known.push_back(each.name);
    return known;
  }();
  const std::string nearest = nearest_name(wanted, names);
  if (!nearest.empty()) message += fmt::format("did you mean '{}'? ", nearest);
  throw Error(ErrorCode::kBadConfiguration, message + "the columns are " + table.column_list());
}

std::vector<std::uint32_t> rows_with_target(const Column& column, const Table& table) {
  constexpr std::size_t kMostRows = std::numeric_limits<std::uint32_t>::max();
  if (table.rows > kMostRows) {
    throw Error(ErrorCode::kBadData,
                fmt::format("{}: {} rows; at most {} can be numbered; take a part of them", table.source,
                            table.rows, kMostRows));
  }
  std::vector<std::uint32_t> rows;
  for (std::size_t row = 0; row < table.rows; ++row) {
    if (!is_missing(column, row)) rows.push_back(static_cast<std::uint32_t>(row));
  }
  if (rows.empty()) {
    throw Error(ErrorCode::kBadData,
                fmt::format("{}: the target '{}' is missing in all {} rows; choose another target",
                            table.source, column.name, table.rows));
  }
  return rows;
}

TargetCoding code_target(const Column& column, std::span<const std::uint32_t> rows,
                         const PreparationSpec& spec) {
  TargetCoding target;
  target.name = column.name;
  target.task = task_of(column, rows, spec);
  if (target.task == Task::kRegression) return target;
  std::vector<std::string> labels = labels_in(column, rows);
  check_labels(column, labels, rows.size());
  if (spec.positive.empty()) {
    target.classes = std::move(labels);
  } else {
    make_binary(target, labels, spec.positive);
  }
  return target;
}

std::vector<std::int32_t> class_numbers(const TargetCoding& target, const Column& column,
                                        std::span<const std::uint32_t> rows, const std::string& source) {
  const auto numbers = label_numbers(target);
  std::vector<std::int32_t> labels;
  labels.reserve(rows.size());
  std::unordered_map<double, std::int32_t> met;  // cells as they are stored: few become text
  for (const std::uint32_t row : rows) {
    const double cell = column.kind == ColumnKind::kCategory ? column.codes[row] : column.numbers[row];
    if (const auto known = met.find(cell); known != met.end()) {
      labels.push_back(known->second);
      continue;
    }
    const std::string label = cell_text(column, row);
    const auto found = numbers.find(label);
    if (found == numbers.end()) {
      throw Error(ErrorCode::kBadData,
                  fmt::format("using {}: '{}' in row {} of '{}' is none of the known classes: {}", source,
                              label, row + 1, column.name, short_list(target.classes)));
    }
    labels.push_back(met.emplace(cell, found->second).first->second);
  }
  return labels;
}

std::vector<double> coded_values(const TargetCoding& target, const Column& column,
                                 std::span<const std::uint32_t> rows, const std::string& source) {
  if (column.kind == ColumnKind::kCategory) {
    throw Error(ErrorCode::kBadData,
                fmt::format("using {}: target '{}' holds text ('{}' in row {}); regression needs numbers",
                            source, column.name, cell_text(column, rows.front()), rows.front() + 1));
  }
  std::vector<double> values;
  values.reserve(rows.size());
  for (const std::uint32_t row : rows)
    values.push_back((column.numbers[row] - target.mean) / target.deviation);
  return values;
}

std::string short_list(std::span<const std::string> names) {
  constexpr std::size_t kShown = 12;
  if (names.size() <= kShown) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{}, ... ({} in all)", fmt::join(names.first(kShown), ", "), names.size());
}

}  // namespace gradus::internal
