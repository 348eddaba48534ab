// Names that people type: the nearest known one for a typing mistake, and lists for messages.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gradus {

// The candidate within a third of the name's length in edits (adjacent swap counts one, case is ignored);
// empty when none is near.
[[nodiscard]] std::string nearest_name(std::string_view name, std::span<const std::string_view> candidates);

// `unknown activation 'rleu'; did you mean 'relu'? known: identity, sigmoid, ...`
[[nodiscard]] std::string unknown_name_message(std::string_view what, std::string_view name,
                                               std::span<const std::string_view> candidates);

// "a, b, c"
[[nodiscard]] std::string join(std::span<const std::string_view> names, std::string_view separator = ", ");

}  // namespace gradus
