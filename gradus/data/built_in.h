// The sets that come with the program. Internal to the room.
#pragma once

#include <string_view>

#include "gradus/data/source.h"

namespace gradus::internal {

// `name` is one of built_in_sets(). Throws Error(kNotFound) where mnist has not been fetched.
[[nodiscard]] Table load_built_in(std::string_view name, const SourceOptions& options);

// 1,797 pictures of 8x8, pixels 0 to 16 in pixel0 to pixel63, target `digit`; out of the library itself.
[[nodiscard]] Table built_in_digits();

}  // namespace gradus::internal
