#include "gradus/formats/npz_model.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "gradus/core/error.h"
#include "gradus/core/mapped_file.h"
#include "gradus/data/npy.h"
#include "gradus/data/npz.h"
#include "gradus/data/zip.h"
#include "gradus/formats/read_json-inl.h"

namespace gradus {

namespace {

constexpr std::string_view kMetadata = "metadata";
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32;

// Deflate can make a thousand times as much of a file.
void check_sizes(const std::filesystem::path& path) {
  const MappedFile file(path);
  std::uint64_t sum = 0;
  for (const ZipEntry& entry : read_zip_directory(file.bytes(), path.string())) {
    if (entry.size > kMostBytes - sum) {
      throw Error(
          ErrorCode::kBadData,
          fmt::format("reading {}: its arrays claim more than {} bytes; expected a model of at most so many",
                      path.string(), kMostBytes));
    }
    sum += entry.size;
  }
}

std::map<std::string, std::string> metadata_from(const NumpyArray& array, const std::string& source) {
  const auto* texts = std::get_if<std::vector<std::string>>(&array.values);
  if (texts == nullptr || texts->size() != 1) {
    throw Error(ErrorCode::kBadData, fmt::format("reading {}: its metadata is no single text", source));
  }
  return internal::from_json(texts->front(), source, "metadata", [](const nlohmann::json& object) {
    return object.get<std::map<std::string, std::string>>();
  });
}

}  // namespace

std::string format_npz(const Safetensors& content) {
  std::vector<std::pair<std::string, std::string>> entries;
  for (const auto& [name, tensor] : content.tensors) entries.emplace_back(name + ".npy", format_npy(tensor));
  const std::string metadata = nlohmann::json(content.metadata).dump();
  entries.emplace_back(fmt::format("{}.npy", kMetadata), format_npy(metadata));
  return format_zip(entries);
}

Safetensors read_npz_content(const std::filesystem::path& path) {
  check_sizes(path);
  Safetensors content;
  for (const auto& [name, array] : read_npz(path)) {
    if (name == kMetadata) {
      content.metadata = metadata_from(array, path.string());
      continue;
    }
    const auto add = [&, &key = name, &shape = array.shape]<class List>(const List& values) {
      using Value = typename List::value_type;
      if constexpr (std::is_floating_point_v<Value>) {
        content.tensors.emplace_back(
            key, Tensor{.shape = shape, .values = std::vector<Value>(values.begin(), values.end())});
      } else {
        content.left_out.push_back(key);
      }
    };
    std::visit(add, array.values);
  }
  return content;
}

}  // namespace gradus
