// The safetensors container: u64 little-endian header length, JSON header, raw little-endian data. What
// stands in a gradus model's metadata is gradus/formats' matter.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gradus/core/files.h"

namespace gradus {

struct Tensor {
  std::vector<std::size_t> shape;
  std::variant<std::vector<float>, std::vector<double>> values;  // F32 or F64; row-major

  [[nodiscard]] std::size_t size() const;
};

struct Safetensors {
  std::vector<std::pair<std::string, Tensor>> tensors;  // in the order of their data
  std::map<std::string, std::string> metadata;
  std::vector<std::string> left_out = {};  // names of tensors of other types, where they may be

  [[nodiscard]] const Tensor* find(std::string_view name) const;
};

// Stricter than the format's own reader: header at most 100 MB, UTF-8 JSON object without duplicate keys,
// offsets in order without hole or overlap, length = shape x type with checked products, nothing behind the
// last tensor. Throws Error(kNotFound), kFile, kUnsupported (other types than F32, F64, unless they may be left
// out) or kBadData with what and where.
enum class OtherTypes { kRefused, kLeftOut };
[[nodiscard]] Safetensors read_safetensors(const std::filesystem::path& path,
                                           OtherTypes others = OtherTypes::kRefused);
[[nodiscard]] Safetensors parse_safetensors(std::string_view bytes, const std::string& source,
                                            OtherTypes others = OtherTypes::kRefused);

// Tensors in the given order, 8-byte aligned header; written atomically. Same input, same bytes.
void write_safetensors(const std::filesystem::path& path, const Safetensors& content,
                       Durability durability = Durability::kMachine);
[[nodiscard]] std::string format_safetensors(const Safetensors& content);

}  // namespace gradus
