#include "gradus/runs/run_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "gradus/core/error.h"
#include "gradus/core/files.h"

namespace gradus {

namespace {

std::uint64_t largest_number(const std::filesystem::path& runs) {
  std::uint64_t largest = 0;
  for (const auto& entry : std::filesystem::directory_iterator(runs)) {
    const std::string name = entry.path().filename().string();
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc() && end == name.data() + name.size()) largest = std::max(largest, number);
  }
  return largest;
}

}  // namespace

RunFolder make_run_folder(const std::filesystem::path& runs) {
  make_folder(runs);
  std::error_code error;
  for (std::uint64_t number = largest_number(runs) + 1;; ++number) {
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
