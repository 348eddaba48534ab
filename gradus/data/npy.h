// One NumPy array as a .npy file or an entry of a .npz has it.
#pragma once

#include <string>
#include <string_view>

#include "gradus/data/npz.h"

namespace gradus {

// `source` stands in messages, such as "data.npz: X.npy". Throws Error(kUnsupported) or Error(kBadData) with
// the byte.
[[nodiscard]] NumpyArray parse_npy(std::string_view bytes, const std::string& source);

}  // namespace gradus
