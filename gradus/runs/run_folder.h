// The folder of one run, runs/<number>: configuration, history, pictures, model.
#pragma once

#include <cstdint>
#include <filesystem>

namespace gradus {

struct RunFolder {
  std::uint64_t number = 0;
  std::filesystem::path path;
};

// The next free number under `runs`, which is made where it does not exist. Several processes at once get
// different numbers. Throws Error(kFile) with the folder and the reason.
[[nodiscard]] RunFolder make_run_folder(const std::filesystem::path& runs);

}  // namespace gradus
