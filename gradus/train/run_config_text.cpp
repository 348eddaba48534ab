// RunConfig as TOML and JSON; the table of fields says how each one is written.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/core/names.h"
#include "gradus/train/json_text.h"
#include "gradus/train/run_config.h"
#include "gradus/train/toml_value-inl.h"

namespace gradus {

namespace {

constexpr std::size_t kLargestConfiguration = 16 << 20;  // bytes

// Names are bytes; what is no UTF-8 cannot be written.
std::string quoted(const std::string& text) {
  return toml_of_json(nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

struct TomlPrinter {
  std::string operator()(const std::string& value) const { return quoted(value); }
  std::string operator()(double value) const {
    const std::string text = fmt::format("{}", value);
    return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
  }
  template <class Number>
  std::string operator()(const std::optional<Number>& value) const {
    return value ? (*this)(*value) : quoted("auto");
  }
  std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(const std::vector<std::int64_t>& value) const {
    return fmt::format("[{}]", fmt::join(value, ", "));
  }
  std::string operator()(const std::vector<std::string>& value) const {
    std::vector<std::string> parts;
    for (const std::string& part : value) parts.push_back(quoted(part));
    return fmt::format("[{}]", fmt::join(parts, ", "));
  }
};

struct JsonPrinter {
  template <class V>
  nlohmann::json operator()(const V& value) const {
    return value;
  }
  template <class Number>
  nlohmann::json operator()(const std::optional<Number>& value) const {
    return value ? nlohmann::json(*value) : nlohmann::json("auto");
  }
};

}  // namespace

void parse_toml(std::string_view text, const std::string& source, RunConfig& config) {
  toml::table table;
  try {
    table = toml::parse(text, source);
  } catch (const toml::parse_error& error) {
    throw Error(ErrorCode::kBadConfiguration,
                fmt::format("reading {}: line {}, column {}: {}; expected TOML such as epochs = 10", source,
                            error.source().begin.line, error.source().begin.column, error.description()));
  }
  RunConfig changed = config;
  for (const auto& [key, node] : table) {
    internal::set_field_from(node, key.str(),
                             fmt::format("reading {}: line {}", source, node.source().begin.line), changed);
  }
  config = std::move(changed);
}

void read_toml(const std::filesystem::path& path, RunConfig& config) {
  parse_toml(read_file(path, kLargestConfiguration), path.string(), config);
}

std::string to_toml(const RunConfig& config) {
  std::string text;
  std::string_view section;
  for (const Field& field : fields()) {
    if (field.section != section) {
      section = field.section;
      text += fmt::format("{}# {}\n", text.empty() ? "" : "\n", section);
    }
    const std::string value =
        std::visit([&](auto member) { return TomlPrinter{}(config.*member); }, field.member);
    text += fmt::format("{} = {}  # {}\n", field.name, value, field.help);
  }
  return text;
}

std::string to_json(const RunConfig& config) {
  nlohmann::ordered_json object;
  for (const Field& field : fields()) {
    object[std::string(field.name)] =
        std::visit([&](auto member) { return JsonPrinter{}(config.*member); }, field.member);
  }
  return object.dump();
}

std::string reference_page() {
  std::string page =
      "# Configuration\n\n"
      "Every field of a run, made from the program's own table. The same words stand in a TOML file (`epochs "
      "= 20`), on the command\n"
      "line (`--epochs 20`, with `-` for `_`) and in JSON. `gradus train` writes the whole configuration, "
      "every *auto* decided but those of\n"
      "`threads`, `validation` and `test`, to `config.toml` in the run's folder; `gradus train --config` of "
      "that file repeats the run.\n";
  std::string_view section;
  const RunConfig defaults;
  for (const Field& field : fields()) {
    if (field.section != section) {
      section = field.section;
      page += fmt::format("\n## {}\n\n| field | type | default | meaning |\n|---|---|---|---|\n", section);
    }
    std::string type = field.type();
    for (std::size_t bar = 0; (bar = type.find('|', bar)) != std::string::npos; bar += 2)
      type.replace(bar, 1, ", ");
    const std::string value = field_text(defaults, field);
    const std::string range = field.choices.empty() ? field.range() : "";
    page += fmt::format("| `{}` | {} | {} | {}{} |\n", field.name, type,
                        value.empty() ? "" : fmt::format("`{}`", value), field.help,
                        range.empty() ? "" : "; " + range);
  }
  return page;
}

}  // namespace gradus
