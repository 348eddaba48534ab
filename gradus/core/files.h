// Whole files, safely: written beside their name, synced, renamed; read whole with a limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace gradus {

// What a file that has just been written survives: a crash of the machine, at the cost of waiting for the disk, or one
// of the program.
enum class Durability { kMachine, kProgram };

// Either the whole new content or the old file stands under `path` afterwards, whatever happens; the mode of
// an existing file is kept and the folder is synced. Throws Error(kFile) that names the path and the system's
// reason (disk full, not writable); nothing is left behind then.
void write_file_atomically(const std::filesystem::path& path, std::string_view content,
                           Durability durability = Durability::kMachine);
void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> content,
                           Durability durability = Durability::kMachine);

// Throws what writing `path` would throw, and leaves everything as it is: asked before long work whose result goes there.
void check_writable(const std::filesystem::path& path);

// Throws Error(kNotFound) where there is none, Error(kFile) where it cannot be read or is larger than `limit`
// bytes.
[[nodiscard]] std::string read_file(const std::filesystem::path& path,
                                    std::size_t limit = std::size_t{1} << 32);

// A new folder; parents are made as needed. Throws Error(kFile) with the reason.
void make_folder(const std::filesystem::path& path);

}  // namespace gradus
