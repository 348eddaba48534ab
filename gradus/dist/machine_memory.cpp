// On Linux: files in memory, which only processes of the same user that know their place can open.
#include "gradus/dist/machine_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <limits>
#include <string>

namespace gradus {

namespace {

// Empty where that fails.
std::span<std::byte> mapped(int file, std::size_t begin, std::size_t bytes, int access) {
  void* const memory = ::mmap(nullptr, bytes, access, MAP_SHARED, file, static_cast<off_t>(begin));
  if (memory == MAP_FAILED) return {};
  return {static_cast<std::byte*>(memory), bytes};
}

void unmap(std::span<const std::byte> memory) {
  if (!memory.empty()) ::munmap(const_cast<std::byte*>(memory.data()), memory.size());
}

// Of more than there can be, as many: it is refused later.
std::size_t whole_pages(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t over = bytes % page;
  const std::size_t rest = over == 0 ? 0 : page - over;
  return bytes > std::numeric_limits<std::size_t>::max() - rest ? bytes : bytes + rest;
}

bool is_file_of(int file, std::size_t bytes) {
  struct stat status {};
  return ::fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
         status.st_size == static_cast<off_t>(bytes);
}

}  // namespace

MachineMemory::MachineMemory(std::size_t rank, std::size_t processes, std::size_t own, std::size_t common)
    : rank_(rank), common_bytes_(whole_pages(common)), parts_(processes) {
  const std::size_t behind = rank_ == 0 ? common_bytes_ : 0;
  place_ = {.bytes = whole_pages(own) + behind,
            .process = ::getpid(),
            .file = ::memfd_create("gradus", MFD_CLOEXEC)};
  if (place_.file < 0) return;
  // Reserved now: memory that were missing later would end the program.
  const bool fine = ::posix_fallocate(place_.file, 0, static_cast<off_t>(place_.bytes)) == 0 &&
                    ::getrandom(&place_.token, sizeof place_.token, 0) == sizeof place_.token;
  if (!fine) return;
  own_ = mapped(place_.file, 0, place_.bytes - behind, PROT_READ | PROT_WRITE);
  if (behind > 0) common_ = mapped(place_.file, place_.bytes - behind, behind, PROT_READ | PROT_WRITE);
  parts_[rank_] = own_;
  if (!own_.empty()) std::memcpy(own_.data(), &place_.token, sizeof place_.token);
}

MachineMemory::~MachineMemory() {
  for (const std::span<const std::byte> part : parts_) unmap(part);
  unmap(common_);
  if (place_.file >= 0) ::close(place_.file);
}

bool MachineMemory::open(std::size_t process, const MemoryPlace& place) {
  const std::size_t behind = process == 0 ? common_bytes_ : 0;
  if (process == rank_) return !own_.empty() && (behind == 0 || !common_.empty());
  // It may be anything of this user where the number is another process's.
  const std::string path = "/proc/" + std::to_string(place.process) + "/fd/" + std::to_string(place.file);
  const int file = ::open(path.c_str(), (behind > 0 ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0) return false;
  std::span<std::byte> part;
  std::span<std::byte> common;
  if (place.bytes > behind && is_file_of(file, place.bytes)) {
    part = mapped(file, 0, place.bytes - behind, PROT_READ);
    if (behind > 0) common = mapped(file, place.bytes - behind, behind, PROT_READ | PROT_WRITE);
  }
  ::close(file);
  const bool fine = !part.empty() && common.size() == behind &&
                    std::memcmp(part.data(), &place.token, sizeof place.token) == 0;
  if (!fine) {
    unmap(part);
    unmap(common);
    return false;
  }
  if (process == 0) common_ = common;
  parts_[process] = part;
  return true;
}

void MachineMemory::begin() {
  std::memset(own_.data(), 0, sizeof place_.token);
  ::close(place_.file);
  place_.file = -1;
}

}  // namespace gradus
