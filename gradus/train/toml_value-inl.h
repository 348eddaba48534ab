// Values of TOML as fields of a RunConfig. Internal, and for .cpp files alone: it brings toml++ with it.
#pragma once

#include <fmt/format.h>

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/core/names.h"
#include "gradus/train/run_config.h"

namespace gradus::internal {

// A TOML value as the text that set_field understands; arrays become comma lists. nullopt: a type that no
// field has.
inline std::optional<std::string> as_text(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto number = node.value_exact<std::int64_t>()) return fmt::format("{}", *number);
  if (const auto number = node.value_exact<double>()) return fmt::format("{}", *number);
  if (const auto truth = node.value_exact<bool>()) return *truth ? "true" : "false";
  const toml::array* array = node.as_array();
  if (array == nullptr) return std::nullopt;
  std::string list;
  for (const toml::node& element : *array) {
    const auto text = element.is_array() ? std::nullopt : as_text(element);
    if (!text) return std::nullopt;
    list += (list.empty() ? "" : ",") + *text;
  }
  return list;
}

// One entry of a list of names.
inline std::string text_of(const toml::node& element, std::string_view key, const std::string& place) {
  const auto text = element.is_array() ? std::nullopt : as_text(element);
  if (!text) {
    throw Error(ErrorCode::kBadConfiguration,
                fmt::format("{}: {} holds a list, table or date; expected names", place, key));
  }
  return *text;
}

// Sets the field `key`; errors begin with `place`, `reading my.toml: line 3`.
inline void set_field_from(const toml::node& node, std::string_view key, const std::string& place,
                           RunConfig& config) {
  const Field* field = find_field(key);
  if (field == nullptr) {
    std::vector<std::string_view> names;
    for (const Field& known : fields()) names.push_back(known.name);
    throw Error(ErrorCode::kBadConfiguration,
                fmt::format("{}: {}", place, unknown_name_message("configuration field", key, names)));
  }
  if (const auto* names = std::get_if<std::vector<std::string> RunConfig::*>(&field->member);
      names && node.is_array()) {
    std::vector<std::string> values;  // element by element: a class name may contain a comma
    for (const toml::node& element : *node.as_array()) values.push_back(text_of(element, key, place));
    config.*(*names) = std::move(values);
    return;
  }
  const auto text = as_text(node);
  if (!text) {
    throw Error(ErrorCode::kBadConfiguration,
                fmt::format("{}: {} holds a table or date; expected {}", place, key, field->type()));
  }
  try {
    set_field(config, *field, *text);
  } catch (const Error& error) {
    throw Error(ErrorCode::kBadConfiguration, fmt::format("{}: {}", place, error.what()));
  }
}

}  // namespace gradus::internal
