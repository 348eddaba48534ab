// A server of a test and a client that may send anything.
#pragma once

#include <string>
#include <thread>
#include <utility>

#include "gradus/server/http_server.h"

namespace gradus::server {

// Runs until it goes out of scope.
class RunningServer {
 public:
  RunningServer(ServerOptions options, Routes routes)
      : server_(std::move(options), std::move(routes)), thread_([this] { server_.run(); }) {}
  ~RunningServer() {
    server_.stop();
    thread_.join();
  }
  [[nodiscard]] int port() const { return server_.port(); }

 private:
  HttpServer server_;
  std::thread thread_;
};

// A connection to 127.0.0.1; bytes out, bytes in.
class RawClient {
 public:
  explicit RawClient(int port);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // False where the server does not take it.
  bool send(std::string_view bytes);
  // Everything until `ending` has come, the server closes or five seconds pass.
  [[nodiscard]] std::string receive(std::string_view ending = "");

 private:
  int socket_;
};

// "GET /path HTTP/1.1" with this Host, further header lines ("A: b\r\n") and body; then what comes back, whole.
[[nodiscard]] std::string ask(int port, std::string_view method, std::string_view path,
                              std::string_view headers = "", std::string_view body = "");
// "HTTP/1.1 404 ..." -> 404; 0 where there is no such line.
[[nodiscard]] int status_of(std::string_view answer);

}  // namespace gradus::server
