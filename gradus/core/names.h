// Names that people type: the nearest known one for a typing mistake, and lists for messages.
#pragma once

#include <cstddef>
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

// The place of `name` in a registry whose order is that of its enumeration. Throws Error(kBadConfiguration)
// with unknown_name_message.
[[nodiscard]] std::size_t index_of_name(std::string_view what, std::string_view name,
                                        std::span<const std::string_view> names);

// "a, b, c"
[[nodiscard]] std::string join(std::span<const std::string_view> names, std::string_view separator = ", ");

}  // namespace gradus
