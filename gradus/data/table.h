// A data set as it came, before any transform: named columns of numbers, truth values or categories, and, for
// pictures and arrays, one dense block of equally typed features that stays in its own type (MNIST remains
// uint8 until a batch is gathered).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gradus/core/shared_array.h"
#include "gradus/data/file_window.h"

namespace gradus {

// What the cells of a column are.
enum class ColumnKind { kNumber, kBoolean, kCategory };

// Values of one kind under one name, a cell for each row.
struct Column {
  std::string name;
  ColumnKind kind = ColumnKind::kNumber;
  SharedArray<double> numbers;          // kNumber; kBoolean as 0 and 1; NaN is missing
  SharedArray<std::int32_t> codes;      // kCategory: index into categories; -1 is missing
  std::vector<std::string> categories;  // kCategory: sorted; kBoolean: the texts of 0 and 1 ("False", "True")
  std::size_t missing = 0;
};

// Features (rows, cols) row-major; columns are named prefix0, prefix1, ...
struct FeatureBlock {
  std::string prefix;
  std::size_t cols = 0;
  std::variant<SharedArray<std::uint8_t>, SharedArray<float>, SharedArray<double>> values;
  std::size_t picture_rows = 0;  // 28 for MNIST; 0 where the features are no picture
  std::size_t picture_cols = 0;
  FileWindow window;  // active: the values stay in their file

  [[nodiscard]] std::size_t row_bytes() const {
    return std::visit([this](const auto& stored) { return cols * sizeof(stored[0]); }, values);
  }
};

// The rows of one source. Nothing is scaled, imputed or encoded yet.
struct Table {
  std::string source;  // path or built-in name, for messages
  std::size_t rows = 0;
  std::size_t rows_before = 0;  // in the source, of which the table is then a part (csv_stream.h)
  std::shared_ptr<const FeatureBlock> block;  // may be null
  // Null, or the features of the source's own test part where they have a file of their own: `block` then ends before
  // them. Only in tables that were loaded with a window.
  std::shared_ptr<const FeatureBlock> test_block;
  std::shared_ptr<const MappedFile> columns_file;  // where columns lie that are mapped; else null
  std::vector<Column> columns;                     // each with `rows` entries; the target is one of them
  std::string default_target;                      // empty: none known
  std::size_t given_test_rows = 0;                 // the source's own test part: its last rows (MNIST 10,000)
  // What reading decided: "separator ;", "no header: columns named x0, x1, ..."
  std::vector<std::string> notes;

  // Null where there is none of that name. Block features are not columns.
  [[nodiscard]] const Column* find(std::string_view name) const;
  // Gives back the memory of columns that are mapped.
  void release_columns() const {
    if (columns_file != nullptr) columns_file->release();
  }
  // "pixel0..pixel63, digit": for messages.
  [[nodiscard]] std::string column_list() const;
};

}  // namespace gradus
