#include "gradus/core/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <system_error>

#include "gradus/core/error.h"

namespace gradus {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, int error) {
  const bool missing = error == ENOENT || error == ENOTDIR;
  throw Error(missing ? ErrorCode::kNotFound : ErrorCode::kFile, "reading " + path.string() + ": " +
                                                                     std::generic_category().message(error) +
                                                                     "; check the path and its permissions");
}

// A hint: a refused one is no failure.
void advise(const char* data, std::size_t size, int advice) {
  const int error = errno;
  ::madvise(const_cast<char*>(data), size, advice);
  errno = error;
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a pipe would wait for its other end.
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) fail(path, errno);
  struct stat status {};
  int error = ::fstat(descriptor, &status) < 0 ? errno : 0;
  const bool regular = S_ISREG(status.st_mode);
  if (error == 0 && regular && status.st_size > 0) {
    const auto size = static_cast<std::size_t>(status.st_size);
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
    if (data == MAP_FAILED) {
      error = errno;
    } else {
      data_ = static_cast<const char*>(data);
      size_ = size;
    }
  }
  ::close(descriptor);  // the mapping stays
  if (error != 0) fail(path, error);
  if (!regular)
    throw Error(ErrorCode::kFile, "reading " + path.string() + ": it is not a regular file; check the path");
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<char*>(data_), size_);
}

void MappedFile::release() const {
  if (data_ != nullptr) advise(data_, size_, MADV_DONTNEED);
}

void MappedFile::read_ahead(const void* first, std::size_t bytes) const {
  const auto begin = reinterpret_cast<std::uintptr_t>(data_);
  const auto wanted = reinterpret_cast<std::uintptr_t>(first);
  constexpr std::uintptr_t kPage = 4096;  // of a larger one the call is refused, and nothing is lost
  const std::size_t skipped = (wanted - begin) / kPage * kPage;
  if (bytes > 0) advise(data_ + skipped, wanted - begin - skipped + bytes, MADV_WILLNEED);
}

}  // namespace gradus
