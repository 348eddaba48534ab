// Bodies of requests as JSON, field by field, each with its range. For .cpp files of server/.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/server/http_message.h"

namespace gradus::server::internal {

[[noreturn]] inline void refuse_field(std::string_view field, std::string_view expected) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("reading the request: field {}: expected {}", field, expected));
}

// Throws Error(kInvalidArgument) where it is no JSON object.
inline nlohmann::json json_body(const HttpRequest& request) {
  nlohmann::json body = nlohmann::json::parse(request.body, nullptr, false);
  if (!body.is_object())
    throw Error(ErrorCode::kInvalidArgument,
                "reading the request: its body is no JSON object; expected {...}");
  return body;
}

// Null where it is not there.
inline const nlohmann::json& field_of(const nlohmann::json& object, std::string_view field) {
  static const nlohmann::json none;
  const auto found = object.find(field);
  return found == object.end() ? none : *found;
}

inline double number_of(const nlohmann::json& value, std::string_view field, double low, double high) {
  if (value.is_number()) {
    const double number = value.get<double>();
    if (number >= low && number <= high) return number;
  }
  refuse_field(field, fmt::format("a number from {} to {}", low, high));
}

inline std::size_t whole_number_of(const nlohmann::json& value, std::string_view field, std::size_t low,
                                   std::size_t high) {
  if (value.is_number_integer()) {
    const double number = value.get<double>();
    if (number >= static_cast<double>(low) && number <= static_cast<double>(high))
      return value.get<std::size_t>();
  }
  refuse_field(field, fmt::format("a whole number from {} to {}", low, high));
}

inline std::string text_of(const nlohmann::json& value, std::string_view field) {
  if (!value.is_string()) refuse_field(field, "a text");
  return value.get<std::string>();
}

// Exactly `count` finite numbers.
inline std::vector<double> numbers_of(const nlohmann::json& value, std::string_view field,
                                      std::size_t count) {
  constexpr double kLargest = 1e100;
  if (!value.is_array() || value.size() != count) refuse_field(field, fmt::format("{} numbers", count));
  std::vector<double> numbers;
  for (const nlohmann::json& number : value) numbers.push_back(number_of(number, field, -kLargest, kLargest));
  return numbers;
}

}  // namespace gradus::server::internal
