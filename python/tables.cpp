// Data in memory as a Table, and data that a name or a path says.
#include <fmt/format.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/data/source.h"
#include "gradus/data/table.h"
#include "python/arrays.h"
#include "python/bindings.h"

namespace gradus::python {
namespace {

[[noreturn]] void fail(const Table& table, const std::string& what) {
  throw Error(ErrorCode::kBadData, fmt::format("reading {}: {}", table.source, what));
}

void check_rows(Table& table, std::size_t rows, const std::string& name) {
  if (rows == 0) fail(table, fmt::format("{} has no rows; expected at least one", name));
  if (rows > std::numeric_limits<std::uint32_t>::max())
    fail(table, fmt::format("{} has {} rows; at most 2^32 - 1 are taken", name, rows));
  if (table.rows != 0 && table.rows != rows)
    fail(table,
         fmt::format("{} has {} rows; expected {}, as the other columns have", name, rows, table.rows));
  table.rows = rows;
}

// Not copied: the table keeps the array alive, and lets it go with the interpreter's lock held.
template <class T>
void set_features(Table& table, Matrix<T> x, std::size_t picture_rows, std::size_t picture_cols) {
  check_rows(table, x.shape(0), "X");
  if (x.shape(1) == 0) fail(table, "X has no columns; expected at least one");
  const std::span<const T> values(x.data(), x.size());
  if constexpr (std::is_floating_point_v<T>) {
    const auto bad = std::ranges::find_if_not(values, [](T value) { return std::isfinite(value); });
    if (bad != values.end()) {
      const auto place = static_cast<std::size_t>(bad - values.begin());
      fail(table, fmt::format("X[{}, {}] is {}; expected finite numbers; fill or remove such rows first",
                              place / x.shape(1), place % x.shape(1), *bad));
    }
  }
  auto owner = std::shared_ptr<const void>(new Matrix<T>(x), [](const void* array) {
    const nb::gil_scoped_acquire held;
    delete static_cast<const Matrix<T>*>(array);
  });
  auto block = std::make_shared<FeatureBlock>();
  block->prefix = "x";
  block->cols = x.shape(1);
  block->values = SharedArray<T>(std::move(owner), values);
  block->picture_rows = picture_rows;
  block->picture_cols = picture_cols;
  table.block = std::move(block);
}

void add_column(Table& table, Column column, std::size_t rows) {
  check_rows(table, rows, column.name);
  if (table.find(column.name) != nullptr)
    fail(table, fmt::format("two columns are called '{}'", column.name));
  table.columns.push_back(std::move(column));
}

// `categories` empty: numbers; two texts: truth values, those of 0 and 1. NaN is missing.
void add_numbers(Table& table, const std::string& name, Vector<double> values,
                 std::vector<std::string> categories) {
  Column column;
  column.name = name;
  column.kind = categories.empty() ? ColumnKind::kNumber : ColumnKind::kBoolean;
  column.categories = std::move(categories);
  column.numbers = std::vector<double>(values.data(), values.data() + values.size());
  for (std::size_t row = 0; row < column.numbers.size(); ++row) {
    if (std::isinf(column.numbers[row]))
      fail(table, fmt::format("{}[{}] is infinite; expected finite numbers", name, row));
  }
  column.missing = static_cast<std::size_t>(
      std::ranges::count_if(column.numbers, [](double value) { return std::isnan(value); }));
  add_column(table, std::move(column), values.size());
}

// codes are places in `categories`, which are sorted; -1 is missing.
void add_categories(Table& table, const std::string& name, Vector<std::int32_t> codes,
                    std::vector<std::string> categories) {
  Column column;
  column.name = name;
  column.kind = ColumnKind::kCategory;
  column.codes = std::vector<std::int32_t>(codes.data(), codes.data() + codes.size());
  column.missing = static_cast<std::size_t>(std::ranges::count(column.codes, -1));
  column.categories = std::move(categories);
  add_column(table, std::move(column), codes.size());
}

template <class T>
void def_features(nb::class_<Table>& table) {
  table.def("set_features", &set_features<T>, nb::arg("x").noconvert(), nb::arg("picture_rows") = 0,
            nb::arg("picture_cols") = 0);
}

}  // namespace

void bind_tables(nb::module_& module) {
  nb::class_<Table> table(module, "Table");
  table.def(
      "__init__",
      [](Table* self, const std::string& source) {
        new (self) Table();
        self->source = source;
      },
      nb::arg("source"));
  def_features<std::uint8_t>(table);
  def_features<float>(table);
  def_features<double>(table);
  table.def("add_numbers", &add_numbers, nb::arg("name"), nb::arg("values"), nb::arg("categories"))
      .def("add_categories", &add_categories, nb::arg("name"), nb::arg("codes"), nb::arg("categories"))
      .def_rw("default_target", &Table::default_target)
      .def_ro("rows", &Table::rows);
  module.def(
      "load_table",
      [](const std::string& name, const std::string& data_folder) {
        SourceOptions source;
        source.data_folder = data_folder;
        return load_table(name, source);
      },
      nb::arg("name"), nb::arg("data_folder"), nb::call_guard<nb::gil_scoped_release>());
}

}  // namespace gradus::python
