// In place of server_commands.cpp where gradus is built without its server.
#include "cli/server_commands.h"

namespace gradus::cli {

void list_server_commands(Command& /*program*/) {}

std::optional<int> run_server(int /*count*/, char** /*arguments*/) {
  return std::nullopt;
}

}  // namespace gradus::cli
