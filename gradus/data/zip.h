// The zip container as NumPy writes it: entries stored or deflated, zip64 where needed. No encryption, no
// several disks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gradus {

struct ZipEntry {
  std::string name;
  std::uint16_t method = 0;  // 0 stored, 8 deflated
  std::uint16_t flags = 0;
  std::uint16_t version = 0;  // of the format that is needed, times ten
  std::uint32_t crc = 0;
  std::uint64_t packed_size = 0;
  std::uint64_t size = 0;
  std::uint64_t header = 0;  // byte of the local header
  std::uint64_t data = 0;    // byte of the data
};

// Entries by the central directory, in its order. Throws Error(kBadData) with the byte for anything that does
// not fit together: entries that reach beyond the file, overlap, bear one name or two, or claim more than deflate
// can give; Error(kUnsupported).
[[nodiscard]] std::vector<ZipEntry> read_zip_directory(std::string_view file, const std::string& source);

// The content of an entry, its checksum verified: a view into `file` where it is stored, else into
// `inflated`.
[[nodiscard]] std::string_view read_zip_entry(std::string_view file, const ZipEntry& entry,
                                              const std::string& source, std::string& inflated);

// A zip file of entries (name and content) that are stored as they are, none of them deflated, dated 1980-01-01:
// same input, same bytes. Throws Error(kUnsupported) beyond 2 GiB.
[[nodiscard]] std::string format_zip(std::span<const std::pair<std::string, std::string>> entries);

}  // namespace gradus
