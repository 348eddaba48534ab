// Models as .npz: an array for each tensor under its name in the other containers ("0.weight.npy", ...), and their texts
// as one JSON object in the array "metadata". Internal to formats/.
#pragma once

#include <filesystem>
#include <string>

#include "gradus/data/safetensors.h"

namespace gradus {

[[nodiscard]] std::string format_npz(const Safetensors& content);

// Float arrays; whole numbers are left out by name. Throws Error(kNotFound), kFile, kUnsupported, kBadData: also for more
// than 4 GiB of unpacked arrays, before memory is asked for.
[[nodiscard]] Safetensors read_npz_content(const std::filesystem::path& path);

}  // namespace gradus
