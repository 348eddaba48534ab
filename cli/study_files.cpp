#include "cli/study_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "gradus/core/error.h"
#include "gradus/core/names.h"

namespace gradus::cli {

namespace fs = std::filesystem;

namespace {

fs::path studies_folder() {
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const fs::path& folder :
       {fs::path("studies"), program / "../studies", program / "../share/gradus/studies"}) {
    if (fs::is_directory(folder, ignored)) return folder.lexically_normal();
  }
  return {};
}

}  // namespace

std::vector<StudyFile> known_studies() {
  std::vector<StudyFile> files;
  const fs::path folder = studies_folder();
  if (folder.empty()) return files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const fs::path& path = entry.path();
    if (path.extension() == ".toml") files.push_back({path.stem().string(), path.stem().string(), path});
  }
  std::ranges::sort(files, {}, &StudyFile::name);
  return files;
}

std::vector<StudyFile> find_studies(const std::string& argument) {
  if (argument.ends_with(".toml")) {
    if (!fs::exists(argument))
      throw Error(ErrorCode::kNotFound, fmt::format("reading {}: there is no such file", argument));
    return {{fs::path(argument).stem().string(), argument, argument}};
  }
  std::vector<StudyFile> known = known_studies();
  if (known.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("gradus study: '{}' is no .toml file, and the studies that come with gradus are "
                            "not found: neither ./studies "
                            "nor a folder beside the program holds them; expected a .toml file",
                            argument));
  }
  if (argument == "reference") return known;
  std::vector<std::string_view> names = {"reference"};
  for (const StudyFile& file : known) {
    if (file.name == argument) return {file};
    names.push_back(file.name);
  }
  const std::string nearest = nearest_name(argument, names);
  throw Error(
      ErrorCode::kInvalidArgument,
      fmt::format("gradus study: there is no study '{}';{} expected a .toml file or one of {}", argument,
                  nearest.empty() ? "" : fmt::format(" did you mean '{}'?", nearest), join(names)));
}

}  // namespace gradus::cli
