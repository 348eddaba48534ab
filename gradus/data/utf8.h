// Text from outside travels on into JSON and HTML, so it has to be UTF-8.
#pragma once

#include <cstddef>
#include <string_view>

namespace gradus {

// Index of the first byte that belongs to no well-formed UTF-8 character (overlong forms and surrogates are
// not); text.size() where all is well.
[[nodiscard]] std::size_t first_bad_utf8(std::string_view text);

}  // namespace gradus
