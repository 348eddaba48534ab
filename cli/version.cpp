// gradus version: what this program is and what it was built with.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "gradus/core/thread_pool.h"
#include "gradus/kernels/kernels.h"
#include "gradus/kernels/numerics_version.h"

namespace gradus::cli {
namespace {

// Said without looking: loading libcurl takes longer than the rest of the program's start.
constexpr const char* kDownloads = "with libcurl, opened at first use";

}  // namespace

void add_version(Command& program, Outcome& outcome) {
  Command* command = program.add_command("version", "Version, numerics version, kernel set, optional parts",
                                         "gradus version --json");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "JSON on standard output");
  command->callback([json, &outcome] {
    const std::vector<std::string_view> sets = available_kernel_sets();
    if (*json) {
      print_line(nlohmann::ordered_json{{"event", "version"},
                                        {"version", GRADUS_VERSION},
                                        {"numerics_version", kNumericsVersion},
                                        {"kernels", kernels<float>().name},
                                        {"kernel_sets", sets},
                                        {"processors", available_processors()},
                                        {"downloads", kDownloads},
                                        {"compiler", __VERSION__}}
                     .dump());
    } else {
      print(
          fmt::format("gradus {}\n"
                      "numerics    version {}\n"
                      "kernels     {} (present: {})\n"
                      "processors  {}\n"
                      "downloads   {}\n"
                      "compiler    {}\n",
                      GRADUS_VERSION, kNumericsVersion, kernels<float>().name, fmt::join(sets, ", "),
                      available_processors(), kDownloads, __VERSION__));
    }
    outcome.status = kDone;
  });
}

}  // namespace gradus::cli
