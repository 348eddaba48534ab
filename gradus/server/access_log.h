// A line of JSON for every answer: {"time","method","path","status","bytes","seconds"}. Neither query nor headers: tokens
// stand there.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>

#include "gradus/server/http_message.h"

namespace gradus::server {

// Thread-safe. Lines are gathered for a moment and written together; those of its last moment at its end.
class AccessLog {
 public:
  // To standard error.
  AccessLog();
  // Appends to the file. Throws Error(kFile).
  explicit AccessLog(const std::filesystem::path& path);
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  void add(const HttpRequest& request, int status, std::size_t bytes, double seconds);

 private:
  void work();

  int descriptor_;
  bool owned_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string lines_;
  bool ended_ = false;
  std::thread writer_;
};

}  // namespace gradus::server
