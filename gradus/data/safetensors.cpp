#include "gradus/data/safetensors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/data/json_reader.h"
#include "gradus/data/json_string.h"
#include "gradus/data/shape.h"
#include "gradus/data/utf8.h"

namespace gradus {
namespace {

static_assert(std::endian::native == std::endian::little, "values are copied as they stand in the file");

constexpr std::size_t kLengthSize = 8;
constexpr std::size_t kMaxHeader = 100'000'000;
constexpr std::size_t kMaxValues = 50'000;  // names, sizes and offsets: five for a matrix
constexpr std::size_t kMostName = 4096;     // bytes
constexpr std::size_t kMostShown = 60;      // of what is wrong
constexpr std::string_view kMetadata = "__metadata__";

[[noreturn]] void fail(const std::string& source, const std::string& what,
                       ErrorCode code = ErrorCode::kBadData) {
  throw Error(code, "reading " + source + ": " + what);
}

// What the header says of one tensor.
struct Entry {
  std::string name;
  std::string type;
  std::vector<std::size_t> shape;
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::string_view header_of(std::string_view bytes, const std::string& source) {
  if (bytes.size() < kLengthSize) {
    fail(source, fmt::format("it has {} bytes; a safetensors file begins with the 8 of its header's length",
                             bytes.size()));
  }
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof(length));
  if (length > kMaxHeader)
    fail(source, fmt::format("the header's length at byte 0 is {}; at most {} is read", length, kMaxHeader));
  if (length > bytes.size() - kLengthSize) {
    fail(source, fmt::format("it ends at byte {}, inside the header of {} bytes; get the file again",
                             bytes.size(), length));
  }
  const std::string_view header = bytes.substr(kLengthSize, length);
  if (!header.starts_with('{'))
    fail(source, "the header at byte 8 does not begin with '{'; expected safetensors");
  return header;
}

// Bytes of a value; 0 for types that the format does not know.
std::size_t item_size(std::string_view type) {
  static const std::map<std::string_view, std::size_t> kSizes = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"I16", 2}, {"U16", 2}, {"F16", 2}, {"BF16", 2},
      {"I32", 4},  {"U32", 4}, {"F32", 4}, {"I64", 8}, {"U64", 8}, {"F64", 8}};
  const auto found = kSizes.find(type);
  return found == kSizes.end() ? 0 : found->second;
}

bool is_read(const Entry& entry) {
  return entry.type == "F32" || entry.type == "F64";
}

// The beginning, up to a whole letter.
std::string_view shown(std::string_view text) {
  const std::string_view begin = text.substr(0, kMostShown);
  return begin.substr(0, first_bad_utf8(begin));
}

// The header, read piece by piece: no tree, which takes up to forty times its text.
class Header {
 public:
  Header(std::string_view bytes, std::string_view header, const std::string& source, OtherTypes others)
      : source_(source),
        others_(others),
        reader_(bytes.substr(0, kLengthSize + header.size()), source + ": the header", kLengthSize,
                "; get the file again") {}

  void read() {
    std::set<std::string> names;
    reader_.object([&](const std::string& name) {
      count(name);
      if (!names.insert(name).second) fail_twice(name);
      if (name == kMetadata) {
        read_metadata();
      } else {
        entries.push_back(read_entry(name));
      }
    });
    reader_.end();
  }

  std::map<std::string, std::string> metadata;
  std::vector<Entry> entries;

 private:
  // As they stand in the header.
  struct Fields {
    std::string_view dtype;
    std::string_view shape;
    std::string_view data_offsets;
    bool others = false;
  };

  void count() {
    if (++values_ > kMaxValues) {
      fail(source_, fmt::format("the header holds more than {} values; expected the tensors of a network",
                                kMaxValues));
    }
  }

  void count(const std::string& name) {
    count();
    if (name.size() > kMostName)
      fail(source_,
           fmt::format("a name in the header has {} bytes; at most {} are read", name.size(), kMostName));
  }

  [[noreturn]] void fail_twice(const std::string& key) const {
    fail(source_, fmt::format("the key \"{}\" stands twice in the header", key));
  }

  void read_metadata() {
    if (reader_.peek() != JsonReader::Kind::kObject)
      fail(source_, fmt::format("{} is no object of texts", kMetadata));
    reader_.object([&](const std::string& key) {
      count(key);
      if (reader_.peek() != JsonReader::Kind::kString)
        fail(source_, fmt::format("{} \"{}\" is no text", kMetadata, key));
      if (!metadata.emplace(key, reader_.string()).second) fail_twice(key);
    });
  }

  Fields read_fields() {
    Fields fields;
    if (reader_.peek() != JsonReader::Kind::kObject) {
      reader_.skip();
      return fields;
    }
    reader_.object([&](const std::string& key) {
      std::string_view* const field = key == "dtype"          ? &fields.dtype
                                      : key == "shape"        ? &fields.shape
                                      : key == "data_offsets" ? &fields.data_offsets
                                                              : nullptr;
      if (field != nullptr && !field->empty()) fail_twice(key);
      const std::string_view value = reader_.text_of_value();
      if (field != nullptr) *field = value;
      fields.others |= field == nullptr;
    });
    return fields;
  }

  // nullopt where it is no list of whole numbers.
  std::optional<std::vector<std::size_t>> sizes_from(std::string_view text) {
    JsonReader list(text, source_);
    if (list.peek() != JsonReader::Kind::kArray) return std::nullopt;
    std::vector<std::size_t> sizes;
    bool whole = true;
    list.array([&] {
      count();
      const std::string_view size = list.text_of_value();
      const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), sizes.emplace_back());
      whole = whole && error == std::errc() && end == size.data() + size.size();
    });
    return whole ? std::optional(sizes) : std::nullopt;
  }

  Entry read_entry(const std::string& name) {
    const Fields fields = read_fields();
    if (fields.others || !fields.dtype.starts_with('"') || fields.dtype.size() > kMostName ||
        fields.shape.empty() || fields.data_offsets.empty())
      fail(source_, fmt::format("tensor {} does not have exactly dtype, shape and data_offsets", name));
    Entry entry;
    entry.name = name;
    entry.type = JsonReader(fields.dtype, source_).string();
    const std::size_t size = item_size(entry.type);
    if (size == 0 || (!is_read(entry) && others_ == OtherTypes::kRefused)) {
      fail(source_,
           fmt::format("tensor {} is of type {}; only F32 and F64 are read; convert it", name, entry.type),
           ErrorCode::kUnsupported);
    }
    const auto shape = sizes_from(fields.shape);
    const auto offsets = sizes_from(fields.data_offsets);
    if (!shape) {
      fail(source_,
           fmt::format("the shape of tensor {} is {}; expected a list of sizes", name, shown(fields.shape)));
    }
    if (!offsets || offsets->size() != 2 || (*offsets)[0] > (*offsets)[1]) {
      fail(source_, fmt::format("the data_offsets of tensor {} are {}; expected [begin, end]", name,
                                shown(fields.data_offsets)));
    }
    entry.shape = *shape;
    entry.begin = (*offsets)[0];
    entry.end = (*offsets)[1];
    const std::optional<std::size_t> bytes = checked_bytes(entry.shape, size);
    if (bytes != entry.end - entry.begin) {
      fail(source_, fmt::format("tensor {} has shape {} and type {}, but {} bytes of data", name,
                                shape_text(entry.shape), entry.type, entry.end - entry.begin));
    }
    return entry;
  }

  const std::string& source_;
  OtherTypes others_;
  JsonReader reader_;
  std::size_t values_ = 0;
};

// Tensors follow each other without a hole or an overlap, up to the end of the file.
void check_places(std::vector<Entry>& entries, std::size_t data_size, const std::string& source) {
  std::ranges::stable_sort(entries, {}, [](const Entry& entry) { return std::pair(entry.begin, entry.end); });
  std::size_t at = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != at) {
      fail(source, fmt::format("tensor {} begins at byte {} of the data; expected {}: no hole and no overlap",
                               entry.name, entry.begin, at));
    }
    at = entry.end;
  }
  if (at != data_size) {
    fail(source, fmt::format("the tensors need {} bytes of data; {} follow the header; get the file again",
                             at, data_size));
  }
}

template <class T>
std::vector<T> values_from(std::string_view bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

std::string_view bytes_of(const Tensor& tensor) {
  return std::visit(
      [](const auto& values) {
        return std::string_view(reinterpret_cast<const char*>(values.data()),
                                values.size() * sizeof(values[0]));
      },
      tensor.values);
}

void add_text(std::string& header, std::string_view text) {
  if (first_bad_utf8(text) != text.size())
    throw Error(ErrorCode::kInvalidArgument, "writing safetensors: a name or text is not UTF-8");
  add_json_string(header, text);
}

void add_metadata(std::string& header, const std::map<std::string, std::string>& metadata) {
  add_text(header, kMetadata);
  header += ":{";
  const char* before = "";
  for (const auto& [key, text] : metadata) {
    header += before;
    add_text(header, key);
    header += ':';
    add_text(header, text);
    before = ",";
  }
  header += '}';
}

// About: growing would take it twice over.
std::size_t size_of_file(const Safetensors& content) {
  constexpr std::size_t kTensor = 150;  // its entry in the header
  std::size_t texts = 0;
  std::size_t data = 0;
  for (const auto& [key, text] : content.metadata) texts += key.size() + text.size() + 6;
  for (const auto& [name, tensor] : content.tensors) data += kTensor + name.size() + bytes_of(tensor).size();
  return kTensor + texts + texts / 8 + data;  // an eighth for escapes: the texts are JSON themselves
}

// `at`: where its values stand, from the beginning of the data.
void add_tensor(std::string& header, std::string_view name, const Tensor& tensor, std::size_t at) {
  const std::size_t size = bytes_of(tensor).size();
  const std::size_t item_size = std::holds_alternative<std::vector<double>>(tensor.values) ? 8 : 4;
  GRADUS_ASSERT(checked_bytes(tensor.shape, item_size) == size, name, shape_text(tensor.shape), size);
  add_text(header, name);
  header += fmt::format(R"(:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})",
                        item_size == 8 ? "F64" : "F32", fmt::join(tensor.shape, ","), at, at + size);
}

}  // namespace

std::size_t Tensor::size() const {
  return std::visit([](const auto& list) { return list.size(); }, values);
}

const Tensor* Safetensors::find(std::string_view name) const {
  const auto found = std::ranges::find(tensors, name, &std::pair<std::string, Tensor>::first);
  return found == tensors.end() ? nullptr : &found->second;
}

Safetensors parse_safetensors(std::string_view bytes, const std::string& source, OtherTypes others) {
  const std::string_view header = header_of(bytes, source);
  const std::string_view data = bytes.substr(kLengthSize + header.size());

  Header read(bytes, header, source, others);
  read.read();
  std::vector<Entry>& entries = read.entries;
  check_places(entries, data.size(), source);

  Safetensors content;
  content.metadata = std::move(read.metadata);
  for (Entry& entry : entries) {
    if (!is_read(entry)) {
      content.left_out.push_back(std::move(entry.name));
      continue;
    }
    const std::string_view own = data.substr(entry.begin, entry.end - entry.begin);
    Tensor tensor;
    tensor.shape = std::move(entry.shape);
    if (entry.type == "F64") {
      tensor.values = values_from<double>(own);
    } else {
      tensor.values = values_from<float>(own);
    }
    content.tensors.emplace_back(std::move(entry.name), std::move(tensor));
  }
  return content;
}

Safetensors read_safetensors(const std::filesystem::path& path, OtherTypes others) {
  return parse_safetensors(read_file(path), path.string(), others);
}

std::string format_safetensors(const Safetensors& content) {
  std::string bytes;
  bytes.reserve(size_of_file(content));
  bytes.assign(kLengthSize, '\0');
  bytes += '{';
  if (!content.metadata.empty()) add_metadata(bytes, content.metadata);
  std::set<std::string_view> names{kMetadata};
  std::size_t at = 0;
  for (const auto& [name, tensor] : content.tensors) {
    const bool is_new = names.insert(name).second;
    GRADUS_ASSERT(is_new, name);
    if (bytes.back() != '{') bytes += ',';
    add_tensor(bytes, name, tensor, at);
    at += bytes_of(tensor).size();
  }
  bytes += '}';
  bytes.resize((bytes.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = bytes.size() - kLengthSize;
  std::memcpy(bytes.data(), &length, sizeof(length));
  for (const auto& [name, tensor] : content.tensors) bytes += bytes_of(tensor);
  return bytes;
}

void write_safetensors(const std::filesystem::path& path, const Safetensors& content, Durability durability) {
  write_file_atomically(path, format_safetensors(content), durability);
}

}  // namespace gradus
