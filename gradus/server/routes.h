// The table of a server's routes, and the one way from a request to an answer.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/server/guard.h"
#include "gradus/server/http_message.h"

namespace gradus::server {

// Any number of threads call it at once. What it throws becomes an answer: gradus::Error its message with 400, 404 or 500,
// anything else 500.
using Handler = std::function<HttpResponse(const HttpRequest&)>;

// 400, 404 or 500.
[[nodiscard]] int status_of(ErrorCode code);

// One of a server's doors.
struct Route {
  std::string method;                 // GET, POST, DELETE
  std::vector<std::string> segments;  // of "/api/runs/{id}": "api", "runs", "{id}"
  Handler handler;
  std::size_t largest_body = 0;  // in bytes
};

// Filled once, then read by any number of threads.
class Routes {
 public:
  // `pattern` begins with '/'; {name} stands for one segment, never for an empty one.
  void get(std::string_view pattern, Handler handler);
  // State changes through these alone.
  void post(std::string_view pattern, Handler handler, std::size_t largest_body = std::size_t{1} << 16);
  void remove(std::string_view pattern, Handler handler);

  [[nodiscard]] const std::vector<Route>& all() const { return routes_; }

  // Before the body is read: refused by the guard, no such route (404), another method (405), a body too long (413) or
  // of unknown length (411). `length` is what Content-Length says.
  [[nodiscard]] std::optional<HttpResponse> refuse(const HttpRequest& request, const Guard& guard,
                                                   std::size_t length) const;
  // Of a request that was not refused. Security headers are on it.
  [[nodiscard]] HttpResponse answer(HttpRequest request) const;
  // Without a copy; the request gets its parameters.
  [[nodiscard]] HttpResponse answer_in_place(HttpRequest& request) const;

 private:
  [[nodiscard]] const Route* find(const HttpRequest& request, std::vector<std::string>* parameters,
                                  bool* other_method) const;

  std::vector<Route> routes_;
};

}  // namespace gradus::server
