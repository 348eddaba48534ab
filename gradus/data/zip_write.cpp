// Writing zip files; layouts as in zip.cpp.
#include <fmt/format.h>
#include <zlib.h>

#include <limits>

#include "gradus/core/error.h"
#include "gradus/data/zip.h"

namespace gradus {
namespace {

constexpr std::uint64_t kVersion = 20;
constexpr std::uint64_t kDate = 0x21;  // 1980-01-01, the first day that the format knows

void add(std::string& file, std::uint64_t value, int bytes) {
  for (; bytes > 0; --bytes, value >>= 8) file += static_cast<char>(value & 0xff);
}

// What local header and directory entry share, from the version on.
std::string entry_fields(const std::string& name, const std::string& content) {
  const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size());
  std::string fields;
  add(fields, kVersion, 2);
  add(fields, 0, 6);  // flags, stored, time
  add(fields, kDate, 2);
  add(fields, crc, 4);
  add(fields, content.size(), 4);
  add(fields, content.size(), 4);
  add(fields, name.size(), 2);
  add(fields, 0, 2);  // no extra field
  return fields;
}

}  // namespace

std::string format_zip(std::span<const std::pair<std::string, std::string>> entries) {
  std::uint64_t size = 0;
  for (const auto& [name, content] : entries) size += content.size() + name.size();
  if (size > std::numeric_limits<std::uint32_t>::max() / 2 ||
      entries.size() > std::numeric_limits<std::uint16_t>::max()) {
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("writing a zip file: {} entries of {} bytes; at most 65,535 of 2 GiB are written; "
                    "write .safetensors",
                    entries.size(), size));
  }
  std::string file, directory;
  for (const auto& [name, content] : entries) {
    const std::string fields = entry_fields(name, content);
    directory += "PK\x01\x02";
    add(directory, kVersion, 2);
    directory += fields;
    add(directory, 0, 10);  // comment, disk, attributes
    add(directory, file.size(), 4);
    directory += name;
    file += "PK\x03\x04" + fields + name + content;
  }
  const std::uint64_t place = file.size();
  file += directory + "PK\x05\x06";
  add(file, 0, 4);  // disks
  add(file, entries.size(), 2);
  add(file, entries.size(), 2);
  add(file, directory.size(), 4);
  add(file, place, 4);
  add(file, 0, 2);  // comment
  return file;
}

}  // namespace gradus
