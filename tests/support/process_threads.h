// Threads that stand for processes: a ProcessGroup without MPI, so that what several processes compute is tested wherever gradus builds.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "gradus/core/buffer.h"
#include "gradus/dist/process_group.h"

namespace gradus::test {

// What was sent and not received yet, and memory that all see.
class Mail {
 public:
  using Address = std::tuple<std::size_t, std::size_t, int>;  // from, to, tag

  void put(const Address& address, std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex_);
    messages_[address].emplace_back(bytes.begin(), bytes.end());
    arrived_.notify_all();
  }

  // False where it has not come yet and nobody is to wait for it.
  bool take(const Address& address, std::span<std::byte> bytes, bool waits) {
    std::unique_lock lock(mutex_);
    std::deque<std::vector<std::byte>>& queue = messages_[address];
    if (waits) arrived_.wait(lock, [&] { return !queue.empty(); });
    if (queue.empty()) return false;
    if (queue.front().size() != bytes.size()) std::abort();
    std::ranges::copy(queue.front(), bytes.begin());
    queue.pop_front();
    return true;
  }

  // Memory that outlives the threads.
  std::span<std::byte> lasting(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    return memory_.emplace_back(bytes).span();
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<AlignedBuffer<std::byte>> memory_;
  std::map<Address, std::deque<std::vector<std::byte>>> messages_;
};

class ThreadMessages : public MessageSet {
 public:
  ThreadMessages(Mail& mail, std::size_t rank) : mail_(mail), rank_(rank) {}

  void send(std::size_t process, int tag, std::span<const std::byte> bytes) override {
    mail_.put({rank_, process, tag}, bytes);
    // Others run ahead: they must not write yet what this process still reads.
    if (rank_ % 2 == 1) std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  void receive(std::size_t process, int tag, std::span<std::byte> bytes) override {
    expected_.push_back({{process, rank_, tag}, bytes});
  }
  bool done() override {
    take_all(false);
    return expected_.empty();
  }
  void wait() override { take_all(true); }

 private:
  void take_all(bool waits) {
    while (!expected_.empty() && mail_.take(expected_.front().first, expected_.front().second, waits))
      expected_.pop_front();
  }

  Mail& mail_;
  std::size_t rank_;
  std::deque<std::pair<Mail::Address, std::span<std::byte>>> expected_;
};

class ThreadMemory : public SharedMemory {
 public:
  ThreadMemory(std::size_t rank, std::size_t processes) : rank_(rank), parts_(processes + 1) {}
  std::span<std::byte> own() override { return parts_[rank_]; }
  std::span<const std::byte> of(std::size_t process) override { return parts_[process]; }
  std::span<std::byte> common() override { return parts_.back(); }
  std::span<std::span<std::byte>> parts() { return parts_; }

 private:
  std::size_t rank_;
  std::vector<std::span<std::byte>> parts_;  // the common one behind those of the processes
};

class ThreadProcess : public ProcessGroup {
 public:
  ThreadProcess(Mail& mail, std::size_t rank, std::size_t size, bool shares_memory)
      : mail_(mail), rank_(rank), size_(size), shares_memory_(shares_memory) {}

  [[nodiscard]] std::size_t rank() const override { return rank_; }
  [[nodiscard]] std::size_t size() const override { return size_; }
  [[nodiscard]] std::string name() const override { return "process " + std::to_string(rank_); }
  [[nodiscard]] bool shares_machine() const override { return true; }
  std::unique_ptr<MessageSet> messages() override { return std::make_unique<ThreadMessages>(mail_, rank_); }

  std::unique_ptr<SharedMemory> share_memory(std::size_t own, std::size_t common) override {
    if (!shares_memory_) return nullptr;
    auto memory = std::make_unique<ThreadMemory>(rank_, size_);
    memory->parts()[rank_] = mail_.lasting(own);
    if (rank_ + 1 == size_) memory->parts()[size_] = mail_.lasting(common);
    std::vector<std::size_t> bounds;
    for (std::size_t p = 0; p <= size_; ++p) bounds.push_back(p * sizeof(std::span<std::byte>));
    bounds.back() += sizeof(std::span<std::byte>);  // of the last process: the common one
    gather(std::as_writable_bytes(memory->parts()), bounds);
    return memory;
  }

  void gather(std::span<std::byte> whole, std::span<const std::size_t> bounds) override {
    const auto part = [&](std::size_t p) { return whole.subspan(bounds[p], bounds[p + 1] - bounds[p]); };
    for (std::size_t p = 0; p < size_; ++p) {
      if (p != rank_) mail_.put({rank_, p, kGather}, part(rank_));
    }
    for (std::size_t p = 0; p < size_; ++p) {
      if (p != rank_) mail_.take({p, rank_, kGather}, part(p), true);
    }
  }

  unsigned bits_of_any(unsigned mine) override {
    std::vector<std::byte> all(size_);
    std::vector<std::size_t> bounds;
    for (std::size_t p = 0; p <= size_; ++p) bounds.push_back(p);
    all[rank_] = static_cast<std::byte>(mine);
    gather(all, bounds);
    std::byte bits{0};
    for (const std::byte of_process : all) bits |= of_process;
    return std::to_integer<unsigned>(bits);
  }

  void abort(int status) override { std::_Exit(status); }

 private:
  static constexpr int kGather = -1;

  Mail& mail_;
  std::size_t rank_;
  std::size_t size_;
  bool shares_memory_;
};

// The same work in so many processes; work(group) must not throw.
inline void in_processes(std::size_t count, const std::function<void(ProcessGroup&)>& work,
                         bool share_memory = true) {
  Mail mail;
  std::vector<std::thread> threads;
  for (std::size_t rank = 0; rank < count; ++rank) {
    threads.emplace_back([&, rank] {
      ThreadProcess process(mail, rank, count, share_memory);
      work(process);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace gradus::test
