#include "gradus/runs/process.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

namespace gradus::internal {

namespace {

std::string first_word(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

// Field 22 of /proc/<pid>/stat; the name in field 2 may hold anything, blanks and brackets too.
std::optional<std::string> start_of(long pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(name_end + 1));
  std::string field;
  for (int number = 3; number <= 22; ++number) fields >> field;
  // A zombie has ended, although its number is not free yet.
  const bool zombie = line.compare(name_end + 1, 3, " Z ") == 0;
  return fields && !zombie ? std::optional(field) : std::nullopt;
}

std::string host() {
  utsname names{};
  return uname(&names) == 0 ? std::string(names.nodename) : std::string();
}

std::string number_space() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/ns/pid", error).string();
}

std::string boot() {
  return first_word("/proc/sys/kernel/random/boot_id");
}

struct Process {
  std::string machine;
  std::string boot;
  std::string space;
  long pid = 0;
  std::string start;
};

std::optional<Process> parse(std::string_view process) {
  std::istringstream text{std::string(process)};
  Process p;
  if (!(text >> p.machine >> p.boot >> p.space >> p.pid >> p.start)) return std::nullopt;
  return p;
}

}  // namespace

std::string this_process() {
  const long pid = getpid();
  const std::optional<std::string> start = start_of(pid);
  const std::string machine = host();
  if (!start || machine.empty() || machine.find(' ') != std::string::npos || boot().empty()) return "";
  return fmt::format("{} {} {} {} {}", machine, boot(), number_space(), pid, *start);
}

bool process_is_gone(std::string_view process) {
  const std::optional<Process> found = parse(process);
  if (!found || found->machine != host()) return false;
  if (found->boot != boot()) return true;
  return found->space == number_space() && start_of(found->pid) != found->start;
}

bool process_is_there(std::string_view process) {
  const std::optional<Process> found = parse(process);
  return found && found->machine == host() && found->boot == boot() && found->space == number_space() &&
         start_of(found->pid) == found->start;
}

}  // namespace gradus::internal
