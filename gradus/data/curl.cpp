#include "gradus/data/curl.h"

#include <dlfcn.h>

#include <array>
#include <string>

#include "gradus/core/error.h"

namespace gradus::internal {
namespace {

// With OpenSSL, and Debian's with GnuTLS, which has the same functions. The 4 is libcurl's binary interface, which the
// headers describe, since 2006.
constexpr std::array<const char*, 2> kLibraries = {"libcurl.so.4", "libcurl-gnutls.so.4"};

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorCode::kNetwork,
              "downloading: " + what + "; downloads need libcurl 7.85 or newer: install libcurl4");
}

template <class Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  if (function == nullptr) fail(::dlerror());
}

}  // namespace

Curl open_curl(std::span<const char* const> libraries) {
  void* library = nullptr;
  std::string failure;
  for (const char* name : libraries) {
    library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library != nullptr) break;
    if (failure.empty()) failure = ::dlerror();
  }
  if (library == nullptr) fail(failure);

  Curl curl;
  find(library, "curl_global_init", curl.global_init);
  find(library, "curl_easy_init", curl.init);
  find(library, "curl_easy_setopt", curl.set);
  find(library, "curl_easy_perform", curl.perform);
  find(library, "curl_easy_strerror", curl.reason);
  find(library, "curl_easy_cleanup", curl.cleanup);
  return curl;
}

const Curl& curl() {
  static const Curl opened = [] {
    const Curl found = open_curl(kLibraries);
    if (found.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) fail("libcurl cannot be started");
    return found;
  }();
  return opened;
}

}  // namespace gradus::internal
