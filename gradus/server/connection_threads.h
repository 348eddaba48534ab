// A thread for each connection, made when first needed and kept for the next one.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "gradus/server/httplib.h"

namespace gradus::server {

// What httplib hands connections to.
class ConnectionThreads final : public httplib::TaskQueue {
 public:
  // Beyond `most` at once, or where the system has no more threads, a connection is run by `refuse_next` first and then in the accepting thread.
  ConnectionThreads(std::size_t most, std::function<void()> refuse_next);
  void enqueue(std::function<void()> connection) override;
  void shutdown() override;

 private:
  [[nodiscard]] bool add_thread();
  void work();

  std::size_t most_;
  std::function<void()> refuse_next_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool ended_ = false;
};

}  // namespace gradus::server
