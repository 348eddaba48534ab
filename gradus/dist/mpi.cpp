// The processes that mpirun starts, through MPI: the module that open_processes() loads. Nothing here computes, so that the MPI at
// hand cannot change a bit.
#include <fcntl.h>
#include <mpi.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "gradus/dist/open_processes.h"

namespace gradus {

namespace {

constexpr int kLostTheOthers = 3;                    // the exit status of a failing environment
constexpr std::size_t kMost = std::size_t{1} << 30;  // bytes that one call of MPI takes: it counts in int
// Bytes of one message. Open MPI over TCP announces more than 64 KiB with its header and waits until the receiver asks for it, in
// the stream of bytes that the other direction's data fill: then data go one way at a time (docs/cluster-cost.md).
constexpr std::size_t kPiece = 65536 - 1024;

template <class Byte, class Start>
void in_pieces(std::span<Byte> bytes, std::size_t most, const Start& start) {
  for (; bytes.size() > most; bytes = bytes.subspan(most)) start(bytes.first(most));
  start(bytes);
}

class Messages : public MessageSet {
 public:
  void send(std::size_t process, int tag, std::span<const std::byte> bytes) override {
    std::atomic_thread_fence(std::memory_order_seq_cst);  // what lies in shared memory
    in_pieces(bytes, kPiece, [&](std::span<const std::byte> piece) {
      MPI_Isend(piece.data(), static_cast<int>(piece.size()), MPI_BYTE, static_cast<int>(process), tag,
                MPI_COMM_WORLD, &requests_.emplace_back());
    });
  }

  void receive(std::size_t process, int tag, std::span<std::byte> bytes) override {
    in_pieces(bytes, kPiece, [&](std::span<std::byte> piece) {
      MPI_Irecv(piece.data(), static_cast<int>(piece.size()), MPI_BYTE, static_cast<int>(process), tag,
                MPI_COMM_WORLD, &requests_.emplace_back());
    });
  }

  bool done() override {
    int all = 0;
    MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &all, MPI_STATUSES_IGNORE);
    if (all != 0) requests_.clear();
    std::atomic_thread_fence(std::memory_order_seq_cst);
    return all != 0;
  }

  void wait() override {
    MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE);
    requests_.clear();
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }

 private:
  std::vector<MPI_Request> requests_;
};

#if defined(__linux__)
// A file in memory that only processes which know its place can open.
class MemoryFile {
 public:
  explicit MemoryFile(std::size_t bytes) : file_(::memfd_create("gradus", MFD_CLOEXEC)) {
    if (file_ >= 0 && ::ftruncate(file_, static_cast<off_t>(bytes)) == 0) return;
    close();
  }
  MemoryFile(int process, int file) {
    const std::string path = "/proc/" + std::to_string(process) + "/fd/" + std::to_string(file);
    file_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(); }

  [[nodiscard]] int number() const { return file_; }
  // Empty where that fails.
  [[nodiscard]] std::span<std::byte> map(std::size_t bytes) const {
    struct stat status {};
    if (file_ < 0 || ::fstat(file_, &status) != 0 || status.st_size != static_cast<off_t>(bytes)) return {};
    void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
    if (memory == MAP_FAILED) return {};
#ifdef MADV_HUGEPAGE
    ::madvise(memory, bytes, MADV_HUGEPAGE);  // a hint
#endif
    return {static_cast<std::byte*>(memory), bytes};
  }

 private:
  void close() {
    if (file_ >= 0) ::close(file_);
    file_ = -1;
  }

  int file_ = -1;
};

class MappedMemory : public SharedMemory {
 public:
  explicit MappedMemory(std::size_t processes) : parts_(processes) {}
  MappedMemory(const MappedMemory&) = delete;
  MappedMemory& operator=(const MappedMemory&) = delete;
  ~MappedMemory() override {
    for (const std::span<std::byte> part : parts_) {
      if (!part.empty()) ::munmap(part.data(), part.size());
    }
  }

  std::span<std::byte> of(std::size_t process) override { return parts_[process]; }
  void set(std::size_t process, std::span<std::byte> part) { parts_[process] = part; }

 private:
  std::vector<std::span<std::byte>> parts_;
};

// Where a process has its part. The token begins the part until all have found it: numbers of processes may mean others, as where
// each is in a container of its own.
struct PlaceOfMemory {
  std::uint64_t token = 0;
  std::uint64_t bytes = 0;
  std::int32_t process = 0;
  std::int32_t file = -1;
};
#endif

class MpiProcesses : public ProcessGroup {
 public:
  MpiProcesses() {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    std::array<char, MPI_MAX_PROCESSOR_NAME> host{};
    int length = 0;
    MPI_Get_processor_name(host.data(), &length);
    host_.assign(host.data(), static_cast<std::size_t>(length));
    MPI_Comm here = MPI_COMM_NULL;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here);
    MPI_Comm_size(here, &size_here_);
    MPI_Comm_free(&here);
    counts_.resize(size());
    places_.resize(size());
  }
  MpiProcesses(const MpiProcesses&) = delete;
  MpiProcesses& operator=(const MpiProcesses&) = delete;
  ~MpiProcesses() override { MPI_Finalize(); }

  [[nodiscard]] std::size_t rank() const override { return static_cast<std::size_t>(rank_); }
  [[nodiscard]] std::size_t size() const override { return static_cast<std::size_t>(size_); }
  [[nodiscard]] std::string name() const override {
    return "process " + std::to_string(rank_) + " of " + std::to_string(size_) + " (on " + host_ + ")";
  }

  [[nodiscard]] bool shares_machine() const override { return size_here_ == size_; }

  std::unique_ptr<MessageSet> messages() override { return std::make_unique<Messages>(); }

#if defined(__linux__)
  std::unique_ptr<SharedMemory> share_memory(std::size_t bytes) override {
    if (!shares_machine()) return nullptr;
    auto memory = std::make_unique<MappedMemory>(size());
    const MemoryFile own(bytes);
    const std::span<std::byte> part = own.map(bytes);
    memory->set(rank(), part);
    PlaceOfMemory place{.bytes = bytes, .process = ::getpid(), .file = own.number()};
    bool fine = std::getenv("GRADUS_MPI_MESSAGES") == nullptr && !part.empty() &&
                ::getrandom(&place.token, sizeof place.token, 0) == sizeof place.token;
    if (fine) std::memcpy(part.data(), &place.token, sizeof place.token);
    std::vector<PlaceOfMemory> places(size());
    MPI_Allgather(&place, sizeof place, MPI_BYTE, places.data(), sizeof place, MPI_BYTE, MPI_COMM_WORLD);
    for (std::size_t p = 0; p < size() && fine; ++p) {
      if (p == rank()) continue;
      const std::span<std::byte> theirs = MemoryFile(places[p].process, places[p].file).map(places[p].bytes);
      memory->set(p, theirs);
      fine = !theirs.empty() && std::memcmp(theirs.data(), &places[p].token, sizeof places[p].token) == 0;
    }
    if (any(!fine)) return nullptr;
    std::memset(part.data(), 0, sizeof place.token);
    return memory;
  }
#endif

  void gather(std::span<std::byte> whole, std::span<const std::size_t> bounds) override {
    if (bounds.back() > kMost) return gather_much(whole, bounds);
    for (std::size_t p = 0; p < size(); ++p) {
      counts_[p] = static_cast<int>(bounds[p + 1] - bounds[p]);
      places_[p] = static_cast<int>(bounds[p]);
    }
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, whole.data(), counts_.data(), places_.data(), MPI_BYTE,
                   MPI_COMM_WORLD);
  }

  unsigned bits_of_any(unsigned mine) override {
    MPI_Allreduce(MPI_IN_PLACE, &mine, 1, MPI_UNSIGNED, MPI_BOR, MPI_COMM_WORLD);
    return mine;
  }

  void abort(int status) override {
    MPI_Abort(MPI_COMM_WORLD, status);
    std::_Exit(status);
  }

 private:
  static void gather_much(std::span<std::byte> whole, std::span<const std::size_t> bounds) {
    for (std::size_t p = 0; p + 1 < bounds.size(); ++p) {
      in_pieces(whole.subspan(bounds[p], bounds[p + 1] - bounds[p]), kMost, [&](std::span<std::byte> piece) {
        MPI_Bcast(piece.data(), static_cast<int>(piece.size()), MPI_BYTE, static_cast<int>(p),
                  MPI_COMM_WORLD);
      });
    }
  }

  int rank_ = 0;
  int size_ = 1;
  int size_here_ = 1;  // of those on this machine
  std::string host_;
  std::vector<int> counts_;
  std::vector<int> places_;
};

// MPI calls this where a message cannot go through: another process is gone, or the network. Nobody can go on without it.
void end_job(MPI_Comm* communicator, int* code, ...) {
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  int rank = 0;
  MPI_Error_string(*code, text.data(), &length);
  MPI_Comm_rank(*communicator, &rank);
  std::fprintf(stderr, "gradus: process %d: lost its connection to the others (%s); the job ends\n", rank,
               text.data());
  MPI_Abort(*communicator, kLostTheOthers);
}

}  // namespace

}  // namespace gradus

extern "C" __attribute__((visibility("default"))) gradus::ProcessGroup* gradus_join_processes() {
  int provided = 0;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided);
  if (provided < MPI_THREAD_SERIALIZED) {
    MPI_Finalize();
    return nullptr;
  }
  MPI_Errhandler handler = MPI_ERRHANDLER_NULL;
  MPI_Comm_create_errhandler(gradus::end_job, &handler);
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, handler);
  return new gradus::MpiProcesses;
}
