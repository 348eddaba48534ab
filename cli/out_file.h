// The place that a flag names for what a long command leaves.
#pragma once

#include <filesystem>
#include <initializer_list>

namespace gradus::cli {

// Tried before hours of work, not after. Throws Error for a folder, and where nothing can be written; `such_as` is a
// file as the flag expects it.
void check_out(const std::filesystem::path& out, const char* such_as);

// Throws Error(kInvalidArgument) where `out` is one of the files that the command reads, by whatever name.
void refuse_input_as_out(const std::filesystem::path& out,
                         std::initializer_list<std::filesystem::path> inputs);

}  // namespace gradus::cli
