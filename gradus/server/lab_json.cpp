#include "gradus/server/lab_json.h"

#include <fmt/format.h>

#include <charconv>

#include "gradus/core/error.h"
#include "gradus/report/picture_shape.h"

namespace gradus::server {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json picture_of(const Transform& transform) {
  const report::PictureShape shape = report::picture_shape(transform);
  if (shape.channels == 0) return {};
  return {{"rows", shape.rows}, {"cols", shape.cols}, {"channels", shape.channels}};
}

std::size_t query_number(const HttpRequest& request, std::string_view name, std::size_t low, std::size_t high,
                         std::size_t otherwise) {
  const std::string_view text = request.query_value(name);
  if (text.empty()) return otherwise;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < low || number > high) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: {}={}; expected a whole number from {} to {}",
                                                         request.path, name, text, low, high));
  }
  return number;
}

}  // namespace gradus::server
