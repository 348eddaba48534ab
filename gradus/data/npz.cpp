#include "gradus/data/npz.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/core/mapped_file.h"
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

void check_finite(const NumpyArray& array, const std::string& name, const std::string& source,
                  const FileWindow& window = {}) {
  const auto check = [&](const auto& values) {
    if constexpr (std::is_floating_point_v<typename std::decay_t<decltype(values)>::value_type>) {
      constexpr std::size_t kSome = std::size_t{1} << 16;
      RowSweep sweep(window, sizeof(values[0]));
      for (std::size_t first = 0; first < values.size(); first += kSome) {
        const auto some = std::span(values).subspan(first, std::min(kSome, values.size() - first));
        const auto bad = std::ranges::find_if_not(some, [](auto value) { return std::isfinite(value); });
        if (bad != some.end()) {
          const auto place = first + static_cast<std::size_t>(bad - some.begin());
          fail(source, fmt::format("{}{} is {}; expected finite numbers; fill or remove such rows first",
                                   name, index_text(array.shape, place), *bad));
        }
        sweep.reach(first + some.size());
      }
    }
  };
  std::visit(check, array.values);
}

// uint8, float32 and float64 features stay as and where they are, other whole numbers become doubles.
std::shared_ptr<const FeatureBlock> block_of(NumpyArray x, const FileWindow& window, Table& table) {
  const std::string shape = shape_text(x.shape);
  if (std::holds_alternative<std::vector<std::string>>(x.values))
    fail(table.source, "X is text; expected numbers");
  if (x.shape.empty() || x.size() == 0) {
    fail(table.source,
         fmt::format("X has shape {}; expected (samples, features), at least one of each", shape));
  }
  if (x.shape[0] > std::numeric_limits<std::uint32_t>::max()) {
    fail(table.source, fmt::format("X has {} rows; at most {} are read", x.shape[0],
                                   std::numeric_limits<std::uint32_t>::max()));
  }
  check_finite(x, "X", table.source, window);
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
      block->values = SharedArray(std::vector<double>(values.begin(), values.end()));
    } else if constexpr (!std::is_same_v<Value, std::string>) {
      block->values = std::move(values);
    }
  };
  std::visit(store, x.values);
  table.rows = x.shape[0];
  if (table.rows * block->row_bytes() > window.bytes) block->window = window;
  return block;
}

Column category_column(const std::vector<std::string>& texts) {
  Column column;
  column.kind = ColumnKind::kCategory;
  const std::set<std::string> distinct(texts.begin(), texts.end());
  column.categories.assign(distinct.begin(), distinct.end());
  std::vector<std::int32_t> codes;
  codes.reserve(texts.size());
  for (const std::string& text : texts) {
    const auto place = std::ranges::lower_bound(column.categories, text);
    codes.push_back(static_cast<std::int32_t>(place - column.categories.begin()));
  }
  column.codes = std::move(codes);
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
      column.numbers = std::vector<double>(values.begin(), values.end());
    }
  };
  std::visit(store, y.values);
  column.name = "y";
  return column;
}

// X as features, y as the target if it is there.
Table table_of(NumpyArray x, const NumpyArray* y, const std::string& source, const char* y_name,
               const FileWindow& window = {}) {
  Table table;
  table.source = source;
  table.block = block_of(std::move(x), window, table);
  if (y == nullptr) {
    table.notes.push_back(fmt::format("no {}: no target", y_name));
    return table;
  }
  table.columns.push_back(target_of(*y, table));
  table.default_target = "y";
  return table;
}

}  // namespace

std::size_t NumpyArray::size() const {
  return std::visit([](const auto& list) { return list.size(); }, values);
}

NumpyArray read_npy(const std::filesystem::path& path) {
  const auto file = std::make_shared<const MappedFile>(path);
  return parse_npy(file->bytes(), path.string(), file);
}

std::map<std::string, NumpyArray> read_npz(const std::filesystem::path& path) {
  const auto file = std::make_shared<const MappedFile>(path);
  const std::string source = path.string();
  std::map<std::string, NumpyArray> arrays;
  for (const ZipEntry& entry : read_zip_directory(file->bytes(), source)) {
    constexpr std::string_view kEnding = ".npy";
    if (!entry.name.ends_with(kEnding))
      fail(source, "the entry " + entry.name + " is no .npy; expected arrays by numpy.savez");
    const std::string name = entry.name.substr(0, entry.name.size() - kEnding.size());
    const auto inflated = std::make_shared<std::string>();
    const std::string_view content = read_zip_entry(file->bytes(), entry, source, *inflated);
    const bool stored = inflated->empty();
    arrays[name] =
        parse_npy(content, source + ": " + name,
                  stored ? std::shared_ptr<const void>(file) : std::shared_ptr<const void>(inflated));
  }
  return arrays;
}

Table read_npz_table(const std::filesystem::path& path) {
  std::map<std::string, NumpyArray> arrays = read_npz(path);
  if (!arrays.contains("X")) {
    std::vector<std::string> names;
    for (const auto& [name, array] : arrays) names.push_back(name);
    fail(path.string(),
         fmt::format("there is no array X; it has: {}; expected X (samples, features) and y (samples)",
                     names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
  }
  const auto y = arrays.find("y");
  Table table =
      table_of(std::move(arrays.at("X")), y == arrays.end() ? nullptr : &y->second, path.string(), "array y");
  for (const auto& [name, array] : arrays) {
    if (name != "X" && name != "y")
      table.notes.push_back(fmt::format("array {} {} is left out", name, shape_text(array.shape)));
  }
  return table;
}

Table read_npy_folder(const std::filesystem::path& folder, std::size_t window) {
  const std::filesystem::path x_path = folder / "X.npy";
  const std::filesystem::path y_path = folder / "y.npy";
  std::error_code ignored;
  if (!std::filesystem::exists(x_path, ignored)) {
    throw Error(ErrorCode::kNotFound,
                "reading " + folder.string() + ": there is y.npy but no X.npy; put the features beside it");
  }
  const auto file = std::make_shared<const MappedFile>(x_path);
  require_values_in_place(file->bytes(), x_path.string());
  NumpyArray x = parse_npy(file->bytes(), x_path.string(), file);
  std::optional<NumpyArray> y;
  if (std::filesystem::exists(y_path, ignored)) y = read_npy(y_path);
  return table_of(std::move(x), y ? &*y : nullptr, folder.string(), "y.npy",
                  window > 0 ? FileWindow{file, window} : FileWindow{});
}

}  // namespace gradus
