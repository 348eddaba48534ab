// The server: sockets and threads around a table of routes.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "gradus/server/guard.h"
#include "gradus/server/routes.h"

namespace gradus::server {

// What keeps one visitor from taking all.
struct ServerLimits {
  std::size_t connections = 192;                  // at once; each holds a thread
  std::size_t streams = 128;                      // of them may follow events
  std::size_t body_bytes = std::size_t{1} << 28;  // of all requests that are on their way
  std::chrono::seconds request_time{20};          // from the first byte to the last, however slowly they come
  std::chrono::seconds keep_alive{30};            // a connection that asks nothing
  std::chrono::seconds write_time{10};            // a reader that takes nothing
};

// Where to listen, and to whom.
struct ServerOptions {
  std::string address = "127.0.0.1";
  int port = 0;                         // 0: one that is free
  std::string token;                    // empty: none is asked for
  std::vector<std::string> more_hosts;  // names under which others reach this address: "gpu7:8080"
  ServerLimits limits;
  // After every answer, from the thread that gave it; may be empty.
  std::function<void(const HttpRequest&, int status, std::size_t bytes, double seconds)> log;
};

// Listens from its construction to its end; one owner.
class HttpServer {
 public:
  // The port is taken at once: who connects waits until run(). Throws Error(kNetwork) where it cannot be had.
  HttpServer(ServerOptions options, Routes routes);
  ~HttpServer();

  [[nodiscard]] int port() const;
  // Answers until stop(); returns when the last answer is written. Streams end with it.
  void run();
  // From any thread.
  void stop();

 private:
  class Listener;
  std::unique_ptr<Listener> listener_;
};

}  // namespace gradus::server
