#include "gradus/server/http_message.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "gradus/core/error.h"

namespace gradus::server {
namespace {

std::string_view value(const FieldMap& fields, std::string_view name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

// Digits alone, as far as 64 bits hold them.
std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::string_view HttpRequest::header(std::string_view lower_case_name) const {
  return value(headers, lower_case_name);
}

std::string_view HttpRequest::query_value(std::string_view name) const {
  return value(query, name);
}

std::uint64_t HttpRequest::id(std::size_t index) const {
  const std::optional<std::uint64_t> number = whole_number(parameters.at(index));
  if (!number) throw Error(ErrorCode::kNotFound, fmt::format("{}: an id is a whole number", path));
  return *number;
}

HttpResponse json_response(std::string json, int status) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(json);
  return response;
}

HttpResponse error_response(int status, std::string_view message) {
  const nlohmann::json json{{"error", message}};
  return json_response(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), status);
}

HttpResponse download(std::string body, std::string type, std::string_view file_name) {
  HttpResponse response;
  response.type = std::move(type);
  response.body = std::move(body);
  response.headers.emplace_back("Content-Disposition", fmt::format("attachment; filename=\"{}\"", file_name));
  return response;
}

HttpResponse event_response(std::shared_ptr<EventLog> events, const HttpRequest& request) {
  HttpResponse response;
  response.type = "text/event-stream";
  response.events = std::move(events);
  // The browser's own reconnecting says it in a header, a page that opens anew in the query.
  const std::string_view header = request.header("last-event-id");
  response.events_after = whole_number(header.empty() ? request.query_value("after") : header).value_or(0);
  return response;
}

}  // namespace gradus::server
