#include "gradus/data/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/data/shape.h"

namespace gradus {
namespace {

static_assert(std::endian::native == std::endian::little, "values are copied as they stand in the file");

using Json = nlohmann::ordered_json;

constexpr std::size_t kLengthSize = 8;
constexpr std::size_t kMaxHeader = 100'000'000;
constexpr std::size_t kMaxValues = 150'000;  // with names and brackets: fifteen for a matrix
constexpr int kMaxDepth = 3;                 // the header, a tensor in it, its shape
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

Json parse_header(std::string_view header, const std::string& source) {
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  std::size_t values = 0;
  const auto check = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (++values > kMaxValues)
      fail(source, fmt::format("the header holds more than {} values; expected the tensors of a network",
                               kMaxValues));
    if (depth > kMaxDepth) fail(source, fmt::format("the header is nested more than {} deep", kMaxDepth));
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second) {
      fail(source, fmt::format("the key {} stands twice in the header", parsed.dump()));
    }
    return true;
  };
  // To nlohmann a NUL is the end, whatever follows.
  if (const std::size_t nul = header.find('\0'); nul != header.npos)
    fail(source, fmt::format("the header is no JSON at byte {}; get the file again", kLengthSize + nul));
  try {
    return Json::parse(header, check);
  } catch (const Json::parse_error& error) {
    fail(source,
         fmt::format("the header is no JSON at byte {}; get the file again", kLengthSize + error.byte));
  } catch (const Json::out_of_range&) {
    fail(source, "a number in the header is beyond the range of a double; get the file again");
  }
}

std::optional<std::vector<std::size_t>> sizes_from(const Json& list) {
  if (!list.is_array()) return std::nullopt;
  std::vector<std::size_t> sizes;
  for (const Json& size : list) {
    if (!size.is_number_unsigned()) return std::nullopt;
    sizes.push_back(size.get<std::size_t>());
  }
  return sizes;
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

Entry parse_entry(const std::string& name, const Json& json, const std::string& source, OtherTypes others) {
  const bool complete = json.is_object() && json.size() == 3 && json.contains("dtype") &&
                        json.contains("shape") && json.contains("data_offsets") && json["dtype"].is_string();
  if (!complete)
    fail(source, fmt::format("tensor {} does not have exactly dtype, shape and data_offsets", name));
  Entry entry;
  entry.name = name;
  entry.type = json["dtype"].get<std::string>();
  const std::size_t size = item_size(entry.type);
  if (size == 0 || (!is_read(entry) && others == OtherTypes::kRefused)) {
    fail(source,
         fmt::format("tensor {} is of type {}; only F32 and F64 are read; convert it", name, entry.type),
         ErrorCode::kUnsupported);
  }
  const auto shape = sizes_from(json["shape"]);
  const auto offsets = sizes_from(json["data_offsets"]);
  if (!shape)
    fail(source,
         fmt::format("the shape of tensor {} is {}; expected a list of sizes", name, json["shape"].dump()));
  if (!offsets || offsets->size() != 2 || (*offsets)[0] > (*offsets)[1]) {
    fail(source, fmt::format("the data_offsets of tensor {} are {}; expected [begin, end]", name,
                             json["data_offsets"].dump()));
  }
  entry.shape = *shape;
  entry.begin = (*offsets)[0];
  entry.end = (*offsets)[1];
  const std::optional<std::size_t> bytes = checked_bytes(entry.shape, size);
  if (bytes != entry.end - entry.begin) {
    fail(source, fmt::format("tensor {} has shape {} and type {}, but {} bytes of data", name,
                             shape_text(entry.shape), entry.type, entry.end - entry.begin));
  }
  return entry;
}

std::map<std::string, std::string> parse_metadata(const Json& json, const std::string& source) {
  std::map<std::string, std::string> metadata;
  if (!json.is_object()) fail(source, fmt::format("{} is no object of texts", kMetadata));
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) fail(source, fmt::format("{} {} is no text", kMetadata, Json(key).dump()));
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

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

std::string dump_header(const Json& header) {
  try {
    return header.dump();
  } catch (const Json::type_error&) {
    throw Error(ErrorCode::kInvalidArgument, "writing safetensors: a name or text is not UTF-8");
  }
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

  Safetensors content;
  std::vector<Entry> entries;
  const Json json = parse_header(header, source);
  for (const auto& [name, value] : json.items()) {
    if (name == kMetadata) {
      content.metadata = parse_metadata(value, source);
    } else {
      entries.push_back(parse_entry(name, value, source, others));
    }
  }
  check_places(entries, data.size(), source);

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
  Json header = Json::object();
  if (!content.metadata.empty()) header[std::string(kMetadata)] = content.metadata;
  std::size_t at = 0;
  for (const auto& [name, tensor] : content.tensors) {
    const std::size_t size = bytes_of(tensor).size();
    const std::size_t item_size = std::holds_alternative<std::vector<double>>(tensor.values) ? 8 : 4;
    GRADUS_ASSERT(name != kMetadata && !header.contains(name), name);
    GRADUS_ASSERT(checked_bytes(tensor.shape, item_size) == size, name, shape_text(tensor.shape), size);
    header[name] = {{"dtype", item_size == 8 ? "F64" : "F32"},
                    {"shape", tensor.shape},
                    {"data_offsets", {at, at + size}}};
    at += size;
  }
  std::string text = dump_header(header);
  text.resize((text.size() + 7) / 8 * 8, ' ');

  std::string bytes(kLengthSize, '\0');
  const std::uint64_t length = text.size();
  std::memcpy(bytes.data(), &length, sizeof(length));
  bytes.reserve(kLengthSize + text.size() + at);
  bytes += text;
  for (const auto& [name, tensor] : content.tensors) bytes += bytes_of(tensor);
  return bytes;
}

void write_safetensors(const std::filesystem::path& path, const Safetensors& content, Durability durability) {
  write_file_atomically(path, format_safetensors(content), durability);
}

}  // namespace gradus
