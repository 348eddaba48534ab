#include "gradus/data/window_encode.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <string>
#include <system_error>
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

struct Descriptor {
  Descriptor() = default;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number = -1;
};

// Taken away from its file at the end.
struct Name {
  std::string path;
  ~Name() { ::unlink(path.c_str()); }
};

// A file of that size that nobody else can open. It loses its name before a byte is written: whoever is killed leaves nothing.
class NamelessFile {
 public:
  NamelessFile(const fs::path& folder, std::size_t bytes) : folder_(folder) {
    std::string path = (folder / ".gradus-rows-XXXXXX").string();
    descriptor_.number = ::mkostemp(path.data(), O_CLOEXEC);
    if (descriptor_.number < 0) fail();
    const Name name{path};
    if (::ftruncate(descriptor_.number, static_cast<off_t>(bytes)) < 0) fail();
    mapped_ = std::make_shared<const MappedFile>(path);
  }
  void write(std::span<const double> values) {
    std::span<const std::byte> bytes = std::as_bytes(values);
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_.number, bytes.data(), bytes.size());
      if (written < 0 && errno != EINTR) fail();
      bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
  }
  [[nodiscard]] const std::shared_ptr<const MappedFile>& mapped() const { return mapped_; }

 private:
  [[noreturn]] void fail() const {
    throw Error(ErrorCode::kFile, fmt::format("writing encoded rows to {}: {}; free some space there, or set "
                                              "XDG_CACHE_HOME to another folder",
                                              folder_.string(), std::generic_category().message(errno)));
  }

  fs::path folder_;
  Descriptor descriptor_;
  std::shared_ptr<const MappedFile> mapped_;
};

std::shared_ptr<const MappedFile> write_rows(const Transform& transform, const Table& table,
                                             std::size_t window) {
  const fs::path folder = table_cache_folder();
  make_folder(folder);
  const std::size_t cols = columns_of(transform);
  NamelessFile file(folder, table.rows * cols * sizeof(double));
  const std::size_t some = std::max<std::size_t>(1, window / 4 / (cols * sizeof(double)));
  std::vector<double> values;
  for (std::size_t first = 0; first < table.rows; first += some) {
    values.assign(std::min(some, table.rows - first) * cols, 0);
    encode_rows(transform, table, first, values);
    file.write(values);
  }
  return file.mapped();
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
  auto block = std::make_shared<FeatureBlock>();
  block->cols = columns_of(transform);
  block->window = {write_rows(transform, table, window), window};
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
