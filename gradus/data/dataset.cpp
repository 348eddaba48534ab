// From a table to the parts of a training run: target, split, columns, transform, in this order, so that
// everything that is fitted sees training rows only.
#include "gradus/data/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gradus/core/error.h"
#include "gradus/data/columns.h"
#include "gradus/data/decisions.h"
#include "gradus/data/split.h"
#include "gradus/data/target.h"
#include "gradus/data/transform_fit.h"
#include "gradus/data/window_encode.h"

namespace gradus {
namespace {

using internal::Choice;
using internal::Parts;

void check(const PreparationSpec& spec, const Table& table) {
  if (spec.fit_on_all && table.test_block != nullptr) {
    throw Error(
        ErrorCode::kBadConfiguration,
        fmt::format(
            "setting fit_on: all rows of {} are more than the window, and its own test part has a file "
            "of its own; use fit_on = train, or leave memory out",
            table.source));
  }
  if (spec.scaling == Scaling::kDivide && !(std::isfinite(spec.divisor) && spec.divisor > 0)) {
    throw Error(ErrorCode::kBadConfiguration,
                fmt::format("divisor {}: features are divided by a finite number above 0", spec.divisor));
  }
}

// `classes` belong to `usable`, row by row.
Parts split(const Table& table, const PreparationSpec& spec, std::vector<std::uint32_t> usable,
            std::vector<std::int32_t> classes, bool own_validation, bool own_test, Generator& generator) {
  internal::SplitRows rows;
  rows.table_rows = table.rows;
  rows.given_test_rows = table.given_test_rows;
  if (usable.size() == table.rows) {
    rows.labels = std::move(classes);
  } else if (!classes.empty()) {
    rows.labels.resize(table.rows);
    for (std::size_t i = 0; i < usable.size(); ++i) rows.labels[usable[i]] = classes[i];
  }
  rows.usable = std::move(usable);
  SplitSpec wanted = spec.split;
  if (own_validation) wanted.validation.kind = PartSize::Kind::kNone;
  if (own_test) wanted.test.kind = PartSize::Kind::kNone;
  return internal::split_rows(std::move(rows), wanted, generator);
}

Transform fit_columns(const Table& table, const PreparationSpec& spec, const std::vector<Choice>& choices,
                      std::span<const std::uint32_t> train) {
  Transform transform;
  transform.scaling = spec.scaling;
  transform.ones_column = spec.ones_column;
  if (table.block != nullptr) {
    transform.block_features = table.block->cols;
    transform.block_prefix = table.block->prefix;
    transform.picture_rows = table.block->picture_rows;
    transform.picture_cols = table.block->picture_cols;
  }
  for (const Choice& choice : choices) {
    if (!choice.left_out.empty()) continue;
    transform.inputs.push_back(internal::fit_input(*choice.column, train));
    table.release_columns();
  }
  if (transform.features() == (transform.ones_column ? 1 : 0)) {
    throw Error(ErrorCode::kBadData,
                fmt::format("{}: no column is left to learn from beside the target; the columns are {}",
                            table.source, table.column_list()));
  }
  return transform;
}

// Rows and targets of a part; the features are shared.
Dataset make_part(std::shared_ptr<const Features> features, std::vector<std::uint32_t> rows,
                  const TargetCoding& target, const Column& column, const std::string& source) {
  Dataset part;
  part.features = std::move(features);
  part.rows = std::move(rows);
  if (part.rows.empty()) return part;
  if (target.task == Task::kClassification) {
    part.labels = internal::class_numbers(target, column, part.rows, source);
  } else {
    part.values = internal::coded_values(target, column, part.rows, source);
  }
  return part;
}

// What each row counts in the loss.
const Column& weight_column(const Table& table, const std::string& name) {
  const Column* column = table.find(name);
  if (column == nullptr || column->kind != ColumnKind::kNumber) {
    throw Error(ErrorCode::kBadConfiguration,
                fmt::format("setting weights: {} has {} column '{}'; the columns are {}", table.source,
                            column == nullptr ? "no" : "no numbers in its", name, table.column_list()));
  }
  return *column;
}

std::vector<double> row_weights(const Column& column, std::span<const std::uint32_t> rows,
                                const std::string& source) {
  std::vector<double> weights;
  double sum = 0;
  for (const std::uint32_t row : rows) {
    const double weight = column.numbers[row];
    if (!(weight >= 0) || std::isinf(weight)) {
      throw Error(ErrorCode::kBadData,
                  fmt::format("{}: the weight '{}' of row {} is {}; expected a finite number >= 0", source,
                              column.name, row + 1, std::isnan(weight) ? "missing" : fmt::to_string(weight)));
    }
    weights.push_back(weight);
    sum += weight;
  }
  if (sum == 0 && !rows.empty()) {
    throw Error(ErrorCode::kBadData,
                fmt::format("{}: the weights '{}' of a part are all 0; expected one above 0 at least", source,
                            column.name));
  }
  return weights;
}

void fit_target(TargetCoding& target, const Column& column, const std::vector<std::uint32_t>& train,
                Preparation& made) {
  const std::vector<double> values = internal::coded_values(target, column, train, "the training part");
  const internal::Moments moments = internal::take_moments(values, fmt::format("target '{}'", target.name));
  target.mean = moments.mean;
  target.deviation = moments.deviation;
  if (std::ranges::all_of(
          train, [&](std::uint32_t row) { return column.numbers[row] == column.numbers[train[0]]; })) {
    made.warnings.push_back(fmt::format("target '{}' is {} in every training row: there is nothing to learn",
                                        target.name, target.mean));
  }
}

// The features that the parts share. Beyond the window the parts' rows are brought in the order of their file.
std::shared_ptr<const Features> encode_parts(Preparation& made, const Table& table, std::size_t window) {
  const bool beyond = internal::beyond_window(made.transform, table, window);
  auto features = std::make_shared<const Features>(
      beyond ? internal::encode_to_file(made.transform, table, window) : encode(made.transform, table));
  for (Dataset* part : {&made.train, &made.validation, &made.test}) {
    if (beyond) internal::sort_by_row(*part);
    part->features = features;
  }
  return features;
}

void draw_labels(Preparation& made, std::size_t from_classes, Generator& generator) {
  if (made.target.task != Task::kClassification) {
    throw Error(ErrorCode::kBadConfiguration,
                fmt::format("random labels need classes; target '{}' is a regression", made.target.name));
  }
  const std::size_t known = made.target.classes.size();
  if (from_classes == 1 || from_classes > known) {
    throw Error(
        ErrorCode::kBadConfiguration,
        fmt::format(
            "drawing random labels from the first {} classes: target '{}' has {}; expected 2 to {}, or "
            "0 for all",
            from_classes, made.target.name, known, known));
  }
  const auto classes = static_cast<std::int64_t>(from_classes == 0 ? known : from_classes);
  for (Dataset* part : {&made.train, &made.validation, &made.test}) {
    for (std::int32_t& label : part->labels) {
      label = static_cast<std::int32_t>(generator.integers(0, classes));
    }
  }
  made.warnings.emplace_back("labels are drawn at random: nothing general can be learnt");
}

void add_warnings(Preparation& made, const Table& table, const Column& target,
                  const std::vector<Choice>& choices, const PreparationSpec& spec) {
  if (target.missing > 0) {
    made.warnings.push_back(fmt::format("target '{}' is missing: {} of {} rows left out", target.name,
                                        target.missing, table.rows));
  }
  for (const Choice& choice : choices) {
    if (!choice.warn) continue;
    const std::string& name = choice.column->name;
    made.warnings.push_back(
        fmt::format("column '{0}' {1}: left out; --keep {0} keeps it", name, choice.left_out));
  }
  if (spec.fit_on_all && spec.scaling != Scaling::kNone) {
    made.warnings.emplace_back("scaling is fitted on all rows: the test part leaks into training");
  }
  std::ranges::move(internal::class_warnings(made), std::back_inserter(made.warnings));
}

}  // namespace

Preparation prepare(const Table& table, const PreparationSpec& spec, Generator& split_generator,
                    Generator& label_generator, const Table* validation_table, const Table* test_table) {
  check(spec, table);
  const Column& column = internal::find_target(table, spec.target);
  std::vector<std::uint32_t> usable = internal::rows_with_target(column, table);
  Preparation made;
  made.target = internal::code_target(column, usable, spec);
  std::vector<std::int32_t> classes;
  if (made.target.task == Task::kClassification)
    classes = internal::class_numbers(made.target, column, usable, table.source);
  Parts parts = split(table, spec, std::move(usable), std::move(classes), validation_table != nullptr,
                      test_table != nullptr, split_generator);
  if (made.target.task == Task::kRegression && !spec.raw_target)
    fit_target(made.target, column, parts.train, made);

  made.train = make_part(nullptr, std::move(parts.train), made.target, column, table.source);
  made.validation = make_part(nullptr, std::move(parts.validation), made.target, column, table.source);
  made.test = make_part(nullptr, std::move(parts.test), made.target, column, table.source);
  const Column* weights = spec.weights.empty() ? nullptr : &weight_column(table, spec.weights);
  PreparationSpec features_only = spec;  // a weight is no feature
  if (weights != nullptr) features_only.ignore.push_back(weights->name);
  const std::vector<Choice> choices =
      internal::choose_columns(table, features_only, column, made.train.rows, made.train.labels);
  made.transform = fit_columns(table, spec, choices, made.train.rows);
  const auto features = encode_parts(made, table, spec.window);
  const std::vector<std::uint32_t> all =
      spec.fit_on_all ? internal::rows_with_target(column, table) : std::vector<std::uint32_t>{};
  internal::fit_scaling(made.transform, *features, spec.fit_on_all ? all : made.train.rows, spec.divisor);

  if (weights != nullptr) {
    for (Dataset* part : {&made.train, &made.validation, &made.test})
      part->weights = row_weights(*weights, part->rows, table.source);
  }
  internal::use_test_block(made, table);
  if (validation_table != nullptr)
    made.validation = apply(made.transform, made.target, *validation_table, true, spec.window);
  if (test_table != nullptr) made.test = apply(made.transform, made.target, *test_table, true, spec.window);
  add_warnings(made, table, column, choices, spec);
  if (spec.random_labels) draw_labels(made, spec.random_classes, label_generator);
  made.decisions = describe_decisions(table, made, choices, parts.stratified);
  return made;
}

Dataset apply(const Transform& transform, const TargetCoding& target, const Table& table, bool with_target,
              std::size_t window) {
  auto features = std::make_shared<const Features>(internal::beyond_window(transform, table, window)
                                                       ? internal::encode_to_file(transform, table, window)
                                                       : encode(transform, table));
  if (!with_target) {
    Dataset all;
    all.features = std::move(features);
    all.rows.resize(table.rows);
    std::iota(all.rows.begin(), all.rows.end(), 0U);
    return all;
  }
  const Column* column = table.find(target.name);
  if (column == nullptr) {
    throw Error(ErrorCode::kBadData,
                fmt::format("using {}: there is no target column '{}'; the columns are {}", table.source,
                            target.name, table.column_list()));
  }
  return make_part(std::move(features), internal::rows_with_target(*column, table), target, *column,
                   table.source);
}

BatchOrder::BatchOrder(std::size_t samples, Order kind, Generator& generator)
    : order_(samples), kind_(kind), generator_(generator) {
  std::iota(order_.begin(), order_.end(), 0U);
}

BatchOrder::BatchOrder(const Dataset& part, Order kind, Generator& generator)
    : BatchOrder(part.size(), kind, generator) {
  const FileWindow& window = part.features->window();
  if (window.active())
    blocks_.emplace(*part.features, part.rows, block_shape(window.bytes, part.features->row_bytes()));
}

const std::vector<std::uint32_t>& BatchOrder::next_epoch() {
  if (blocks_) {
    blocks_->deal(order_, kind_ == Order::kShuffled ? &generator_ : nullptr);
  } else if (kind_ == Order::kShuffled) {
    std::iota(order_.begin(), order_.end(), 0U);
    generator_.shuffle(std::span(order_));
  } else if (kind_ == Order::kWithReplacement) {
    const auto samples = static_cast<std::int64_t>(order_.size());
    for (std::uint32_t& row : order_) row = static_cast<std::uint32_t>(generator_.integers(0, samples));
  }
  return order_;
}

}  // namespace gradus
