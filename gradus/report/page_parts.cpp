#include "gradus/report/page_parts.h"

#include <fmt/format.h>

#include "gradus/report/format_numbers.h"

namespace gradus::report::internal {

std::string counted(std::uint64_t count, std::string_view word) {
  return fmt::format("{} {}{}", format_count(count), word, count == 1 ? "" : "s");
}

std::vector<std::pair<std::string, std::string>> environment_pairs(const Environment& e) {
  std::vector<std::pair<std::string, std::string>> pairs = {
      {"processor", e.processor},
      {"kernel set", e.kernels},
      {"gradus", fmt::format("{}, numerics version {}", e.version, e.numerics_version)},
      {"source", e.source},
      {"compiler", e.compiler},
      {"system", e.c_library.empty() ? e.system : fmt::format("{}, {}", e.system, e.c_library)}};
  std::erase_if(pairs, [](const auto& pair) { return pair.second.empty(); });
  return pairs;
}

HtmlLink run_link(const std::string& text, const std::filesystem::path& folder, const PageOptions& options) {
  const std::filesystem::path& from = options.page_folder.empty() ? options.runs : options.page_folder;
  const std::filesystem::path absolute = std::filesystem::absolute(folder).lexically_normal();
  const std::filesystem::path base = std::filesystem::absolute(from).lexically_normal();
  std::string target = absolute.lexically_relative(base / "").generic_string();
  if (!target.empty()) target += "/";
  return {text, target};
}

std::vector<std::pair<std::string, std::string>> chosen_fields(const RunConfig& config) {
  static const RunConfig kDefaults;
  std::vector<std::pair<std::string, std::string>> chosen;
  for (const Field& field : fields()) {
    std::string text = field_text(config, field);
    if (text != field_text(kDefaults, field)) chosen.emplace_back(field.name, std::move(text));
  }
  return chosen;
}

}  // namespace gradus::report::internal
