// Where studies lie: those that come with gradus, and files that are named.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gradus::cli {

struct StudyFile {
  std::string name;      // "ntnu"
  std::string argument;  // what names it on the command line
  std::filesystem::path path;
};

// Sorted by name; empty where their folder is not found: ./studies, beside the program, or where it is installed.
[[nodiscard]] std::vector<StudyFile> known_studies();

// A file, a known name, or `reference` for all known ones. Throws Error(kNotFound), Error(kInvalidArgument) with
// the nearest name.
[[nodiscard]] std::vector<StudyFile> find_studies(const std::string& argument);

}  // namespace gradus::cli
