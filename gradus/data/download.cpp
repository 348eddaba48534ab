#include "gradus/data/download.h"

#include <array>
#include <exception>
#include <memory>

#include "gradus/data/curl.h"

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
  const internal::Curl& curl = internal::curl();
  const std::unique_ptr<CURL, void (*)(CURL*)> owner(curl.init(), curl.cleanup);
  CURL* handle = owner.get();
  if (handle == nullptr || curl.set(handle, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK ||
      curl.set(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") != CURLE_OK) {
    return {"", "libcurl cannot be started, or is older than 7.85"};
  }

  Transfer transfer{{}, limits.bytes, progress, nullptr};
  std::array<char, CURL_ERROR_SIZE> reason{};
  curl.set(handle, CURLOPT_URL, url.c_str());
  curl.set(handle, CURLOPT_FOLLOWLOCATION, 1L);
  curl.set(handle, CURLOPT_MAXREDIRS, 5L);
  curl.set(handle, CURLOPT_FAILONERROR, 1L);
  curl.set(handle, CURLOPT_NOSIGNAL, 1L);
  curl.set(handle, CURLOPT_USERAGENT, "gradus");
  curl.set(handle, CURLOPT_CONNECTTIMEOUT, limits.connect_seconds);
  curl.set(handle, CURLOPT_LOW_SPEED_LIMIT, 1000L);
  curl.set(handle, CURLOPT_LOW_SPEED_TIME, limits.stalled_seconds);
  curl.set(handle, CURLOPT_ERRORBUFFER, reason.data());
  curl.set(handle, CURLOPT_WRITEFUNCTION, &receive);
  curl.set(handle, CURLOPT_WRITEDATA, &transfer);
  curl.set(handle, CURLOPT_NOPROGRESS, 0L);
  curl.set(handle, CURLOPT_XFERINFOFUNCTION, &report);
  curl.set(handle, CURLOPT_XFERINFODATA, &transfer);

  const CURLcode status = curl.perform(handle);
  if (transfer.thrown) std::rethrow_exception(transfer.thrown);
  if (status != CURLE_OK && transfer.result.failure.empty()) {
    transfer.result.failure = reason[0] != '\0' ? reason.data() : curl.reason(status);
  }
  return std::move(transfer.result);
}

}  // namespace gradus
