#include "python/configuration.h"

#include <fmt/format.h>
#include <nanobind/stl/string.h>

#include <variant>
#include <vector>

#include "gradus/core/names.h"

namespace gradus::python {
namespace {

namespace nb = nanobind;

// As it would be typed on the command line.
std::string text_of(nb::handle value) {
  if (value.is_none()) return "auto";
  if (nb::isinstance<nb::bool_>(value)) return nb::cast<bool>(value) ? "true" : "false";
  return nb::cast<std::string>(nb::str(value));
}

bool is_list(nb::handle value) {
  return nb::isinstance<nb::list>(value) || nb::isinstance<nb::tuple>(value);
}

void assign(RunConfig& config, const Field& field, nb::handle value) {
  if (!is_list(value)) return set_field(config, field, text_of(value));
  std::vector<std::string> parts;
  for (const nb::handle part : value) parts.push_back(text_of(part));
  // A name in a list may hold a comma, so that it is not to be split again.
  if (const auto* texts = std::get_if<std::vector<std::string> RunConfig::*>(&field.member)) {
    config.*(*texts) = std::move(parts);
  } else {
    set_field(config, field, parts.empty() ? "none" : fmt::format("{}", fmt::join(parts, ",")));
  }
}

const Field& field_named(const std::string& name) {
  if (const Field* field = find_field(name)) return *field;
  std::vector<std::string_view> names;
  for (const Field& field : fields()) names.push_back(field.name);
  const std::string nearest = nearest_name(name, names);
  throw nb::type_error(
      fmt::format("unexpected keyword argument '{}'{}; every field of a configuration may be "
                  "given: gradus.configuration()",
                  name, nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest))
          .c_str());
}

}  // namespace

RunRequest request_of(const std::optional<std::string>& file, const nb::dict& fields, const Table* table,
                      const std::string& data_folder) {
  RunRequest request;
  request.table = table;
  request.source.data_folder = data_folder;
  if (file) read_toml(*file, request.config);
  for (const auto& [name, value] : fields)
    assign(request.config, field_named(nb::cast<std::string>(name)), value);
  return request;
}

Experiment make_experiment(const RunRequest& request) {
  if (request.table != nullptr) return set_up(request.config, request.source, *request.table);
  return set_up(request.config, request.source);
}

}  // namespace gradus::python
