// One file over HTTP or HTTPS into memory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace gradus {

struct DownloadLimits {
  std::uint64_t bytes = 0;  // more is refused
  long connect_seconds = 15;
  long stalled_seconds = 30;  // below 1,000 bytes a second for so long
};

struct Download {
  std::string content;
  std::string failure;  // why there is none; empty: it is there
};

// progress(bytes, total, 0 where not known) returns false to stop; what it throws comes out here.
// Throws Error(kNetwork) where libcurl is missing.
[[nodiscard]] Download download(const std::string& url, const DownloadLimits& limits,
                                const std::function<bool(std::uint64_t, std::uint64_t)>& progress);

}  // namespace gradus
