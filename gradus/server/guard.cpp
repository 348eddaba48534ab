#include "gradus/server/guard.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>

#include "gradus/core/error.h"

namespace gradus::server {
namespace {

// In a time that does not tell how much of it was right.
bool equal_secret(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]));
  return difference == 0;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// "a=1; b=2" -> the value of b
std::string_view cookie_value(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    const std::size_t end = std::min(cookies.find(';'), cookies.size());
    const std::string_view cookie = trimmed(cookies.substr(0, end));
    if (cookie.size() > name.size() && cookie.starts_with(name) && cookie[name.size()] == '=')
      return cookie.substr(name.size() + 1);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
  }
  return {};
}

}  // namespace

std::vector<std::string> loopback_hosts(int port) {
  return {fmt::format("127.0.0.1:{}", port), fmt::format("localhost:{}", port),
          fmt::format("[::1]:{}", port)};
}

std::string random_token() {
  std::array<unsigned char, 16> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw Error(ErrorCode::kFile, "random token: the system gives no random bytes");
  std::string token;
  for (const unsigned char byte : bytes) token += fmt::format("{:02x}", byte);
  return token;
}

Guard::Guard(GuardOptions options) : options_(std::move(options)) {}

bool Guard::knows_host(const HttpRequest& request) const {
  return std::ranges::find(options_.hosts, request.header("host")) != options_.hosts.end();
}

bool Guard::bears_token(const HttpRequest& request) const {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string_view authorization = request.header("authorization");
  if (authorization.starts_with(kBearer))
    return equal_secret(authorization.substr(kBearer.size()), options_.token);
  return equal_secret(cookie_value(request.header("cookie"), options_.cookie), options_.token);
}

bool Guard::own_origin(const HttpRequest& request) const {
  const std::string_view origin = request.header("origin");
  if (origin.empty()) return options_.token.empty() || !request.header("authorization").empty();
  return origin == fmt::format("http://{}", request.header("host"));
}

std::optional<HttpResponse> Guard::refuse(const HttpRequest& request, bool changes) const {
  if (!knows_host(request)) {
    return error_response(403, fmt::format("Host '{}' is not served here; expected {}",
                                           request.header("host"), options_.hosts.front()));
  }
  if (!options_.token.empty() && !bears_token(request)) {
    return error_response(401,
                          "no token; open the address that the program printed when it started, or send "
                          "'Authorization: Bearer TOKEN'");
  }
  // A page of another origin may read nothing either: a server without token would tell it.
  if ((changes || options_.token.empty()) && !own_origin(request)) {
    return error_response(403, fmt::format("Origin '{}' may not ask this; expected http://{}",
                                           request.header("origin"), request.header("host")));
  }
  return std::nullopt;
}

std::optional<HttpResponse> Guard::admit(const HttpRequest& request) const {
  if (options_.token.empty() || request.method != "GET" || request.path != "/" || !knows_host(request) ||
      !equal_secret(request.query_value("token"), options_.token))
    return std::nullopt;
  HttpResponse response;
  response.status = 303;
  response.type = "text/plain";
  response.headers = {{"Location", "/"},
                      {"Set-Cookie", fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict", options_.cookie,
                                                 options_.token)}};
  return response;
}

void add_security_headers(HttpResponse& response) {
  response.headers.insert(response.headers.end(),
                          {{"Content-Security-Policy",
                            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: "
                            "blob:; connect-src 'self'; "
                            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
                           {"X-Content-Type-Options", "nosniff"},
                           {"X-Frame-Options", "DENY"},
                           {"Referrer-Policy", "no-referrer"},
                           {"Cross-Origin-Resource-Policy", "same-origin"},
                           {"Cross-Origin-Opener-Policy", "same-origin"}});
  const bool says =
      std::ranges::any_of(response.headers, [](const auto& h) { return h.first == "Cache-Control"; });
  if (!says) response.headers.emplace_back("Cache-Control", "no-store");
}

}  // namespace gradus::server
