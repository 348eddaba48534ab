// A data set that can be downloaded: its files, what they hold, and where they lie.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gradus/data/fetch.h"

namespace gradus {

struct RemoteFile {
  std::string name;        // without .gz, which mirrors and the folder add
  std::string sha256;      // of the uncompressed file
  std::uint64_t size = 0;  // uncompressed, bytes
};

struct RemoteSet {
  std::string name;
  std::vector<RemoteFile> files;
  std::vector<std::string> mirrors;  // base URLs
};

// fetch_data() for any set; the mirrors of `options`, where given, take the place of the set's.
FetchResult fetch_set(const RemoteSet& set, const FetchOptions& options);

}  // namespace gradus
