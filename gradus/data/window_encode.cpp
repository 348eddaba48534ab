#include "gradus/data/window_encode.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <numeric>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/data/source.h"

namespace gradus::internal {
namespace {

namespace fs = std::filesystem;

bool is_block(const Transform& transform, const Table& table) {
  return transform.inputs.empty() && table.block != nullptr;
}

std::size_t columns_of(const Transform& transform) {
  return transform.features() - (transform.ones_column ? 1 : 0);
}

template <class T>
void reorder(std::vector<T>& values, const std::vector<std::uint32_t>& places) {
  if (values.empty()) return;
  std::vector<T> ordered;
  ordered.reserve(values.size());
  for (const std::uint32_t place : places) ordered.push_back(values[place]);
  values = std::move(ordered);
}

void write_rows(const fs::path& path, const Transform& transform, const Table& table, std::size_t window) {
  const std::size_t cols = columns_of(transform);
  const std::size_t some = std::max<std::size_t>(1, window / 4 / (cols * sizeof(double)));
  AtomicFile file(path);
  std::vector<double> values;
  for (std::size_t first = 0; first < table.rows; first += some) {
    values.assign(std::min(some, table.rows - first) * cols, 0);
    encode_rows(transform, table, first, values);
    file.write(std::as_bytes(std::span(values)));
    table.release_columns();
  }
  file.commit(Durability::kProgram);
}

}  // namespace

bool beyond_window(const Transform& transform, const Table& table, std::size_t window) {
  if (window == 0) return false;
  if (!is_block(transform, table)) return table.rows * columns_of(transform) * sizeof(double) > window;
  const FeatureBlock& block = *table.block;
  if (block.window.active()) return true;
  const std::size_t bytes = table.rows * block.row_bytes();
  if (bytes <= window) return false;
  throw Error(
      ErrorCode::kUnsupported,
      fmt::format("using {}: its rows are {} bytes in memory, more than the window of {}; rows stay on the "
                  "disk as X.npy and y.npy in a folder, as unpacked IDX files or as CSV: save them so, or "
                  "leave memory out",
                  table.source, bytes, window));
}

Features encode_to_file(const Transform& transform, const Table& table, std::size_t window) {
  if (is_block(transform, table)) return encode(transform, table);
  static std::atomic<unsigned> counter = 0;
  const fs::path folder = table_cache_folder();
  make_folder(folder);
  const fs::path path = folder / fmt::format("{}-{}.rows", ::getpid(), counter++);
  write_rows(path, transform, table, window);

  auto block = std::make_shared<FeatureBlock>();
  block->cols = columns_of(transform);
  block->window = {std::make_shared<const MappedFile>(path), window};
  std::error_code ignored;
  fs::remove(path, ignored);  // the mapping keeps its bytes
  const std::string_view bytes = block->window.file->bytes();
  block->values = SharedArray<double>(
      block->window.file,
      std::span(reinterpret_cast<const double*>(bytes.data()), bytes.size() / sizeof(double)));
  Features features;
  features.rows = table.rows;
  features.cols = block->cols;
  features.block = std::move(block);
  return features;
}

void sort_by_row(Dataset& part) {
  std::vector<std::uint32_t> places(part.size());
  std::iota(places.begin(), places.end(), 0U);
  std::ranges::sort(places, {}, [&](std::uint32_t place) { return part.rows[place]; });
  reorder(part.labels, places);
  reorder(part.values, places);
  reorder(part.rows, places);
}

void use_test_block(Preparation& made, const Table& table) {
  if (table.test_block == nullptr) return;
  auto features = std::make_shared<Features>();
  features->rows = table.given_test_rows;
  features->cols = table.test_block->cols;
  features->block = table.test_block;
  const auto first = static_cast<std::uint32_t>(table.rows - table.given_test_rows);
  for (Dataset* part : {&made.validation, &made.test}) {
    if (part->empty() || part->rows.front() < first) continue;
    part->features = features;
    for (std::uint32_t& row : part->rows) row -= first;
  }
}

}  // namespace gradus::internal
