// Texts as JSON writes them.
#pragma once

#include <string>
#include <string_view>

namespace gradus {

// Adds `text`, which is UTF-8, in quotes; what JSON wants escaped is, everything else stays as it is.
void add_json_string(std::string& json, std::string_view text);

}  // namespace gradus
