// A team of threads that run the same function side by side and meet again: short spin, then sleep.
// Never more threads than the processors that this process may use (affinity mask and cgroup quota).
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>

namespace gradus {

// Processors this process may use: the smaller of its affinity mask and its cgroup (v1 or v2) quota, at
// least 1.
[[nodiscard]] std::size_t available_processors();

// Round-to-nearest without flush-to-zero on this thread for the lifetime of the object; what was set before
// is restored.
class FloatingPointScope {
 public:
  FloatingPointScope();
  ~FloatingPointScope();
  FloatingPointScope(const FloatingPointScope&) = delete;
  FloatingPointScope& operator=(const FloatingPointScope&) = delete;

 private:
  unsigned long saved_ = 0;
};

namespace internal {
struct Barrier;
}

// One thread of a team, as the function that the team runs sees it. A default one is alone.
class TeamMember {
 public:
  TeamMember() = default;

  [[nodiscard]] std::size_t index() const { return index_; }
  [[nodiscard]] std::size_t count() const { return count_; }

  // Returns when every member of the team has come here; what each wrote before, all see after.
  void meet() const {
    if (count_ > 1) meet_others();
  }

  // This member's part of [0, size): whole units but for the last one, about equally many for each member and
  // the same ones in every call.
  struct Share {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  [[nodiscard]] Share share(std::size_t size, std::size_t unit = 1) const {
    return share_of(index_, count_, size, unit);
  }
  [[nodiscard]] static Share share_of(std::size_t index, std::size_t count, std::size_t size,
                                      std::size_t unit) {
    const std::size_t units = (size + unit - 1) / unit;
    const auto from = [&](std::size_t member) { return std::min(size, units * member / count * unit); };
    return {from(index), from(index + 1)};
  }

 private:
  friend class ThreadPool;
  TeamMember(std::size_t index, std::size_t count, internal::Barrier* barrier)
      : index_(index), count_(count), barrier_(barrier) {}
  void meet_others() const;

  std::size_t index_ = 0;
  std::size_t count_ = 1;
  internal::Barrier* barrier_ = nullptr;
};

// The calling thread is member 0; run() from one thread at a time. Every worker holds a FloatingPointScope.
class ThreadPool {
 public:
  using Task = std::function<void(const TeamMember&)>;

  // 0 means available_processors(); where the system refuses so many threads fewer do the same work.
  explicit ThreadPool(std::size_t threads = 1);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  [[nodiscard]] std::size_t size() const;
  // The task once on every member; returns when all are done. The first exception thrown by a member is
  // rethrown here after the others have finished; a task whose members meet must not throw.
  void run(const Task& task);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gradus
