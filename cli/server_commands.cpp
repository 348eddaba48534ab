#include "cli/server_commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace gradus::cli {
namespace {

namespace fs = std::filesystem;

bool belongs_to_server(std::string_view command) {
  return command == "lab" || command == "serve";
}

}  // namespace

void list_server_commands(Command& program) {
  program.add_command("lab", kLabSummary, "");
  program.add_command("serve", kServeSummary, "");
}

std::optional<int> run_server(int count, char** arguments) {
  const bool command = count > 1 && belongs_to_server(arguments[1]);
  const bool help = count > 2 && std::string_view(arguments[1]) == "help" && belongs_to_server(arguments[2]);
  if (!command && !help) return std::nullopt;
  // Found from where this program lies and nowhere else: neither PATH nor the current folder may put another in its place.
  std::error_code ignored;
  const fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  if (folder.empty()) {
    print_error("gradus: /proc/self/exe cannot be read, which tells where gradus-server lies; mount /proc");
    return kEnvironment;
  }
  const fs::path built = folder / "libexec/gradus/gradus-server";
  const fs::path installed = (folder / GRADUS_LIBEXEC / "gradus-server").lexically_normal();
  ::execv(built.c_str(), arguments);
  ::execv(installed.c_str(), arguments);
  print_error(
      fmt::format("gradus: starting {}: {}; it is installed with gradus and has to stay where it was put",
                  installed.string(), std::generic_category().message(errno)));
  return kEnvironment;
}

}  // namespace gradus::cli
