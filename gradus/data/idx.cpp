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

  // Appends all values, for which there is room. Memory is touched as they come: what the header says may be a lie. Nothing may
  // follow them.
  void read_values(std::vector<std::uint8_t>& out) {
    constexpr std::size_t kPiece = std::size_t{1} << 22;
    std::size_t count = 0;
    while (count < bytes_) {
      const std::size_t piece = std::min(kPiece, bytes_ - count);
      out.resize(out.size() + piece);
      const std::size_t came = reader_.read(std::as_writable_bytes(std::span(out).last(piece)));
      count += came;
      if (came < piece) break;
    }
    std::byte more{};
    check_end(header_bytes() + count + reader_.read(std::span(&more, 1)));
  }

  // All values where they lie.
  SharedArray<std::uint8_t> map_values(FileWindow& window) {
    if (reader_.compressed()) {
      throw Error(
          ErrorCode::kUnsupported,
          fmt::format("reading {0}: its {1} bytes are more than the window of {2}, and compressed bytes "
                      "cannot stay in their file; unpack it: gunzip -k {0}",
                      path_.string(), bytes_, window.bytes));
    }
    window.file = std::make_shared<const MappedFile>(path_);
    const std::string_view all = window.file->bytes();
    check_end(all.size());
    return {window.file,
            std::span(reinterpret_cast<const std::uint8_t*>(all.data()), all.size()).last(bytes_)};
  }

 private:
  void check_end(std::size_t end) const {
    const std::size_t promised = header_bytes() + bytes_;
    if (end < promised) {
      fail(path_, fmt::format("it ends at byte {}; its header {} promises {} bytes; get the file again", end,
                              shape_text(shape_), promised));
    }
    if (end > promised) {
      fail(path_, fmt::format("more bytes follow the {} that its header {} promises; get the file again",
                              promised, shape_text(shape_)));
    }
  }
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

void read_labels(Pair& pair, std::vector<double>& labels) {
  std::vector<std::uint8_t> values;
  values.reserve(pair.labels.bytes());
  pair.labels.read_values(values);
  labels.insert(labels.end(), values.begin(), values.end());
}

// What both pairs' blocks have in common; shape is that of pictures.
FeatureBlock block_for(const std::vector<std::size_t>& shape) {
  FeatureBlock block;
  block.prefix = "pixel";
  block.cols = shape[1] * shape[2];
  block.picture_rows = shape[1];
  block.picture_cols = shape[2];
  return block;
}

std::shared_ptr<const FeatureBlock> map_block(Pair& pair, std::size_t window) {
  FeatureBlock block = block_for(pair.pictures.shape());
  block.window.bytes = window;
  block.values = pair.pictures.map_values(block.window);
  return std::make_shared<const FeatureBlock>(std::move(block));
}

// Both pairs' pictures, one behind the other.
std::shared_ptr<const FeatureBlock> read_block(Pair& train, Pair* test) {
  const std::size_t test_bytes = test != nullptr ? test->pictures.bytes() : 0;
  std::vector<std::uint8_t> pixels;
  reserve_large(pixels, train.pictures.bytes() + test_bytes);
  train.pictures.read_values(pixels);
  if (test != nullptr) test->pictures.read_values(pixels);
  FeatureBlock block = block_for(train.pictures.shape());
  block.values = std::move(pixels);
  return std::make_shared<const FeatureBlock>(std::move(block));
}

}  // namespace

IdxArray read_idx(const fs::path& path) {
  IdxFile file(path);
  IdxArray array{file.shape(), {}};
  reserve_large(array.values, file.bytes());
  file.read_values(array.values);
  return array;
}

Table read_idx_folder(const fs::path& folder, std::size_t window) {
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

  Table table;
  table.source = folder.string();
  table.given_test_rows = test ? test->pictures.shape()[0] : 0;
  table.rows = shape[0] + table.given_test_rows;
  const std::size_t bytes = train->pictures.bytes() + (test ? test->pictures.bytes() : 0);
  if (window > 0 && bytes > window) {
    table.block = map_block(*train, window);
    if (test) table.test_block = map_block(*test, window);
  } else {
    table.block = read_block(*train, test ? &*test : nullptr);
  }
  std::vector<double> labels;
  labels.reserve(table.rows);
  read_labels(*train, labels);
  if (test) read_labels(*test, labels);
  Column& column = table.columns.emplace_back();
  column.name = "label";
  column.numbers = std::move(labels);
  table.default_target = column.name;
  return table;
}

}  // namespace gradus
