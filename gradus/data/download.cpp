#include "gradus/data/download.h"

#include <curl/curl.h>

#include <array>
#include <exception>
#include <memory>

namespace gradus {
namespace {

// What curl's C callbacks share; no exception may pass through curl.
struct Transfer {
  Download result;
  std::uint64_t limit = 0;
  const std::function<bool(std::uint64_t, std::uint64_t)>& progress;
  std::exception_ptr thrown;
};

std::size_t receive(char* bytes, std::size_t, std::size_t count, void* pointer) {
  Transfer& transfer = *static_cast<Transfer*>(pointer);
  if (transfer.result.content.size() + count > transfer.limit) {
    transfer.result.failure = "it sends more than " + std::to_string(transfer.limit) + " bytes";
    return 0;
  }
  try {
    transfer.result.content.append(bytes, count);
  } catch (...) {
    transfer.thrown = std::current_exception();
    return 0;
  }
  return count;
}

int report(void* pointer, curl_off_t total, curl_off_t now, curl_off_t, curl_off_t) {
  Transfer& transfer = *static_cast<Transfer*>(pointer);
  try {
    return transfer.progress(static_cast<std::uint64_t>(now), static_cast<std::uint64_t>(total)) ? 0 : 1;
  } catch (...) {
    transfer.thrown = std::current_exception();
    return 1;
  }
}

}  // namespace

Download download(const std::string& url, const DownloadLimits& limits,
                  const std::function<bool(std::uint64_t, std::uint64_t)>& progress) {
  // Here and not at the program's start, which it would slow down; once for the process.
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, void (*)(CURL*)> handle(initialized == CURLE_OK ? curl_easy_init() : nullptr,
                                                      curl_easy_cleanup);
  if (handle == nullptr) return {"", "libcurl cannot be started"};

  Transfer transfer{{}, limits.bytes, progress, nullptr};
  std::array<char, CURL_ERROR_SIZE> reason{};
  CURL* curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "gradus");
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, limits.connect_seconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1000L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, limits.stalled_seconds);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason.data());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &receive);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &report);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);

  const CURLcode status = curl_easy_perform(curl);
  if (transfer.thrown) std::rethrow_exception(transfer.thrown);
  if (status != CURLE_OK && transfer.result.failure.empty()) {
    transfer.result.failure = reason[0] != '\0' ? reason.data() : curl_easy_strerror(status);
  }
  return std::move(transfer.result);
}

}  // namespace gradus
