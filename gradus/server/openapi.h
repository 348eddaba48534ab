// What `gradus serve` answers, as an OpenAPI 3.0 description.
#pragma once

#include <string>

namespace gradus::server {

[[nodiscard]] std::string openapi_json(const std::string& version);

}  // namespace gradus::server
