// What the answers of the lab share. Internal to the room's .cpp files: JSON stays out of other headers.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "gradus/data/transform.h"
#include "gradus/server/http_message.h"

namespace gradus::server {

// Bytes that are no UTF-8, as a file's text may hold them, become replacement characters.
[[nodiscard]] std::string text_of(const nlohmann::ordered_json& json);
// {"rows","cols","channels"} where the inputs are pixels, else null.
[[nodiscard]] nlohmann::ordered_json picture_of(const Transform& transform);
// The whole number of the query's field, `otherwise` where there is none. Throws Error(kInvalidArgument) for anything
// else and for one outside of [low, high].
[[nodiscard]] std::size_t query_number(const HttpRequest& request, std::string_view name, std::size_t low,
                                       std::size_t high, std::size_t otherwise);

}  // namespace gradus::server
