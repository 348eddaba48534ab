#include "cli/run_flags.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>

#include "gradus/core/names.h"

namespace gradus::cli {

namespace {

// N, X, NAME, ...: what follows the flag, in one short word.
std::string value_word(const Field& field) {
  static constexpr std::array<const char*, 8> kWords = {"TEXT", "X",          "X",      "N",
                                                        "N",    "true|false", "A,B,..", "N,N,.."};
  if (!field.choices.empty()) return "NAME";
  return kWords[field.member.index()];
}

// Whole numbers have obvious ranges.
bool shows_range(const Field& field) {
  return field.choices.empty() && value_word(field) == "X" && field.range() != ">= 0";
}

std::string flag_help(const Field& field) {
  static const RunConfig defaults;
  std::string text(field.help);
  if (!field.choices.empty()) text += " (" + join(field.choices) + ")";
  if (shows_range(field)) text += "; " + field.range();
  const std::string value = field_text(defaults, field);
  return value.empty() ? text : fmt::format("{} [{}]", text, value);
}

// "data" -> "Data"
std::string title(std::string_view section) {
  std::string text(section);
  text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

}  // namespace

void add_data_folder(Command& command, std::string& folder) {
  command.add_option("--data-dir", folder, "where fetched sets lie [$GRADUS_DATA, else the cache directory]")
      ->type_name("DIR");
}

SourceOptions source_options(const std::string& data_folder) {
  SourceOptions options;
  const char* variable = std::getenv("GRADUS_DATA");
  options.data_folder = !data_folder.empty() ? data_folder : variable != nullptr ? variable : "";
  if (options.data_folder.empty()) options.data_folder = default_data_folder();
  return options;
}

void RunFlags::add_to(Command& command) {
  command
      .add_option("--config", config_file,
                  "TOML file with any of the fields below; a flag given here overrides the file")
      ->type_name("FILE");
  add_data_folder(command, data_folder);
  for (const Field& field : fields()) {
    if (field.name == "data") continue;  // the positional argument
    command
        .add_option_function(
            field.flag(),
            [this, name = std::string(field.name)](const std::string& text) { given[name] = text; },
            flag_help(field))
        ->type_name(value_word(field))
        ->group(title(field.section));
  }
}

RunConfig RunFlags::config() const {
  RunConfig config;
  if (!config_file.empty()) read_toml(config_file, config);
  if (!data.empty()) config.data = data;
  for (const auto& [name, text] : given) set_field(config, *find_field(name), text);
  return config;
}

SourceOptions RunFlags::source() const {
  return source_options(data_folder);
}

}  // namespace gradus::cli
