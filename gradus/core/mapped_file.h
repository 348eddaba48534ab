// A file's bytes as memory, read-only and not copied: the system brings pages in as they are touched and drops
// them where memory is short.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace gradus {

// Of bytes that others change in the meantime the new ones may be seen; a touch beyond the end of a file that was
// cut short ends the process by SIGBUS. A file that is renamed or removed stays as it was.
class MappedFile {
 public:
  // Throws Error(kNotFound) where there is none, Error(kFile) where it cannot be read or is no regular file.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  // They begin at the start of a page.
  [[nodiscard]] std::string_view bytes() const { return {data_, size_}; }

  // Takes all its pages out of this process's memory; they come again where they are touched, from the system's cache
  // if it still has them.
  void release() const;
  // Begins to read this stretch of bytes() from the disk, for use soon.
  void read_ahead(const void* first, std::size_t bytes) const;

 private:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace gradus
