#include "gradus/server/connection_threads.h"

#include <system_error>
#include <utility>

namespace gradus::server {

ConnectionThreads::ConnectionThreads(std::size_t most, std::function<void()> refuse_next)
    : most_(most), refuse_next_(std::move(refuse_next)) {}

void ConnectionThreads::enqueue(std::function<void()> connection) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < idle_ || add_thread()) {
      waiting_.push_back(std::move(connection));
      filled_.notify_one();
      return;
    }
  }
  refuse_next_();
  connection();
}

bool ConnectionThreads::add_thread() {
  if (threads_.size() >= most_) return false;
  try {
    threads_.emplace_back([this] { work(); });
    return true;
  } catch (const std::system_error&) {  // the system has no more
    return false;
  }
}

void ConnectionThreads::shutdown() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  filled_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ConnectionThreads::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    filled_.wait(lock, [&] { return ended_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) return;
    const std::function<void()> connection = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    connection();
    lock.lock();
  }
}

}  // namespace gradus::server
