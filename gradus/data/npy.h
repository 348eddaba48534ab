// One NumPy array as a .npy file or an entry of a .npz has it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gradus/data/npz.h"
#include "gradus/data/safetensors.h"

namespace gradus {

// `source` stands in messages, such as "data.npz: X.npy". Throws Error(kUnsupported) or Error(kBadData) with
// the byte.
// `owner` keeps `bytes` alive: values that lie aligned, in C order and in a type that NumpyArray keeps stay there
// uncopied.
[[nodiscard]] NumpyArray parse_npy(std::string_view bytes, const std::string& source,
                                   const std::shared_ptr<const void>& owner);

// Throws Error(kUnsupported) where parse_npy would copy or convert the values.
void require_values_in_place(std::string_view bytes, const std::string& source);

// Version 1.0 of the format, the values 64 bytes aligned.
[[nodiscard]] std::string format_npy(const Tensor& tensor);
// An array of no dimensions that holds bytes: numpy.load(...)["name"].item() is the text, encoded as UTF-8.
[[nodiscard]] std::string format_npy(std::string_view text);

}  // namespace gradus
