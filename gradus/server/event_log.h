// Events that readers follow as server-sent events: numbered, the newest kept, so that a reader who lost the connection
// goes on where it was.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

namespace gradus::server {

// Thread-safe: one writer or many, any number of readers. A writer never waits for a reader.
class EventLog {
 public:
  // The oldest are dropped beyond `kept_bytes` of text; a reader who comes for them is told `missed` and asks for the
  // whole state instead.
  explicit EventLog(std::size_t kept_bytes = std::size_t{1} << 22);

  // `json` holds no line break.
  void append(std::string_view name, std::string_view json);
  // No more will come; readers leave once they have all.
  void end();

  // The text of all events after `after`, which moves on; waits for one at most `patience`. Empty: nothing came.
  // `ended` says that nothing will.
  [[nodiscard]] std::string read(std::uint64_t& after, std::chrono::milliseconds patience, bool& ended);

 private:
  struct Entry {
    std::uint64_t id;
    std::string text;
  };

  std::mutex mutex_;
  std::condition_variable grown_;
  std::deque<Entry> entries_;
  std::size_t kept_bytes_;
  std::size_t bytes_ = 0;
  std::uint64_t last_ = 0;
  bool ended_ = false;
};

}  // namespace gradus::server
