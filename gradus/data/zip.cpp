// Layouts: PKWARE's APPNOTE.TXT, 4.3.7 (local header), 4.3.12 (central directory), 4.3.14 to 4.3.16 (its
// ends), 4.5.3 (zip64).
#include "gradus/data/zip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>
#include <span>

#include "gradus/core/error.h"
#include "gradus/data/gzip.h"

namespace gradus {
namespace {

static_assert(std::endian::native == std::endian::little, "sizes are copied as they stand in the file");

constexpr std::size_t kEndSize = 22;
constexpr std::size_t kEntrySize = 46;
constexpr std::size_t kLocalSize = 30;
constexpr std::uint32_t kIn64 = 0xffffffff;  // the value stands in the zip64 part
constexpr std::uint16_t kEncrypted = 1;
constexpr std::uint16_t kPatchedOrEncrypted = 0x60;
constexpr std::uint16_t kVersion = 63;          // of the format: 6.3, the last
constexpr std::uint64_t kMaxEntries = 1 << 16;  // as the format knew them before zip64

[[noreturn]] void fail(const std::string& source, const std::string& what,
                       ErrorCode code = ErrorCode::kBadData) {
  throw Error(code, "reading " + source + ": " + what);
}

// Little-endian numbers at places of the file; a place outside of it is an error.
class Bytes {
 public:
  Bytes(std::string_view file, const std::string& source) : file_(file), source_(source) {}

  [[nodiscard]] std::uint16_t u16(std::uint64_t at) const { return number<std::uint16_t>(at); }
  [[nodiscard]] std::uint32_t u32(std::uint64_t at) const { return number<std::uint32_t>(at); }
  [[nodiscard]] std::uint64_t u64(std::uint64_t at) const { return number<std::uint64_t>(at); }
  [[nodiscard]] std::string_view text(std::uint64_t at, std::uint64_t length) const {
    if (at > file_.size() || length > file_.size() - at) {
      fail(source_,
           fmt::format("{} bytes are expected at byte {}, but the file has {}; it is cut short or damaged",
                       length, at, file_.size()));
    }
    return file_.substr(at, length);
  }
  void expect(std::uint64_t at, std::string_view signature, const char* what) const {
    if (text(at, signature.size()) != signature)
      fail(source_, fmt::format("no {} at byte {}; the zip file is damaged", what, at));
  }

 private:
  template <class T>
  [[nodiscard]] T number(std::uint64_t at) const {
    T value{};
    std::memcpy(&value, text(at, sizeof(T)).data(), sizeof(T));
    return value;
  }

  std::string_view file_;
  const std::string& source_;
};

struct Directory {
  std::uint64_t at = 0;
  std::uint64_t size = 0;
  std::uint64_t entries = 0;
};

// The end record stands last; only a comment of up to 65,535 bytes, whose length it tells, may follow.
std::size_t find_end(const Bytes& bytes, std::string_view file, const std::string& source) {
  const std::size_t lowest = file.size() - std::min(file.size(), kEndSize + 0xffff);
  for (std::size_t at = file.rfind("PK\x05\x06"); at != file.npos && at >= lowest;
       at = file.rfind("PK\x05\x06", at - 1)) {
    if (file.size() - at >= kEndSize && at + kEndSize + bytes.u16(at + 20) == file.size()) return at;
    if (at == 0) break;
  }
  fail(source, "no end record of a zip file; it is cut short or no .npz");
}

Directory find_directory(std::string_view file, const std::string& source) {
  const Bytes bytes(file, source);
  std::uint64_t end = find_end(bytes, file, source);
  Directory directory{bytes.u32(end + 16), bytes.u32(end + 12), bytes.u16(end + 10)};
  if (directory.at == kIn64 || directory.size == kIn64 || directory.entries == 0xffff) {
    if (end < 20) fail(source, "the zip64 end record is missing; the file is damaged");
    bytes.expect(end - 20, "PK\x06\x07", "zip64 locator");
    end = bytes.u64(end - 20 + 8);
    bytes.expect(end, "PK\x06\x06", "zip64 end record");
    directory = {bytes.u64(end + 48), bytes.u64(end + 40), bytes.u64(end + 32)};
  }
  (void)bytes.text(directory.at, directory.size);
  if (directory.at + directory.size != end) {
    fail(source,
         fmt::format("a directory of {} bytes at byte {} does not end at its end record at byte {}; the zip "
                     "file is damaged",
                     directory.size, directory.at, end));
  }
  if (directory.entries > directory.size / kEntrySize) {
    fail(source, fmt::format("{} entries cannot stand in a directory of {} bytes; the zip file is damaged",
                             directory.entries, directory.size));
  }
  if (directory.entries > kMaxEntries) {
    fail(source, fmt::format("it has {} entries; at most {} are read", directory.entries, kMaxEntries),
         ErrorCode::kUnsupported);
  }
  return directory;
}

// Sizes and place of an entry that do not fit 32 bits stand in the extra field 1, in this order.
void read_zip64(ZipEntry& entry, std::string_view extra, const std::string& source) {
  const Bytes bytes(extra, source);
  for (std::uint64_t at = 0; at + 4 <= extra.size();) {
    const std::uint16_t id = bytes.u16(at);
    const std::uint16_t length = bytes.u16(at + 2);
    at += 4;
    if (id != 1) {
      at += length;
      continue;
    }
    for (std::uint64_t* value : {&entry.size, &entry.packed_size, &entry.header}) {
      if (*value != kIn64) continue;
      *value = bytes.u64(at);
      at += 8;
    }
    return;
  }
}

void check_packing(const ZipEntry& entry, const std::string& source) {
  if (entry.flags & kEncrypted)
    fail(source, entry.name + " is encrypted; save it without", ErrorCode::kUnsupported);
  if (entry.flags & kPatchedOrEncrypted || entry.version > kVersion) {
    fail(source, entry.name + " is packed in a way that is not known here; save it with numpy.savez",
         ErrorCode::kUnsupported);
  }
  if (entry.method != 0 && entry.method != 8) {
    fail(source,
         fmt::format(
             "{} is packed by method {}; only stored and deflated entries are read; save it with numpy.savez",
             entry.name, entry.method),
         ErrorCode::kUnsupported);
  }
  const bool possible =
      entry.method == 0 ? entry.size == entry.packed_size : entry.size / kDeflateRatio <= entry.packed_size;
  if (!possible) {
    fail(source, fmt::format("{} claims {} bytes in {}; that cannot be; the zip file is damaged", entry.name,
                             entry.size, entry.packed_size));
  }
}

void check_overlaps(std::vector<ZipEntry> entries, const std::string& source) {
  std::ranges::sort(entries, {}, &ZipEntry::header);
  for (std::size_t i = 1; i < entries.size(); ++i) {
    if (entries[i - 1].data + entries[i - 1].packed_size > entries[i].header) {
      fail(source, fmt::format("{} and {} overlap at byte {}; the zip file is damaged", entries[i - 1].name,
                               entries[i].name, entries[i].header));
    }
  }
}

}  // namespace

std::vector<ZipEntry> read_zip_directory(std::string_view file, const std::string& source) {
  const Directory directory = find_directory(file, source);
  const Bytes bytes(file, source);
  std::vector<ZipEntry> entries;
  std::set<std::string> names;
  std::uint64_t at = directory.at;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    bytes.expect(at, "PK\x01\x02", "directory entry");
    ZipEntry entry;
    entry.version = bytes.u16(at + 6);
    entry.flags = bytes.u16(at + 8);
    entry.method = bytes.u16(at + 10);
    entry.crc = bytes.u32(at + 16);
    entry.packed_size = bytes.u32(at + 20);
    entry.size = bytes.u32(at + 24);
    entry.header = bytes.u32(at + 42);
    const std::uint64_t name_length = bytes.u16(at + 28);
    const std::uint64_t extra_length = bytes.u16(at + 30);
    entry.name = bytes.text(at + kEntrySize, name_length);
    read_zip64(entry, bytes.text(at + kEntrySize + name_length, extra_length), source);
    at += kEntrySize + name_length + extra_length + bytes.u16(at + 32);

    bytes.expect(entry.header, "PK\x03\x04", "local header");
    if (bytes.text(entry.header + kLocalSize, bytes.u16(entry.header + 26)) != entry.name) {
      fail(source, fmt::format("{} has another name at byte {}; the zip file is damaged", entry.name,
                               entry.header + kLocalSize));
    }
    entry.data = entry.header + kLocalSize + name_length + bytes.u16(entry.header + 28);
    (void)bytes.text(entry.data, entry.packed_size);
    check_packing(entry, source);
    if (!names.insert(entry.name).second)
      fail(source, "two entries are called " + entry.name + "; the zip file is damaged");
    entries.push_back(std::move(entry));
  }
  if (at != directory.at + directory.size) {
    fail(source, fmt::format("{} entries end at byte {}, their directory at byte {}; the zip file is damaged",
                             directory.entries, at, directory.at + directory.size));
  }
  check_overlaps(entries, source);
  return entries;
}

std::string_view read_zip_entry(std::string_view file, const ZipEntry& entry, const std::string& source,
                                std::string& inflated) {
  std::string_view content = file.substr(entry.data, entry.packed_size);
  if (entry.method != 0) {
    if (!inflate_raw(content, entry.size, inflated)) {
      fail(source, fmt::format("the deflated data of {} at byte {} are damaged", entry.name, entry.data));
    }
    content = inflated;
  }
  const auto crc =
      static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()));
  if (crc != entry.crc) {
    fail(source, fmt::format("the checksum of {} is {:08x}; expected {:08x}; the file is damaged", entry.name,
                             crc, entry.crc));
  }
  return content;
}

}  // namespace gradus
