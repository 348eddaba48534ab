// The folder of one run, runs/<number>: configuration, history, pictures, model.
#pragma once

#include <cstdint>
#include <filesystem>

namespace gradus {

// The folder of one run, runs/12.
struct RunFolder {
  std::uint64_t number = 0;
  std::filesystem::path path;
};

// 0 where no folder in `runs` bears a number, or where there is no `runs`.
[[nodiscard]] std::uint64_t largest_run_number(const std::filesystem::path& runs);

// The first free number from `first` on, in a folder that is there. Several processes at once get different
// numbers. Throws Error(kFile) with the folder and the reason.
[[nodiscard]] RunFolder make_run_folder(const std::filesystem::path& runs, std::uint64_t first);

}  // namespace gradus
