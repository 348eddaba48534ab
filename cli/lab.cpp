// gradus lab: the local page over engine and store.
#include <fmt/format.h>

#include <memory>

#include "cli/command.h"
#include "cli/run_flags.h"
#include "cli/server_commands.h"
#include "cli/server_flags.h"
#include "gradus/server/http_server.h"
#include "gradus/server/lab.h"

namespace gradus::cli {
namespace {

struct LabFlags {
  ServerFlags server;
  std::string runs = "runs";
  std::string data_folder;
};

int lab_command(const LabFlags& flags) {
  server::Lab lab({flags.runs, source_options(flags.data_folder),
                   [](const std::string& warning) { print_error("gradus lab: " + warning); }});
  server::ServerOptions options = server_options(flags.server);
  options.token = server::random_token();
  server::HttpServer server(options, lab.routes());
  run_until_interrupted(server, fmt::format("the lab is open at http://{}:{}/?token={}\nCtrl-C closes it\n",
                                            shown_address(options.address), server.port(), options.token));
  return kDone;
}

}  // namespace

void add_lab(Command& program, Outcome& outcome) {
  Command* command = program.add_command("lab", kLabSummary, "gradus lab --port 8080");
  const auto flags = std::make_shared<LabFlags>();
  add_server_flags(*command, flags->server);
  command->add_option("--runs", flags->runs, "folder of all runs [runs]")->type_name("DIR");
  add_data_folder(*command, flags->data_folder);
  command->callback([flags, &outcome] { outcome.status = lab_command(*flags); });
}

}  // namespace gradus::cli
