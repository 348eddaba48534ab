// On Linux: files in memory, which only processes of the same user that know their place can open.
#include "gradus/dist/machine_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string>

namespace gradus {

namespace {

// Empty where that fails.
std::span<std::byte> mapped(int file, std::size_t bytes, int access) {
  void* const memory = ::mmap(nullptr, bytes, access, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) return {};
  return {static_cast<std::byte*>(memory), bytes};
}

bool is_file_of(int file, std::size_t bytes) {
  struct stat status {};
  return ::fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
         status.st_size == static_cast<off_t>(bytes);
}

}  // namespace

MachineMemory::MachineMemory(std::size_t rank, std::size_t processes, std::size_t bytes)
    : rank_(rank), parts_(processes) {
  place_ = {.bytes = bytes, .process = ::getpid(), .file = ::memfd_create("gradus", MFD_CLOEXEC)};
  if (place_.file < 0) return;
  // Reserved now: memory that were missing later would end the program.
  const bool fine = ::posix_fallocate(place_.file, 0, static_cast<off_t>(bytes)) == 0 &&
                    ::getrandom(&place_.token, sizeof place_.token, 0) == sizeof place_.token;
  if (fine) own_ = mapped(place_.file, bytes, PROT_READ | PROT_WRITE);
  parts_[rank_] = own_;
  if (!own_.empty()) std::memcpy(own_.data(), &place_.token, sizeof place_.token);
}

MachineMemory::~MachineMemory() {
  for (const std::span<const std::byte> part : parts_) {
    if (!part.empty()) ::munmap(const_cast<std::byte*>(part.data()), part.size());
  }
  if (place_.file >= 0) ::close(place_.file);
}

bool MachineMemory::open(std::size_t process, const MemoryPlace& place) {
  if (process == rank_) return !own_.empty();
  // It may be anything of this user where the number is another process's.
  const std::string path = "/proc/" + std::to_string(place.process) + "/fd/" + std::to_string(place.file);
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0) return false;
  const std::span<std::byte> part =
      is_file_of(file, place.bytes) ? mapped(file, place.bytes, PROT_READ) : std::span<std::byte>();
  ::close(file);
  if (part.empty()) return false;
  if (std::memcmp(part.data(), &place.token, sizeof place.token) != 0) {
    ::munmap(part.data(), part.size());
    return false;
  }
  parts_[process] = part;
  return true;
}

void MachineMemory::begin() {
  std::memset(own_.data(), 0, sizeof place_.token);
  ::close(place_.file);
  place_.file = -1;
}

}  // namespace gradus
