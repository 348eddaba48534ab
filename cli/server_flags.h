// What `lab` and `serve` share: where to listen, and the wait for Ctrl-C.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/flags.h"
#include "gradus/server/http_server.h"

namespace gradus::cli {

struct ServerFlags {
  std::int64_t port = 0;
  std::string bind = "127.0.0.1";
  bool open_to_others = false;
  std::vector<std::string> hosts;
};

void add_server_flags(Command& command, ServerFlags& flags);
// Throws Error(kInvalidArgument) for an address beyond this machine that was not asked for in so many words.
[[nodiscard]] server::ServerOptions server_options(const ServerFlags& flags);
// As it stands in a URL.
[[nodiscard]] std::string shown_address(const std::string& address);
// Prints `opening` once Ctrl-C and SIGTERM end the server cleanly, and serves until one of them comes.
void run_until_interrupted(server::HttpServer& server, const std::string& opening);

}  // namespace gradus::cli
