// The place that a flag names for what a long command leaves.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <string_view>

namespace gradus::cli {

// Tried before hours of work, not after. Throws Error for a folder, for another ending than that of `such_as`, which
// could be a file of another kind that nobody wants to lose, and where nothing can be written. `otherwise` ends the
// message, after what is expected.
void check_out(const std::filesystem::path& out, const std::filesystem::path& such_as,
               std::string_view otherwise = "");

// Throws Error(kInvalidArgument) where `out` is one of the files that the command reads, by whatever name.
void refuse_input_as_out(const std::filesystem::path& out,
                         std::initializer_list<std::filesystem::path> inputs);

}  // namespace gradus::cli
