#include "gradus/data/idx.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/core/pages.h"
#include "gradus/data/gzip.h"
#include "gradus/data/shape.h"

namespace gradus {
namespace fs = std::filesystem;
namespace {

constexpr unsigned kUnsignedByte = 0x08;

[[noreturn]] void fail(const fs::path& path, const std::string& what) {
  throw Error(ErrorCode::kBadData, "reading " + path.string() + ": " + what);
}

// An IDX file of which the header has been read and found possible; the values follow.
class IdxFile {
 public:
  explicit IdxFile(const fs::path& path) : path_(path), reader_(path) {
    read_header();
    check_size();
  }

  [[nodiscard]] const fs::path& path() const { return path_; }
  [[nodiscard]] const std::vector<std::size_t>& shape() const { return shape_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  // All values; `out` has bytes() elements. Nothing may follow them.
  void read_values(std::span<std::uint8_t> out) {
    const std::size_t count = reader_.read(std::as_writable_bytes(out));
    if (count < out.size()) {
      fail(path_, fmt::format("it ends at byte {}; its header {} promises {} bytes; get the file again",
                              header_bytes() + count, shape_text(shape_), header_bytes() + bytes_));
    }
    std::byte more{};
    if (reader_.read(std::span(&more, 1)) > 0) {
      fail(path_, fmt::format("more bytes follow the {} that its header {} promises; get the file again",
                              header_bytes() + bytes_, shape_text(shape_)));
    }
  }

 private:
  [[nodiscard]] std::size_t header_bytes() const { return 4 + 4 * shape_.size(); }

  void read_header() {
    std::array<std::uint8_t, 4> magic{};
    const std::size_t count = reader_.read(std::as_writable_bytes(std::span(magic)));
    if (count == 0) fail(path_, "the file is empty; expected IDX; get the file again");
    if (count < magic.size() || magic[0] != 0 || magic[1] != 0 || magic[3] == 0) {
      fail(path_,
           fmt::format("it begins with {:02x}; expected the IDX magic 00 00 08 and the number of dimensions",
                       fmt::join(std::span(magic).first(count), " ")));
    }
    if (magic[2] != kUnsignedByte) {
      fail(path_,
           fmt::format("the type at byte 2 is 0x{:02x}; only unsigned bytes (0x08) are read", magic[2]));
    }
    for (unsigned dimension = 0; dimension < magic[3]; ++dimension) {
      std::array<std::uint8_t, 4> size{};
      if (reader_.read(std::as_writable_bytes(std::span(size))) < size.size()) {
        fail(path_, fmt::format("it ends inside the header, in size {} of {}; get the file again",
                                dimension + 1, magic[3]));
      }
      shape_.push_back(std::size_t{size[0]} << 24 | std::size_t{size[1]} << 16 | std::size_t{size[2]} << 8 |
                       size[3]);
    }
  }

  // Before memory is asked for: can a file of this size hold what the header says?
  void check_size() {
    const std::optional<std::size_t> bytes = checked_bytes(shape_, 1);
    const std::uint64_t capacity = reader_.capacity();
    if (!bytes || *bytes > capacity) {
      fail(path_,
           fmt::format("its header {} promises {} bytes; the file can hold {} at most; get the file again",
                       shape_text(shape_), bytes ? std::to_string(*bytes) : "too many", capacity));
    }
    bytes_ = *bytes;
  }

  fs::path path_;
  GzipReader reader_;
  std::vector<std::size_t> shape_;
  std::size_t bytes_ = 0;
};

// <part>-<kind>-idx<d>-ubyte, as some mirrors write it also with a dot, raw or gzip; empty where there is
// none.
std::optional<fs::path> find_file(const fs::path& folder, const std::string& stem,
                                  const std::string& ending) {
  for (const char* sign : {"-", "."}) {
    for (const char* packing : {"", ".gz"}) {
      fs::path path = folder / (stem + sign + ending + packing);
      std::error_code ignored;
      if (fs::exists(path, ignored)) return path;
    }
  }
  return std::nullopt;
}

struct Pair {
  IdxFile pictures;
  IdxFile labels;
};

void check_pair(const Pair& pair) {
  const std::vector<std::size_t>& pictures = pair.pictures.shape();
  const std::vector<std::size_t>& labels = pair.labels.shape();
  if (pictures.size() != 3) {
    fail(pair.pictures.path(),
         "its shape is " + shape_text(pictures) + "; expected (pictures, rows, columns)");
  }
  if (labels.size() != 1)
    fail(pair.labels.path(), "its shape is " + shape_text(labels) + "; expected (labels,)");
  if (pair.pictures.bytes() == 0)
    fail(pair.pictures.path(), "its shape is " + shape_text(pictures) + "; it holds no pictures");
  if (pictures[0] != labels[0]) {
    fail(pair.pictures.path(),
         fmt::format("it has {} pictures; {} has {} labels; take both files from one source", pictures[0],
                     pair.labels.path().filename().string(), labels[0]));
  }
}

// Empty where neither file is there.
std::optional<Pair> open_pair(const fs::path& folder, const std::string& part) {
  const std::string pictures_name = part + "-images-idx3-ubyte";
  const std::string labels_name = part + "-labels-idx1-ubyte";
  const auto pictures = find_file(folder, part + "-images", "idx3-ubyte");
  const auto labels = find_file(folder, part + "-labels", "idx1-ubyte");
  if (!pictures && !labels) return std::nullopt;
  if (!pictures || !labels) {
    throw Error(
        ErrorCode::kNotFound,
        fmt::format("reading {}: there is {} but no {}[.gz]; put it beside the other", folder.string(),
                    pictures ? pictures_name : labels_name, pictures ? labels_name : pictures_name));
  }
  Pair pair{IdxFile(*pictures), IdxFile(*labels)};
  check_pair(pair);
  return pair;
}

// Reads the pair into its place: rows from `row` on.
void read_pair(Pair& pair, std::size_t row, std::size_t cols, std::vector<std::uint8_t>& pixels,
               Column& labels) {
  pair.pictures.read_values(std::span(pixels).subspan(row * cols, pair.pictures.bytes()));
  std::vector<std::uint8_t> values(pair.labels.bytes());
  pair.labels.read_values(values);
  labels.numbers.insert(labels.numbers.end(), values.begin(), values.end());
}

}  // namespace

IdxArray read_idx(const fs::path& path) {
  IdxFile file(path);
  IdxArray array{file.shape(), std::vector<std::uint8_t>(file.bytes())};
  file.read_values(array.values);
  return array;
}

Table read_idx_folder(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    throw Error(ErrorCode::kNotFound,
                "reading " + folder.string() + ": there is no such folder; check the path");
  }
  std::optional<Pair> train = open_pair(folder, "train");
  if (!train) {
    throw Error(ErrorCode::kNotFound,
                "reading " + folder.string() +
                    ": it has no training files; expected train-images-idx3-ubyte[.gz] and "
                    "train-labels-idx1-ubyte[.gz]; `gradus data fetch mnist` downloads MNIST's");
  }
  std::optional<Pair> test = open_pair(folder, "t10k");
  const std::vector<std::size_t>& shape = train->pictures.shape();
  if (test &&
      !std::ranges::equal(std::span(shape).subspan(1), std::span(test->pictures.shape()).subspan(1))) {
    fail(test->pictures.path(),
         fmt::format("its pictures are {}x{}; those for training are {}x{}; take both from one source",
                     test->pictures.shape()[1], test->pictures.shape()[2], shape[1], shape[2]));
  }

  const std::size_t cols = shape[1] * shape[2];
  const std::size_t train_rows = shape[0];
  const std::size_t test_rows = test ? test->pictures.shape()[0] : 0;
  std::vector<std::uint8_t> pixels;
  reserve_large(pixels, (train_rows + test_rows) * cols);
  pixels.resize((train_rows + test_rows) * cols);
  Column labels;
  labels.name = "label";
  labels.numbers.reserve(train_rows + test_rows);
  read_pair(*train, 0, cols, pixels, labels);
  if (test) read_pair(*test, train_rows, cols, pixels, labels);

  Table table;
  table.source = folder.string();
  table.rows = train_rows + test_rows;
  table.given_test_rows = test_rows;
  table.default_target = labels.name;
  table.block =
      std::make_shared<FeatureBlock>(FeatureBlock{"pixel", cols, std::move(pixels), shape[1], shape[2]});
  table.columns.push_back(std::move(labels));
  return table;
}

}  // namespace gradus
