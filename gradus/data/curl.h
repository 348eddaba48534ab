// libcurl, opened when the first download asks for it: it drags in dozens of libraries, and loading them would
// cost every start of a program more than most programs take to start.
#pragma once

#include <curl/curl.h>

#include <span>

namespace gradus::internal {

// The functions that downloads call. They live as long as the process.
struct Curl {
  decltype(&curl_global_init) global_init = nullptr;
  decltype(&curl_easy_init) init = nullptr;
  decltype(&curl_easy_setopt) set = nullptr;
  decltype(&curl_easy_perform) perform = nullptr;
  decltype(&curl_easy_strerror) reason = nullptr;
  decltype(&curl_easy_cleanup) cleanup = nullptr;
};

// From the first of `libraries` that is there. Throws Error(kNetwork) that says what to install.
[[nodiscard]] Curl open_curl(std::span<const char* const> libraries);

// Opened and started once, by the first call. Throws as above; the next call then tries again.
[[nodiscard]] const Curl& curl();

}  // namespace gradus::internal
