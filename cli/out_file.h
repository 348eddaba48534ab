// The place that a flag names for what a long command leaves.
#pragma once

#include <filesystem>

namespace gradus::cli {

// Tried before hours of work, not after. Throws Error for a folder, and where nothing can be written; `such_as` is a
// file as the flag expects it.
void check_out(const std::filesystem::path& out, const char* such_as);

}  // namespace gradus::cli
