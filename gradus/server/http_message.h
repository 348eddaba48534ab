// A request as the handlers see it and the answer that they give: plain values, free of the library that carries them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gradus::server {

class EventLog;

// Names of headers and query fields as they came, the first value of each; headers in lower case.
using FieldMap = std::map<std::string, std::string, std::less<>>;

// One request, whole.
struct HttpRequest {
  std::string method;  // GET, POST, DELETE
  std::string path;    // decoded, without the query
  FieldMap query;
  FieldMap headers;
  std::string body;
  std::vector<std::string> parameters;  // what stood for the {..} of the route's pattern, in order

  // Empty where there is none.
  [[nodiscard]] std::string_view header(std::string_view lower_case_name) const;
  [[nodiscard]] std::string_view query_value(std::string_view name) const;
  // Parameter `index` as the id of a run or a training: digits alone. Throws Error(kNotFound) for anything else.
  [[nodiscard]] std::uint64_t id(std::size_t index = 0) const;
};

// One answer. Either `body`, or, for server-sent events, `events`: it then lasts until the reader leaves or the log ends.
struct HttpResponse {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<EventLog> events;
  std::uint64_t events_after = 0;  // the last one that the reader has
};

[[nodiscard]] HttpResponse json_response(std::string json, int status = 200);
// {"error": message}, the form of every refusal.
[[nodiscard]] HttpResponse error_response(int status, std::string_view message);
// To a file on the reader's side.
[[nodiscard]] HttpResponse download(std::string body, std::string type, std::string_view file_name);
// From where the reader's Last-Event-ID says.
[[nodiscard]] HttpResponse event_response(std::shared_ptr<EventLog> events, const HttpRequest& request);

}  // namespace gradus::server
