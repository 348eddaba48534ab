// Finds a name in a registry whose order is that of its enumeration. Internal to the room.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>

#include "gradus/core/error.h"
#include "gradus/core/names.h"

namespace gradus::internal {

// Throws Error(kBadConfiguration) that names `what` is sought, with the nearest known name.
[[nodiscard]] inline std::size_t index_of_name(std::string_view what, std::string_view name,
                                               std::span<const std::string_view> names) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end())
    throw Error(ErrorCode::kBadConfiguration, unknown_name_message(what, name, names));
  return static_cast<std::size_t>(found - names.begin());
}

}  // namespace gradus::internal
