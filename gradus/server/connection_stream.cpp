#include "gradus/server/connection_stream.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace gradus::server {
namespace {

static_assert(EAGAIN == EWOULDBLOCK, "one name for a socket that would wait");

constexpr std::size_t kMostHeld = std::size_t{1} << 16;

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Whether `events` came within `patience`.
bool wait_for(int socket, short events, milliseconds patience) {
  pollfd watched{socket, events, 0};
  const steady_clock::time_point deadline = steady_clock::now() + patience;
  while (true) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    const int ready = poll(&watched, 1, static_cast<int>(std::max<milliseconds::rep>(left.count(), 0)));
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

}  // namespace

ConnectionStream::ConnectionStream(int socket, milliseconds idle_time, milliseconds write_time)
    : socket_(socket), write_time_(write_time) {
  const timeval idle{static_cast<time_t>(idle_time.count() / 1000),
                     static_cast<suseconds_t>(idle_time.count() % 1000 * 1000)};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
}

// How many bytes came into the empty buffer; 0: none in time; -1: none will.
ssize_t ConnectionStream::receive(int flags) {
  ssize_t count = 0;
  do {
    count = recv(socket_, buffer_.data(), buffer_.size(), flags);
  } while (count < 0 && errno == EINTR);
  if (count > 0) {
    begin_ = 0;
    end_ = static_cast<std::size_t>(count);
    return count;
  }
  return count < 0 && errno == EAGAIN ? 0 : -1;
}

// Without waiting first: on a busy connection the bytes are there. Whoever sends them may wait for what we hold ("100
// Continue").
bool ConnectionStream::fill(milliseconds patience) {
  if (!flush()) return false;
  while (true) {
    const ssize_t count = receive(MSG_DONTWAIT);
    if (count != 0) return count > 0;
    if (!wait_for(socket_, POLLIN, patience)) return false;
  }
}

// In one call of the system, the time limit being the socket's.
bool ConnectionStream::wait_for_request() {
  return begin_ < end_ || (flush() && receive(0) > 0);
}

void ConnectionStream::start_clock(milliseconds time) {
  deadline_ = steady_clock::now() + time;
}

bool ConnectionStream::is_readable() const {
  return begin_ < end_ || wait_for(socket_, POLLIN, milliseconds(0));
}

bool ConnectionStream::is_writable() const {
  return wait_for(socket_, POLLOUT, milliseconds(0));
}

ssize_t ConnectionStream::read(char* to, std::size_t size) {
  if (begin_ == end_) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline_ - steady_clock::now());
    if (left.count() <= 0 || !fill(left)) return -1;
  }
  const std::size_t count = std::min(size, end_ - begin_);
  std::memcpy(to, buffer_.data() + begin_, count);
  begin_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t ConnectionStream::write(const char* from, std::size_t size) {
  const bool keep = held_ && out_.size() + size <= kMostHeld;
  if (keep) {
    out_.append(from, size);
  } else if (!flush() || !send_all(from, size)) {
    return -1;
  }
  return static_cast<ssize_t>(size);
}

void ConnectionStream::hold_writes(bool held) {
  held_ = held;
  if (!held) (void)flush();
}

bool ConnectionStream::flush() {
  const bool sent = send_all(out_.data(), out_.size());
  out_.clear();
  return sent;
}

bool ConnectionStream::send_all(const char* from, std::size_t size) {
  while (size > 0) {
    const ssize_t count = send(socket_, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
      from += count;
      size -= static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      if (errno != EAGAIN || !wait_for(socket_, POLLOUT, write_time_)) return false;
    }
  }
  return true;
}

// Who asks is not looked at: Host, Origin and token decide.
void ConnectionStream::get_remote_ip_and_port(std::string&, int&) const {}
void ConnectionStream::get_local_ip_and_port(std::string&, int&) const {}

}  // namespace gradus::server
