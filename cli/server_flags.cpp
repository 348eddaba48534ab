#include "cli/server_flags.h"

#include <fmt/format.h>

#include <chrono>
#include <stop_token>
#include <thread>

#include "cli/console.h"
#include "cli/signals.h"
#include "gradus/core/error.h"

namespace gradus::cli {
namespace {

bool is_loopback(const std::string& address) {
  return address == "127.0.0.1" || address == "localhost" || address == "::1";
}

}  // namespace

void add_server_flags(Command& command, ServerFlags& flags) {
  command.add_option("--port", flags.port, "where to listen [0: one that is free]")
      ->type_name("N")
      ->check(whole_number(0, 65535));
  command.add_option("--bind", flags.bind, "address to listen on [127.0.0.1: this machine alone]")
      ->type_name("ADDRESS");
  command.add_flag("--open-to-others", flags.open_to_others,
                   "with --bind: yes, whoever reaches that address may send requests, unencrypted");
  command
      .add_option("--allow-host", flags.hosts,
                  "NAME:PORT under which others reach it, as their Host header says")
      ->type_name("HOST")
      ->take_all();
}

server::ServerOptions server_options(const ServerFlags& flags) {
  if (!is_loopback(flags.bind) && !flags.open_to_others) {
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format(
            "--bind {}: others than this machine could send requests, unencrypted; add --open-to-others "
            "if they may",
            flags.bind));
  }
  server::ServerOptions options;
  options.address = flags.bind;
  options.port = static_cast<int>(flags.port);
  options.more_hosts = flags.hosts;
  return options;
}

std::string shown_address(const std::string& address) {
  return address.find(':') == std::string::npos ? address : fmt::format("[{}]", address);
}

void run_until_interrupted(server::HttpServer& server, const std::string& opening) {
  end_politely();
  catch_job_signals();
  print(opening);
  const std::jthread watch([&](const std::stop_token& ended) {
    while (!interrupted() && !ended.stop_requested())
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    server.stop();
  });
  server.run();
}

}  // namespace gradus::cli
