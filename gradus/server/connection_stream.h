// One connection's bytes, with a clock: a sender who lets them drip does not hold a thread for ever. What is written can be
// held together, so that head and body of an answer leave in one call.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>

#include "gradus/server/httplib.h"

namespace gradus::server {

// Reads through a buffer; one owner. Does not close the socket.
class ConnectionStream final : public httplib::Stream {
 public:
  // `idle_time`: without a request; `write_time`: a reader that takes nothing.
  ConnectionStream(int socket, std::chrono::milliseconds idle_time, std::chrono::milliseconds write_time);

  // The first byte of a request has come. False where none comes, the sender leaves or the server stops.
  [[nodiscard]] bool wait_for_request();
  // Writes wait for flush(), or for whoever would wait for more bytes to read; false: each leaves at once, what was held
  // first.
  void hold_writes(bool held);
  // False where the reader has left or takes nothing.
  bool flush();
  // From here to `time` later everything must have been read.
  void start_clock(std::chrono::milliseconds time);

  [[nodiscard]] bool is_readable() const override;
  [[nodiscard]] bool is_writable() const override;
  ssize_t read(char* to, std::size_t size) override;
  ssize_t write(const char* from, std::size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  [[nodiscard]] socket_t socket() const override { return socket_; }

 private:
  [[nodiscard]] bool fill(std::chrono::milliseconds patience);
  ssize_t receive(int flags);
  bool send_all(const char* from, std::size_t size);

  int socket_;
  std::chrono::milliseconds write_time_;
  std::chrono::steady_clock::time_point deadline_;
  bool held_ = false;
  std::string out_;
  std::array<char, 16384> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace gradus::server
