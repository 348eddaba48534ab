// The processes that mpirun starts, through MPI: the module that open_processes() loads. Nothing here computes, so that the MPI at
// hand cannot change a bit.
#include <mpi.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gradus/dist/machine_memory.h"
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

class MpiProcesses : public ProcessGroup {
 public:
  explicit MpiProcesses(bool shares_memory) : shares_memory_(shares_memory) {
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

  std::unique_ptr<SharedMemory> share_memory(std::size_t own, std::size_t common) override {
    if (!shares_machine() || any(!shares_memory_)) return nullptr;
    auto memory = std::make_unique<MachineMemory>(rank(), size(), own, common);
    std::vector<MemoryPlace> places(size());
    MPI_Allgather(&memory->place(), sizeof(MemoryPlace), MPI_BYTE, places.data(), sizeof(MemoryPlace),
                  MPI_BYTE, MPI_COMM_WORLD);
    bool fine = true;
    for (std::size_t p = 0; p < size() && fine; ++p) fine = memory->open(p, places[p]);
    if (any(!fine)) return nullptr;
    memory->begin();
    return memory;
  }

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
    std::atomic_thread_fence(std::memory_order_seq_cst);  // what lies in shared memory
    MPI_Allreduce(MPI_IN_PLACE, &mine, 1, MPI_UNSIGNED, MPI_BOR, MPI_COMM_WORLD);
    std::atomic_thread_fence(std::memory_order_seq_cst);
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

  bool shares_memory_;
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

extern "C" __attribute__((visibility("default"))) gradus::ProcessGroup* gradus_join_processes(
    bool share_memory) {
  int provided = 0;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided);
  if (provided < MPI_THREAD_SERIALIZED) {
    MPI_Finalize();
    return nullptr;
  }
  MPI_Errhandler handler = MPI_ERRHANDLER_NULL;
  MPI_Comm_create_errhandler(gradus::end_job, &handler);
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, handler);
  return new gradus::MpiProcesses(share_memory);
}
