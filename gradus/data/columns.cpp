// Leaks, identifiers, repetitions and constants are left out of the features, and it is said.
#include "gradus/data/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <cmath>
#include <optional>
#include <unordered_map>

#include "gradus/core/error.h"
#include "gradus/core/names.h"
#include "gradus/data/cells.h"

namespace gradus::internal {
namespace {

constexpr std::size_t kRowsToJudge = 20;  // fewer coincide too easily
constexpr std::size_t kMostCategories = 100;
constexpr std::size_t kMostPatternValues = 1000;

// A column's values numbered in the order of their first appearance, missing ones -1: equal patterns mean
// that each column can be told from the other. Empty where the values are too many for that to mean anything.
struct Pattern {
  std::vector<std::int32_t> numbers;
  std::size_t different = 0;  // without missing; counted as far as the limit
};

template <class Key>
Pattern pattern_of(std::span<const std::uint32_t> rows, Key key) {
  const std::size_t limit = std::min(kMostPatternValues, std::max<std::size_t>(rows.size() / 2, 2));
  Pattern pattern;
  std::unordered_map<std::uint64_t, std::int32_t> seen;
  for (const std::uint32_t row : rows) {
    const std::optional<std::uint64_t> value = key(row);
    if (!value) {
      pattern.numbers.push_back(-1);
      continue;
    }
    const auto number = static_cast<std::int32_t>(seen.size());
    pattern.numbers.push_back(seen.emplace(*value, number).first->second);
    pattern.different = seen.size();
    if (seen.size() > limit) {
      pattern.numbers.clear();
      break;
    }
  }
  return pattern;
}

Pattern pattern_of(const Column& column, std::span<const std::uint32_t> rows) {
  return pattern_of(rows, [&](std::uint32_t row) -> std::optional<std::uint64_t> {
    if (is_missing(column, row)) return std::nullopt;
    if (column.kind == ColumnKind::kCategory) return static_cast<std::uint64_t>(column.codes[row]);
    return std::bit_cast<std::uint64_t>(column.numbers[row] + 0.0);
  });
}

// Two columns of numbers that are a straight line of each other.
bool on_a_line(const Column& a, const Column& b, std::span<const std::uint32_t> rows) {
  double mean_a = 0;
  double mean_b = 0;
  for (const std::uint32_t row : rows) {
    mean_a += a.numbers[row];
    mean_b += b.numbers[row];
  }
  mean_a /= static_cast<double>(rows.size());
  mean_b /= static_cast<double>(rows.size());
  double aa = 0;
  double bb = 0;
  double ab = 0;
  for (const std::uint32_t row : rows) {
    const double da = a.numbers[row] - mean_a;
    const double db = b.numbers[row] - mean_b;
    aa += da * da;
    bb += db * db;
    ab += da * db;
  }
  return ab * ab > (1 - 1e-12) * aa * bb;  // false where a cell is missing
}

bool is_identifier_name(std::string name) {
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name.empty() || name == "index" || name == "row" || name == "no" || name == "nr" ||
         name == "unnamed: 0" || name.ends_with("id");
}

// Counts the rows of the whole file: n, n + 1, n + 2, ...
bool is_running_index(const Column& column) {
  if (column.kind != ColumnKind::kNumber || !is_identifier_name(column.name)) return false;
  for (std::size_t row = 0; row < column.numbers.size(); ++row) {
    if (column.numbers[row] != column.numbers[0] + static_cast<double>(row)) return false;
  }
  return column.numbers.size() >= kRowsToJudge;
}

std::size_t categories_in(const Column& column, std::span<const std::uint32_t> rows) {
  std::vector<bool> seen(column.categories.size());
  for (const std::uint32_t row : rows) {
    if (column.codes[row] >= 0) seen[static_cast<std::size_t>(column.codes[row])] = true;
  }
  return static_cast<std::size_t>(std::ranges::count(seen, true));
}

class Chooser {
 public:
  Chooser(const Table& table, const Column& target, std::span<const std::uint32_t> rows,
          std::span<const std::int32_t> labels)
      : rows_(rows), target_(target), target_pattern_(pattern_of(target, rows)) {
    class_pattern_ = target_pattern_;
    if (!labels.empty()) {
      std::size_t i = 0;
      class_pattern_ = pattern_of(
          rows, [&](std::uint32_t) { return std::optional(static_cast<std::uint64_t>(labels[i++])); });
    }
    regression_ = labels.empty();
    patterns_.reserve(table.columns.size());
  }

  // Why the column is to be left out, for the warning; empty: it is not.
  [[nodiscard]] std::string fault(const Column& column, const Pattern& pattern) const {
    if (pattern.different == 0) return "has no value in any training row";
    if (pattern.different == 1 && column.missing == 0) return "has one value only in the training rows";
    if (repeats_target(column, pattern)) return fmt::format("repeats the target '{}'", target_.name);
    if (is_running_index(column)) return "counts the rows: an identifier";
    if (column.kind != ColumnKind::kCategory) return {};
    const std::size_t categories = categories_in(column, rows_);
    if (rows_.size() >= kRowsToJudge && categories == rows_.size())
      return "has another text in each row: an identifier";
    if (categories > kMostCategories || (rows_.size() >= kRowsToJudge && 2 * categories > rows_.size())) {
      return fmt::format("has {} categories in {} rows, too many to learn from", categories, rows_.size());
    }
    return {};
  }

  // The column chosen before that this one can be told from; null: none. Otherwise the column counts as
  // chosen.
  [[nodiscard]] const Column* repeated(const Column& column, Pattern pattern) {
    if (pattern.numbers.empty() || rows_.size() < kRowsToJudge) return nullptr;
    const auto same =
        std::ranges::find(patterns_, pattern.numbers, [](const auto& entry) { return entry.second; });
    if (same != patterns_.end()) return same->first;
    patterns_.emplace_back(&column, std::move(pattern.numbers));
    return nullptr;
  }

 private:
  [[nodiscard]] bool repeats_target(const Column& column, const Pattern& pattern) const {
    if (rows_.size() < kRowsToJudge) return false;
    if (!pattern.numbers.empty() &&
        (pattern.numbers == target_pattern_.numbers || pattern.numbers == class_pattern_.numbers)) {
      return true;
    }
    return regression_ && column.kind == ColumnKind::kNumber && on_a_line(column, target_, rows_);
  }

  std::span<const std::uint32_t> rows_;
  const Column& target_;
  Pattern target_pattern_;
  Pattern class_pattern_;  // differs from the target's where several labels make one class
  bool regression_ = false;
  std::vector<std::pair<const Column*, std::vector<std::int32_t>>> patterns_;
};

void check_names(const Table& table, const std::vector<std::string>& names, const char* what) {
  for (const std::string& name : names) {
    if (table.find(name) != nullptr) continue;
    throw Error(ErrorCode::kBadConfiguration,
                fmt::format("{}: there is no column '{}' to {}; the columns are {}", table.source, name, what,
                            table.column_list()));
  }
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

std::vector<Choice> choose_columns(const Table& table, const PreparationSpec& spec, const Column& target,
                                   std::span<const std::uint32_t> rows,
                                   std::span<const std::int32_t> labels) {
  check_names(table, spec.ignore, "ignore");
  check_names(table, spec.keep, "keep");
  std::vector<Choice> choices;
  if (table.columns.size() == 1) return choices;  // the target
  Chooser chooser(table, target, rows, labels);
  for (const Column& column : table.columns) {
    if (&column == &target) continue;
    Choice& choice = choices.emplace_back();
    choice.column = &column;
    if (contains(spec.ignore, column.name)) {
      choice.left_out = "ignored";
      continue;
    }
    table.release_columns();
    Pattern pattern = pattern_of(column, rows);
    const bool kept = contains(spec.keep, column.name);
    if (!kept) choice.left_out = chooser.fault(column, pattern);
    choice.warn = !choice.left_out.empty();
    if (choice.warn) continue;
    const Column* same = chooser.repeated(column, std::move(pattern));
    if (same != nullptr && !kept) choice.left_out = fmt::format("repeats '{}'", same->name);
  }
  return choices;
}

}  // namespace gradus::internal
