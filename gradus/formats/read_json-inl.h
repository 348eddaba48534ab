// JSON texts of a model's metadata, read with one kind of error. For .cpp files of formats/.
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "gradus/core/error.h"
#include "gradus/data/json_tree-inl.h"

namespace gradus::internal {

// Runs `read` on the parsed text; anything wrong in it becomes one Error(kBadData).
template <class Read>
auto from_json(std::string_view text, const std::string& source, const char* what, Read&& read) {
  try {
    return read(parse_tree<nlohmann::json>(text));
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::kBadData,
                fmt::format("reading {}: its {} is damaged: {}", source, what, error.what()));
  } catch (const Error& error) {
    throw Error(ErrorCode::kBadData,
                fmt::format("reading {}: its {} is damaged: {}", source, what, error.what()));
  }
}

}  // namespace gradus::internal
