#include "gradus/runs/run_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "gradus/core/error.h"

namespace gradus {

namespace {
constexpr std::uint64_t kMostRuns = std::uint64_t{1} << 53;  // a folder with a larger name is nobody's run
}

std::uint64_t largest_run_number(const std::filesystem::path& runs) {
  std::uint64_t largest = 0;
  std::error_code absent;
  for (const auto& entry : std::filesystem::directory_iterator(runs, absent)) {
    const std::string name = entry.path().filename().string();
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc() && end == name.data() + name.size() && number <= kMostRuns)
      largest = std::max(largest, number);
  }
  return largest;
}

RunFolder make_run_folder(const std::filesystem::path& runs, std::uint64_t first) {
  std::error_code error;
  for (std::uint64_t number = first;; ++number) {
    const std::filesystem::path path = runs / std::to_string(number);
    if (std::filesystem::create_directory(path, error)) return {number, path};
    if (error) {
      throw Error(ErrorCode::kFile,
                  fmt::format("making the run's folder {}: {}; choose another place with --runs",
                              path.string(), error.message()));
    }
  }
}

}  // namespace gradus
