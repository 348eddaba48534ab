// Who may ask for what. One guard stands before every route: a loopback address is no boundary, since any page in the
// browser can send requests to it and any name can be made to resolve to it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/server/http_message.h"

namespace gradus::server {

// What a server lets in.
struct GuardOptions {
  std::vector<std::string> hosts;  // exact values of Host: "127.0.0.1:8080", "localhost:8080"
  std::string token;               // empty: whoever reaches the server may ask
  std::string cookie;              // its name; cookies do not tell ports apart, names do
};

// The names under which a browser reaches this machine's own port.
[[nodiscard]] std::vector<std::string> loopback_hosts(int port);
// 128 random bits of the system as 32 hexadecimal digits.
[[nodiscard]] std::string random_token();

// Immutable; any number of threads.
class Guard {
 public:
  explicit Guard(GuardOptions options);

  // The refusal, or nothing. Host first, then the token (as the cookie or as `Authorization: Bearer`), then, where
  // `changes` state, Origin: a browser's request comes from our own page, and one without Origin bears its token in a header.
  [[nodiscard]] std::optional<HttpResponse> refuse(const HttpRequest& request, bool changes) const;
  // The visitor who follows the printed URL, `/?token=...`: the cookie is set and the token leaves the address bar.
  [[nodiscard]] std::optional<HttpResponse> admit(const HttpRequest& request) const;

 private:
  [[nodiscard]] bool knows_host(const HttpRequest& request) const;
  [[nodiscard]] bool bears_token(const HttpRequest& request) const;
  [[nodiscard]] bool own_origin(const HttpRequest& request) const;

  GuardOptions options_;
};

// What every answer carries, refusals too: no script or style but our own, no frame, no guessing of types, no referrer.
void add_security_headers(HttpResponse& response);

}  // namespace gradus::server
