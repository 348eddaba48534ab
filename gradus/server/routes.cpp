#include "gradus/server/routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <stdexcept>

#include "gradus/core/error.h"

namespace gradus::server {
namespace {

// "/api//runs/" -> "api", "", "runs", "": an empty segment matches nothing.
std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> segments;
  if (path == "/") return segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    segments.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{');
}

bool matches(const Route& route, const std::vector<std::string>& segments,
             std::vector<std::string>* parameters) {
  if (route.segments.size() != segments.size()) return false;
  std::vector<std::string> found;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (is_parameter(route.segments[i])) {
      if (segments[i].empty()) return false;
      found.push_back(segments[i]);
    } else if (route.segments[i] != segments[i]) {
      return false;
    }
  }
  if (parameters != nullptr) *parameters = std::move(found);
  return true;
}

HttpResponse handled(const Route& route, const HttpRequest& request) {
  try {
    return route.handler(request);
  } catch (const Error& error) {
    return error_response(status_of(error.code()), error.what());
  } catch (const std::bad_alloc&) {
    return error_response(500, "out of memory; ask for less at once");
  } catch (const std::exception& error) {
    return error_response(500, fmt::format("a bug in gradus, please report it: {}", error.what()));
  }
}

std::optional<HttpResponse> with_headers(HttpResponse response) {
  add_security_headers(response);
  return response;
}

}  // namespace

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kBadConfiguration:
    case ErrorCode::kBadData:
    case ErrorCode::kUnsupported:
      return 400;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kFile:
    case ErrorCode::kNetwork:
      return 500;
  }
  return 500;
}

void Routes::get(std::string_view pattern, Handler handler) {
  routes_.push_back({"GET", split_path(pattern), std::move(handler), 0});
}

void Routes::post(std::string_view pattern, Handler handler, std::size_t largest_body) {
  routes_.push_back({"POST", split_path(pattern), std::move(handler), largest_body});
}

void Routes::remove(std::string_view pattern, Handler handler) {
  routes_.push_back({"DELETE", split_path(pattern), std::move(handler), 0});
}

const Route* Routes::find(const HttpRequest& request, std::vector<std::string>* parameters,
                          bool* other_method) const {
  if (!request.path.starts_with('/')) return nullptr;
  const std::vector<std::string> segments = split_path(request.path);
  for (const Route& route : routes_) {
    if (!matches(route, segments, parameters)) continue;
    if (route.method == request.method) return &route;
    if (other_method != nullptr) *other_method = true;
  }
  return nullptr;
}

std::optional<HttpResponse> Routes::refuse(const HttpRequest& request, const Guard& guard,
                                           std::size_t length) const {
  if (std::optional<HttpResponse> admitted = guard.admit(request)) return with_headers(std::move(*admitted));
  if (std::optional<HttpResponse> refusal = guard.refuse(request, request.method != "GET"))
    return with_headers(std::move(*refusal));
  bool other_method = false;
  const Route* route = find(request, nullptr, &other_method);
  if (route == nullptr) {
    return with_headers(other_method ? error_response(405, request.method + " is not for this address")
                                     : error_response(404, request.path + ": there is no such address"));
  }
  if (!request.header("transfer-encoding").empty())
    return with_headers(error_response(411, "Transfer-Encoding is not read; send Content-Length"));
  if (length > route->largest_body) {
    return with_headers(error_response(
        413, fmt::format("a body of {} bytes; at most {} are read here", length, route->largest_body)));
  }
  return std::nullopt;
}

HttpResponse Routes::answer(HttpRequest request) const {
  return answer_in_place(request);
}

HttpResponse Routes::answer_in_place(HttpRequest& request) const {
  std::vector<std::string> parameters;
  const Route* route = find(request, &parameters, nullptr);
  if (route == nullptr) throw std::logic_error("a request that refuse() let pass has no route");
  request.parameters = std::move(parameters);
  HttpResponse response = handled(*route, request);
  add_security_headers(response);
  return response;
}

}  // namespace gradus::server
