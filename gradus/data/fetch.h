// Downloads a known data set: mirrors in turn, SHA-256 of the uncompressed files, progress.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace gradus {

struct FetchProgress {
  std::string file;
  std::string mirror;
  std::uint64_t bytes = 0;
  std::uint64_t total = 0;  // 0: not known
};

struct FetchOptions {
  std::filesystem::path folder;                        // the set lands in <folder>/<name>
  std::vector<std::string> mirrors;                    // base URLs; empty: the set's public ones
  std::function<void(const FetchProgress&)> progress;  // may be empty
  std::function<bool()> cancelled;                     // may be empty; asked often
};

struct FetchResult {
  std::filesystem::path folder;
  std::vector<std::string> present;  // files that were there and sound
  std::vector<std::string> downloaded;
  std::vector<std::string> failures;  // "mirror: reason" for those passed over
};

// name: mnist. Files that are there with the right checksum are kept. Throws Error(kInvalidArgument) for an
// unknown name, kNetwork when every mirror failed (each with its reason; how to place the files by hand),
// kFile.
FetchResult fetch_data(const std::string& name, const FetchOptions& options);

}  // namespace gradus
