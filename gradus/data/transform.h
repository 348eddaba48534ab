// From a Table's raw columns to the features of a network, fitted on the training part and carried inside the
// model file: imputation, one-hot, scaling. And the target's coding and its way back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gradus/data/table.h"

namespace gradus {

// What kind of answer is predicted: one of several classes, or a number.
enum class Task { kClassification, kRegression };

// feature: (x - mean) / std of each feature; global: one mean and std over all; minmax: to [0, 1];
// divide: x / divisor; none. Truth values and one-hot features stay 0 and 1 under all of them.
enum class Scaling { kNone, kFeature, kGlobal, kMinMax, kDivide };

// A column of the table as features of the network.
struct InputColumn {
  std::string name;
  ColumnKind kind = ColumnKind::kNumber;
  std::vector<std::string> categories;  // seen in the training part, sorted: one feature each; a missing or
                                        // unseen one gives all zeros
  // For a missing number or truth value: the training part's median (most frequent for booleans).
  double fill = 0;
  bool had_missing = false;

  [[nodiscard]] std::size_t features() const { return kind == ColumnKind::kCategory ? categories.size() : 1; }
};

// The way from a row of the table to the inputs of the network.
struct Transform {
  std::size_t block_features = 0;  // dense block first, if any
  std::string block_prefix;
  std::size_t picture_rows = 0;
  std::size_t picture_cols = 0;
  std::vector<InputColumn> inputs;  // then the columns, in order
  Scaling scaling = Scaling::kNone;
  // Feature f becomes (x - shift[f]) / scale[f]; empty: as it is; one entry each: the same for all.
  std::vector<double> shift;
  std::vector<double> scale;  // never 0: a constant feature has scale 1
  bool ones_column = false;   // the bias trick: a last feature that is 1

  [[nodiscard]] std::size_t features() const;  // width of the network's input, ones column included
  [[nodiscard]] std::vector<std::string> feature_names() const;
};

// What the network predicts, and the way back to the words and units of the data.
struct TargetCoding {
  Task task = Task::kClassification;
  std::string name;
  std::vector<std::string> classes;  // labels as in the file; numbers in their shortest form, "0", "2.5"
  // Where several labels make one class (PreparationSpec::positive): those of class 1 and those of class 0;
  // else empty.
  std::vector<std::string> positive;
  std::vector<std::string> negative;
  double mean = 0;  // regression: the network predicts (y - mean) / deviation
  double deviation = 1;

  // y of what the network predicts.
  [[nodiscard]] double in_unit(double coded) const { return coded * deviation + mean; }
  [[nodiscard]] std::vector<double> in_unit(std::span<const double> coded) const;
};

// Encoded but unscaled features of all rows of a Table; dense blocks are shared, not copied.
struct Features {
  std::size_t rows = 0;
  std::size_t cols = 0;                       // without the ones column
  std::shared_ptr<const FeatureBlock> block;  // where the table is one dense block and nothing else
  std::vector<double> values;                 // else (rows, cols), imputed and one-hot

  // Active where the rows stay in a file.
  [[nodiscard]] const FileWindow& window() const;
  [[nodiscard]] std::size_t row_bytes() const;
  // One value, whatever the storage.
  [[nodiscard]] double at(std::size_t row, std::size_t col) const;
};

// Matches columns by name, the block's also as columns pixel0, pixel1, ...; columns that the transform does
// not know are left out. Throws Error(kBadData) for a missing column, a column of another kind (numbers 0 and
// 1 serve as truth values, categories are matched by their text), or another block width (both widths named).
[[nodiscard]] Features encode(const Transform& transform, const Table& table);
// The rows first, first + 1, ... of it as numbers, as many as `to` has room for; the table is no single block.
void encode_rows(const Transform& transform, const Table& table, std::size_t first, std::span<double> to);

// Text that travels in the model file (JSON). from_* throw Error(kBadData) naming `source`.
[[nodiscard]] std::string to_json(const Transform& transform);
[[nodiscard]] std::string to_json(const TargetCoding& target);
[[nodiscard]] Transform transform_from_json(std::string_view text, const std::string& source);
[[nodiscard]] TargetCoding target_from_json(std::string_view text, const std::string& source);

[[nodiscard]] std::string_view name_of(Scaling scaling);  // none feature global minmax divide
[[nodiscard]] std::string_view name_of(Task task);        // classification regression

}  // namespace gradus
