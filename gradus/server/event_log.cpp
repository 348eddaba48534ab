#include "gradus/server/event_log.h"

#include <fmt/format.h>

#include <algorithm>

namespace gradus::server {

EventLog::EventLog(std::size_t kept_bytes) : kept_bytes_(kept_bytes) {}

void EventLog::append(std::string_view name, std::string_view json) {
  {
    const std::lock_guard lock(mutex_);
    const std::uint64_t id = ++last_;
    entries_.push_back({id, fmt::format("id: {}\nevent: {}\ndata: {}\n\n", id, name, json)});
    bytes_ += entries_.back().text.size();
    while (bytes_ > kept_bytes_ && entries_.size() > 1) {
      bytes_ -= entries_.front().text.size();
      entries_.pop_front();
    }
  }
  grown_.notify_all();
}

void EventLog::end() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  grown_.notify_all();
}

std::string EventLog::read(std::uint64_t& after, std::chrono::milliseconds patience, bool& ended) {
  std::unique_lock lock(mutex_);
  if (after > last_) after = 0;  // of another life of this program
  grown_.wait_for(lock, patience, [&] { return last_ > after || ended_; });
  ended = ended_;
  std::string text;
  if (!entries_.empty() && after + 1 < entries_.front().id)
    text = fmt::format("id: {}\nevent: missed\ndata: {{}}\n\n", entries_.front().id - 1);
  const auto first = std::ranges::upper_bound(entries_, after, {}, &Entry::id);
  for (auto entry = first; entry != entries_.end(); ++entry) text += entry->text;
  after = last_;
  return text;
}

}  // namespace gradus::server
