#include "gradus/data/npz.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <set>
#include <string_view>
#include <type_traits>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/data/npy.h"
#include "gradus/data/shape.h"
#include "gradus/data/zip.h"

namespace gradus {
namespace {

[[noreturn]] void fail(const std::string& source, const std::string& what) {
  throw Error(ErrorCode::kBadData, "reading " + source + ": " + what);
}

// "[3, 7]": where in the array the k-th value stands.
std::string index_text(const std::vector<std::size_t>& shape, std::size_t k) {
  std::vector<std::size_t> index(shape.size());
  for (std::size_t d = shape.size(); d-- > 0; k /= shape[d]) index[d] = k % shape[d];
  return fmt::format("[{}]", fmt::join(index, ", "));
}

void check_finite(const NumpyArray& array, const std::string& name, const std::string& source) {
  const auto check = [&](const auto& values) {
    if constexpr (std::is_floating_point_v<typename std::decay_t<decltype(values)>::value_type>) {
      const auto bad = std::ranges::find_if_not(values, [](auto value) { return std::isfinite(value); });
      if (bad == values.end()) return;
      const auto place = static_cast<std::size_t>(bad - values.begin());
      fail(source, fmt::format("{}{} is {}; expected finite numbers; fill or remove such rows first", name,
                               index_text(array.shape, place), *bad));
    }
  };
  std::visit(check, array.values);
}

// uint8, float32 and float64 features stay as they are, other whole numbers become doubles.
std::shared_ptr<const FeatureBlock> block_of(NumpyArray x, Table& table) {
  const std::string shape = shape_text(x.shape);
  if (std::holds_alternative<std::vector<std::string>>(x.values))
    fail(table.source, "X is text; expected numbers");
  if (x.shape.empty() || x.size() == 0) {
    fail(table.source,
         fmt::format("X has shape {}; expected (samples, features), at least one of each", shape));
  }
  check_finite(x, "X", table.source);
  auto block = std::make_shared<FeatureBlock>();
  block->prefix = "x";
  block->cols = x.size() / x.shape[0];
  if (x.shape.size() == 3) {
    block->picture_rows = x.shape[1];
    block->picture_cols = x.shape[2];
  }
  if (x.shape.size() != 2)
    table.notes.push_back(fmt::format("X {} is read as ({}, {})", shape, x.shape[0], block->cols));
  const auto store = [&](auto& values) {
    using Value = typename std::decay_t<decltype(values)>::value_type;
    if constexpr (std::is_same_v<Value, std::int64_t>) {
      block->values = std::vector<double>(values.begin(), values.end());
    } else if constexpr (!std::is_same_v<Value, std::string>) {
      block->values = std::move(values);
    }
  };
  std::visit(store, x.values);
  table.rows = x.shape[0];
  return block;
}

Column category_column(const std::vector<std::string>& texts) {
  Column column;
  column.kind = ColumnKind::kCategory;
  const std::set<std::string> distinct(texts.begin(), texts.end());
  column.categories.assign(distinct.begin(), distinct.end());
  for (const std::string& text : texts) {
    const auto place = std::ranges::lower_bound(column.categories, text);
    column.codes.push_back(static_cast<std::int32_t>(place - column.categories.begin()));
  }
  return column;
}

Column target_of(const NumpyArray& y, const Table& table) {
  const bool one_column = y.shape.size() == 2 && y.shape[1] == 1;
  if ((y.shape.size() != 1 && !one_column) || y.shape[0] != table.rows) {
    fail(table.source,
         fmt::format("y has shape {}; expected ({},), one value per row of X{}", shape_text(y.shape),
                     table.rows,
                     y.shape.size() == 2 ? "; one-hot rows become classes by argmax(axis=1)" : ""));
  }
  check_finite(y, "y", table.source);
  Column column;
  const auto store = [&](const auto& values) {
    if constexpr (std::is_same_v<typename std::decay_t<decltype(values)>::value_type, std::string>) {
      column = category_column(values);
    } else {
      for (const auto value : values) column.numbers.push_back(static_cast<double>(value));
    }
  };
  std::visit(store, y.values);
  column.name = "y";
  return column;
}

}  // namespace

std::size_t NumpyArray::size() const {
  return std::visit([](const auto& list) { return list.size(); }, values);
}

NumpyArray read_npy(const std::filesystem::path& path) {
  return parse_npy(read_file(path), path.string());
}

std::map<std::string, NumpyArray> read_npz(const std::filesystem::path& path) {
  const std::string file = read_file(path);
  const std::string source = path.string();
  std::map<std::string, NumpyArray> arrays;
  for (const ZipEntry& entry : read_zip_directory(file, source)) {
    constexpr std::string_view kEnding = ".npy";
    std::string inflated;
    if (!entry.name.ends_with(kEnding))
      fail(source, "the entry " + entry.name + " is no .npy; expected arrays by numpy.savez");
    const std::string name = entry.name.substr(0, entry.name.size() - kEnding.size());
    arrays[name] = parse_npy(read_zip_entry(file, entry, source, inflated), source + ": " + name);
  }
  return arrays;
}

Table read_npz_table(const std::filesystem::path& path) {
  std::map<std::string, NumpyArray> arrays = read_npz(path);
  Table table;
  table.source = path.string();
  if (!arrays.contains("X")) {
    std::vector<std::string> names;
    for (const auto& [name, array] : arrays) names.push_back(name);
    fail(table.source,
         fmt::format("there is no array X; it has: {}; expected X (samples, features) and y (samples)",
                     names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
  }
  table.block = block_of(std::move(arrays.at("X")), table);
  if (const auto y = arrays.find("y"); y != arrays.end()) {
    table.columns.push_back(target_of(y->second, table));
    table.default_target = "y";
  } else {
    table.notes.push_back("no array y: no target");
  }
  for (const auto& [name, array] : arrays) {
    if (name != "X" && name != "y")
      table.notes.push_back(fmt::format("array {} {} is left out", name, shape_text(array.shape)));
  }
  return table;
}

}  // namespace gradus
