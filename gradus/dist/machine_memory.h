// Memory that the processes of one machine see. MPI has windows of its own for that (MPI_Win_allocate_shared): Open MPI puts them into
// files of /dev/shm, of which a container has 64 MB, and leaves those behind when a process is killed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "gradus/dist/process_group.h"

namespace gradus {

// Where a process has its part. The part begins with the token until all have found it: numbers of processes may mean others, as where
// each is in a container of its own.
struct MemoryPlace {
  std::uint64_t token = 0;
  std::uint64_t bytes = 0;
  std::int32_t process = 0;
  std::int32_t file = -1;  // none: this process has no such memory
};

// Each process makes its part, process 0 the common one behind its own, opens those of the others by the places that it was told of,
// and begins when all have opened all.
class MachineMemory : public SharedMemory {
 public:
  MachineMemory(std::size_t rank, std::size_t processes, std::size_t own, std::size_t common);
  MachineMemory(const MachineMemory&) = delete;
  MachineMemory& operator=(const MachineMemory&) = delete;
  ~MachineMemory() override;

  [[nodiscard]] const MemoryPlace& place() const { return place_; }
  // Whether the part of that process, this one's too, can be used.
  [[nodiscard]] bool open(std::size_t process, const MemoryPlace& place);
  void begin();

  std::span<std::byte> own() override { return own_; }
  std::span<const std::byte> of(std::size_t process) override { return parts_[process]; }
  std::span<std::byte> common() override { return common_; }

 private:
  [[maybe_unused]] std::size_t rank_;
  [[maybe_unused]] std::size_t common_bytes_;  // whole pages
  MemoryPlace place_;
  std::span<std::byte> own_;  // empty where there is none
  std::span<std::byte> common_;
  std::vector<std::span<const std::byte>> parts_;
};

}  // namespace gradus
