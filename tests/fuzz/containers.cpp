// Targets: arrays and what wraps them.
#include <array>
#include <memory>
#include <span>
#include <type_traits>
#include <variant>

#include "gradus/core/error.h"
#include "gradus/data/gzip.h"
#include "gradus/data/idx.h"
#include "gradus/data/npy.h"
#include "gradus/data/npz.h"
#include "gradus/data/safetensors.h"
#include "gradus/data/zip.h"
#include "tests/fuzz/target.h"

namespace gradus::fuzz {
namespace {

std::size_t bytes_of(const NumpyArray& array) {
  return std::visit([](const auto& values) { return values.size() * sizeof(*values.begin()); }, array.values);
}

std::size_t read_idx_input(std::string_view input) {
  return read_idx(file_of(input, "values-idx1-ubyte")).values.size();
}

std::size_t read_gzip_input(std::string_view input) {
  GzipReader reader(input, "input.gz");
  std::array<std::byte, 4096> piece;
  std::size_t size = 0;
  while (const std::size_t count = reader.read(piece)) {
    size += count;
    GRADUS_ASSERT(size <= reader.capacity(), size, reader.capacity());
  }
  return 0;
}

std::size_t read_npy_input(std::string_view input) {
  // Where a file would be mapped: at the start of a page, so that values may be used in place.
  const auto copy = std::make_shared<const std::string>(input);
  const std::size_t size = bytes_of(parse_npy(*copy, "input.npy", copy));
  try {
    require_values_in_place(*copy, "input.npy");
  } catch (const Error& error) {
    GRADUS_ASSERT(error.code() == ErrorCode::kUnsupported, error.what());
  }
  return size;
}

std::size_t read_zip_input(std::string_view input) {
  std::size_t size = 0;
  std::string inflated;
  for (const ZipEntry& entry : read_zip_directory(input, "input.zip"))
    size += read_zip_entry(input, entry, "input.zip", inflated).size();
  return size;
}

std::size_t read_npz_input(std::string_view input) {
  const std::filesystem::path path = file_of(input, "input.npz");
  std::size_t size = 0;
  for (const auto& [name, array] : read_npz(path)) size += bytes_of(array);
  const Table table = read_npz_table(path);
  GRADUS_ASSERT(table.block != nullptr);
  return size;
}

std::size_t read_safetensors_input(std::string_view input) {
  const Safetensors content = parse_safetensors(input, "input.safetensors", OtherTypes::kLeftOut);
  std::size_t size = 0;
  for (const auto& [key, text] : content.metadata) size += key.size() + text.size();
  for (const auto& [name, tensor] : content.tensors)
    size += std::visit([](const auto& values) { return values.size() * sizeof(values[0]); }, tensor.values);
  if (content.left_out.empty()) {
    const std::string again = format_safetensors(content);
    GRADUS_ASSERT(format_safetensors(parse_safetensors(again, "again")) == again);
  }
  return 2 * size;  // the copy that was written again
}

const Register kIdx("idx", read_idx_input);
const Register kGzip("gzip", read_gzip_input);
const Register kNpy("npy", read_npy_input);
const Register kZip("zip", read_zip_input);
const Register kNpz("npz", read_npz_input);
const Register kSafetensors("safetensors", read_safetensors_input);

}  // namespace
}  // namespace gradus::fuzz
