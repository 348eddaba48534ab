// Raw columns to the features of a fitted transform.
#include "gradus/data/transform.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <unordered_map>

#include "gradus/core/error.h"
#include "gradus/data/cells.h"

namespace gradus {
namespace {

using internal::cell_text;
using internal::is_missing;
using internal::kind_text;

constexpr std::array<std::string_view, 5> kScalingNames = {"none", "feature", "global", "minmax", "divide"};
static_assert(kScalingNames.size() == static_cast<std::size_t>(Scaling::kDivide) + 1);

[[noreturn]] void fail(const Table& table, const std::string& what) {
  throw Error(ErrorCode::kBadData, "using " + table.source + ": " + what);
}

// Where features of one input go: some rows of a row-major matrix, from the column `feature` on.
struct Target {
  std::span<double> values;
  std::size_t cols;
  std::size_t feature;
  std::size_t row;  // of the table, the first one here

  [[nodiscard]] std::size_t end() const { return row + values.size() / cols; }
  double& at(std::size_t table_row, std::size_t k) const {
    return values[(table_row - row) * cols + feature + k];
  }
  [[nodiscard]] Target from(std::size_t first) const { return {values, cols, first, row}; }
};

// Columns that are mapped leave the memory again some megabytes behind what is read of them. Not behind every column: the
// call takes as long as the file is large.
class ColumnSweep {
 public:
  explicit ColumnSweep(const Table& table) : table_(table) {}
  ~ColumnSweep() { table_.release_columns(); }
  ColumnSweep(const ColumnSweep&) = delete;
  ColumnSweep& operator=(const ColumnSweep&) = delete;

  void has_read(std::size_t rows) {
    constexpr std::size_t kAround = std::size_t{1} << 16;  // what the system maps beside
    constexpr std::size_t kMost = std::size_t{1} << 22;
    bytes_ += rows * sizeof(double) + kAround;
    if (bytes_ < kMost) return;
    table_.release_columns();
    bytes_ = 0;
  }

 private:
  const Table& table_;
  std::size_t bytes_ = 0;
};

// 0 and 1 serve as truth values; other conversions would guess.
bool serves_as(const Column& column, ColumnKind wanted, std::size_t rows) {
  if (column.kind == wanted || column.missing == rows) return true;
  return column.kind == ColumnKind::kNumber && wanted == ColumnKind::kBoolean &&
         std::ranges::all_of(column.numbers, [](double x) { return x == 0 || x == 1 || std::isnan(x); });
}

void encode_number(const InputColumn& input, const Column& column, const Table& table, const Target& out) {
  if (!serves_as(column, input.kind, table.rows)) {
    std::size_t row = 0;
    while (is_missing(column, row)) ++row;
    fail(table, fmt::format("column '{}' holds a {} ('{}' in row {}); the model was fitted on a {} there",
                            column.name, kind_text(column.kind), cell_text(column, row),
                            table.rows_before + row + 1, kind_text(input.kind)));
  }
  for (std::size_t row = out.row; row < out.end(); ++row) {
    out.at(row, 0) = is_missing(column, row) ? input.fill : column.numbers[row];
  }
}

// By text, so that categories that look like numbers in one file and not in the other still match.
void encode_category(const InputColumn& input, const Column& column, const Target& out) {
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < input.categories.size(); ++i) places.emplace(input.categories[i], i);
  for (std::size_t row = out.row; row < out.end(); ++row) {
    if (is_missing(column, row)) continue;
    const auto place = places.find(cell_text(column, row));
    if (place != places.end()) out.at(row, place->second) = 1;
  }
}

void encode_input(const InputColumn& input, const Table& table, const Target& out) {
  const Column* column = table.find(input.name);
  if (column == nullptr) {
    fail(table, fmt::format("there is no column '{}', which the model was fitted on; the columns are {}",
                            input.name, table.column_list()));
  }
  if (input.kind == ColumnKind::kCategory) {
    encode_category(input, *column, out);
  } else {
    encode_number(input, *column, table, out);
  }
}

void check_block_width(const Transform& transform, const Table& table) {
  const FeatureBlock& block = *table.block;
  if (block.cols == transform.block_features) return;
  fail(table, fmt::format("it has {} features {}0..{}{}; the model takes {}", block.cols, block.prefix,
                          block.prefix, block.cols - 1, transform.block_features));
}

void copy_block(const FeatureBlock& block, const Target& out) {
  std::visit(
      [&](const auto& values) {
        for (std::size_t i = out.row * block.cols; i < out.end() * block.cols; ++i)
          out.at(i / block.cols, i % block.cols) = static_cast<double>(values[i]);
      },
      block.values);
}

// The dense block of a model may also come as columns pixel0, pixel1, ... of a CSV.
void encode_block(const Transform& transform, const Table& table, const Target& out) {
  if (table.block != nullptr) {
    check_block_width(transform, table);
    copy_block(*table.block, out);
    return;
  }
  ColumnSweep sweep(table);
  for (std::size_t i = 0; i < transform.block_features; ++i) {
    InputColumn input;
    input.name = transform.block_prefix + std::to_string(i);
    const Column* column = table.find(input.name);
    if (column == nullptr) {
      fail(table, fmt::format("it has {} columns ({}); the model takes {} features {}0..{}{}",
                              table.columns.size(), table.column_list(), transform.block_features,
                              transform.block_prefix, transform.block_prefix, transform.block_features - 1));
    }
    if (column->missing > 0)
      fail(table, fmt::format("column '{}' has missing cells; the model has no value for them", input.name));
    encode_number(input, *column, table, out.from(i));
    sweep.has_read(out.end() - out.row);
  }
}

}  // namespace

std::vector<double> TargetCoding::in_unit(std::span<const double> coded) const {
  std::vector<double> values;
  values.reserve(coded.size());
  for (const double value : coded) values.push_back(in_unit(value));
  return values;
}

std::size_t Transform::features() const {
  std::size_t count = block_features + (ones_column ? 1 : 0);
  for (const InputColumn& input : inputs) count += input.features();
  return count;
}

std::vector<std::string> Transform::feature_names() const {
  std::vector<std::string> names;
  names.reserve(features());
  for (std::size_t i = 0; i < block_features; ++i) names.push_back(block_prefix + std::to_string(i));
  for (const InputColumn& input : inputs) {
    if (input.kind != ColumnKind::kCategory) names.push_back(input.name);
    for (const std::string& category : input.categories) names.push_back(input.name + "=" + category);
  }
  if (ones_column) names.emplace_back("ones");
  return names;
}

double Features::at(std::size_t row, std::size_t col) const {
  const std::size_t place = row * cols + col;
  if (block == nullptr) return values[place];
  return std::visit([place](const auto& stored) { return static_cast<double>(stored[place]); },
                    block->values);
}

const FileWindow& Features::window() const {
  static const FileWindow kNone;
  return block == nullptr ? kNone : block->window;
}

std::size_t Features::row_bytes() const {
  return block == nullptr ? cols * sizeof(double) : block->row_bytes();
}

Features encode(const Transform& transform, const Table& table) {
  Features features;
  features.rows = table.rows;
  features.cols = transform.features() - (transform.ones_column ? 1 : 0);
  if (transform.inputs.empty() && table.block != nullptr) {
    check_block_width(transform, table);
    features.block = table.block;
    return features;
  }
  features.values.resize(features.rows * features.cols);
  encode_rows(transform, table, 0, features.values);
  return features;
}

void encode_rows(const Transform& transform, const Table& table, std::size_t first, std::span<double> to) {
  const Target out{to, transform.features() - (transform.ones_column ? 1 : 0), 0, first};
  if (transform.block_features > 0) encode_block(transform, table, out);
  ColumnSweep sweep(table);
  std::size_t feature = transform.block_features;
  for (const InputColumn& input : transform.inputs) {
    encode_input(input, table, out.from(feature));
    feature += input.features();
    sweep.has_read(out.end() - out.row);
  }
}

std::string_view name_of(Scaling scaling) {
  return kScalingNames.at(static_cast<std::size_t>(scaling));
}

std::string_view name_of(Task task) {
  return task == Task::kClassification ? "classification" : "regression";
}

}  // namespace gradus
