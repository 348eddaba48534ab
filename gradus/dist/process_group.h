// Several processes that compute together, as the rest of gradus sees them: numbered, able to send each other bytes. One
// process alone is such a group too (single.cpp); those that mpirun starts are another (mpi.cpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gradus {

// How many bytes of a text fit into `most` without cutting a letter of UTF-8, where a text is sent in a fixed size.
[[nodiscard]] inline std::size_t whole_letters(std::string_view text, std::size_t most) {
  std::size_t size = std::min(text.size(), most);
  while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return size;
}

// Messages under way. The memory of each must live until wait() has returned or done() has said so. One owner, one thread.
class MessageSet {
 public:
  virtual ~MessageSet() = default;
  // Messages from one process to another with the same tag arrive in the order in which they were sent.
  virtual void send(std::size_t process, int tag, std::span<const std::byte> bytes) = 0;
  // As many bytes as were sent.
  virtual void receive(std::size_t process, int tag, std::span<std::byte> bytes) = 0;
  // Whether all have arrived and left; then the set is empty. Moves messages on.
  [[nodiscard]] virtual bool done() = 0;
  virtual void wait() = 0;  // until done()
};

// Memory that all processes of a machine see: each has a part, which the others read, and one part all write. What one writes and
// another reads is put in order by a message, sent after the one and received before the other, or by bits_of_any(). Parts begin with a
// cache line, and hold zeros at first.
class SharedMemory {
 public:
  virtual ~SharedMemory() = default;
  [[nodiscard]] virtual std::span<std::byte> own() = 0;
  [[nodiscard]] virtual std::span<const std::byte> of(std::size_t process) = 0;
  [[nodiscard]] virtual std::span<std::byte> common() = 0;
};

// Used by one thread at a time. Errors of the network end the job, with a message that names this process: the others
// would wait for it for ever.
class ProcessGroup {
 public:
  virtual ~ProcessGroup() = default;

  [[nodiscard]] virtual std::size_t rank() const = 0;  // from 0
  [[nodiscard]] virtual std::size_t size() const = 0;
  [[nodiscard]] bool is_alone() const { return size() == 1; }
  // "process 2 of 4 (on node17)": from 0, as mpirun counts.
  [[nodiscard]] virtual std::string name() const = 0;
  // Whether all run on one machine, and so under one kernel, whose locks and shared memory hold between them.
  [[nodiscard]] virtual bool shares_machine() const = 0;

  [[nodiscard]] virtual std::unique_ptr<MessageSet> messages() = 0;
  // Called by all, each with the bytes of its part, at least one, and all with those of the common one. For all or for none: nullptr
  // where some are on another machine, or where the system has no such memory.
  [[nodiscard]] virtual std::unique_ptr<SharedMemory> share_memory([[maybe_unused]] std::size_t own,
                                                                   [[maybe_unused]] std::size_t common) {
    return nullptr;
  }
  // Called by all: process p has bytes [bounds[p], bounds[p + 1]) of `whole`; afterwards all have all of it.
  virtual void gather(std::span<std::byte> whole, std::span<const std::size_t> bounds) = 0;
  // Called by all: the bits that are set for any.
  [[nodiscard]] virtual unsigned bits_of_any(unsigned mine) = 0;
  [[nodiscard]] bool any(bool mine) { return bits_of_any(mine ? 1 : 0) != 0; }
  // Ends the job, every process of it.
  [[noreturn]] virtual void abort(int status) = 0;
};

// The group of this process only.
[[nodiscard]] ProcessGroup& alone();

}  // namespace gradus
