#include "cli/run_flags.h"

#include <fmt/format.h>

#include <cstdlib>

namespace gradus::cli {

namespace {

std::string flag_help(const Field& field) {
  static const RunConfig defaults;
  const std::string value = field_text(defaults, field);
  std::string text(field.help);
  if (const std::string range = field.range(); !range.empty() && field.choices.empty()) text += "; " + range;
  return value.empty() ? text : fmt::format("{} [{}]", text, value);
}

}  // namespace

void add_data_folder(CLI::App& command, std::string& folder) {
  command.add_option("--data-dir", folder, "where fetched sets lie [$GRADUS_DATA, else the user's cache]")
      ->type_name("DIR");
}

SourceOptions source_options(const std::string& data_folder) {
  SourceOptions options;
  const char* variable = std::getenv("GRADUS_DATA");
  options.data_folder = !data_folder.empty() ? data_folder : variable != nullptr ? variable : "";
  if (options.data_folder.empty()) options.data_folder = default_data_folder();
  return options;
}

void RunFlags::add_to(CLI::App& command) {
  command.add_option("--config", config_file, "TOML file with any of the fields below; flags go before it")
      ->type_name("FILE");
  add_data_folder(command, data_folder);
  for (const Field& field : fields()) {
    if (field.name == "data") continue;  // the positional argument
    command
        .add_option_function<std::string>(
            field.flag(),
            [this, name = std::string(field.name)](const std::string& text) { given[name] = text; },
            flag_help(field))
        ->type_name(field.type())
        ->group(std::string(field.section));
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
