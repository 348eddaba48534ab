// A team of threads that run the same function side by side and meet again: short spin, then sleep.
// Never more threads than the processors that this process may use (affinity mask and cgroup quota).
#pragma once

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

// The calling thread is member 0; run() from one thread at a time. Every worker holds a FloatingPointScope.
class ThreadPool {
 public:
  // threads 0 means available_processors(); an explicit number is obeyed.
  explicit ThreadPool(std::size_t threads = 1);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  [[nodiscard]] std::size_t size() const;
  // task(member, size()) once on every member; returns when all are done. The first exception thrown by a
  // member is rethrown here after the others have finished.
  void run(const std::function<void(std::size_t member, std::size_t members)>& task);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gradus
