#include "gradus/server/access_log.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <utility>

#include "gradus/core/error.h"

namespace gradus::server {
namespace {

constexpr std::chrono::milliseconds kMoment{200};
constexpr std::size_t kMostWaiting = std::size_t{1}
                                     << 24;  // a reader of our standard error may be slow; it costs lines

int open_to_append(const std::filesystem::path& path) {
  int descriptor = -1;
  do {
    descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) {
    throw Error(ErrorCode::kFile, fmt::format("writing the access log {}: {}", path.string(),
                                              std::generic_category().message(errno)));
  }
  return descriptor;
}

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;  // a full disk ends the log, not the service
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string now_text() {
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto ms = now.time_since_epoch().count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                     ms);
}

}  // namespace

AccessLog::AccessLog() : descriptor_(STDERR_FILENO), owned_(false), writer_([this] { work(); }) {}

AccessLog::AccessLog(const std::filesystem::path& path)
    : descriptor_(open_to_append(path)), owned_(true), writer_([this] { work(); }) {}

AccessLog::~AccessLog() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  writer_.join();
  if (owned_) close(descriptor_);
}

void AccessLog::add(const HttpRequest& request, int status, std::size_t bytes, double seconds) {
  const std::string path =
      nlohmann::json(request.path).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  const std::string method =
      nlohmann::json(request.method).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  const std::string line = fmt::format(
      "{{\"time\":\"{}\",\"method\":{},\"path\":{},\"status\":{},\"bytes\":{},\"seconds\":{:.6f}}}\n",
      now_text(), method, path, status, bytes, seconds);
  const std::lock_guard lock(mutex_);
  if (lines_.size() < kMostWaiting) lines_ += line;
}

void AccessLog::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait_for(lock, kMoment, [this] { return ended_; });
    const bool ended = ended_;
    const std::string lines = std::exchange(lines_, {});
    lock.unlock();
    write_all(descriptor_, lines);
    if (ended) return;
    lock.lock();
  }
}

}  // namespace gradus::server
