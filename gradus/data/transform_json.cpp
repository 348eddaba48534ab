// Transform and target coding as JSON inside the model file. What comes in is not trusted.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "gradus/core/error.h"
#include "gradus/data/json_reader.h"
#include "gradus/data/json_tree-inl.h"
#include "gradus/data/transform.h"

namespace gradus {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 3> kKindNames = {"number", "boolean", "category"};
constexpr std::size_t kMostFeatures = std::size_t{1} << 24;

[[noreturn]] void bad(const std::string& what) {
  throw Error(ErrorCode::kBadData, what);
}

std::string dump(const Json& json) {
  try {
    return json.dump();
  } catch (const Json::exception& error) {
    bad(fmt::format(
        "storing the transform: a name or category is not UTF-8 text ({}); convert the data file to UTF-8",
        error.what()));
  }
}

// Anything that nlohmann finds wrong, and what `read` throws, as one Error that names the file.
template <class Read>
auto parse(std::string_view text, const std::string& source, const char* what, Read read) {
  try {
    return read(text);
  } catch (const Json::exception& error) {
    bad(fmt::format("reading the {} in {}: {}", what, source, error.what()));
  } catch (const Error& error) {
    bad(fmt::format("reading the {} in {}: {}", what, source, error.what()));
  }
}

std::size_t read_count(const Json& json, const char* key) {
  const Json& value = json.at(key);
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > kMostFeatures) {
    bad(fmt::format("'{}' is {}; expected a whole number from 0 to {}", key, value.dump(), kMostFeatures));
  }
  return value.get<std::size_t>();
}

double finite(double value, const char* key) {
  if (!std::isfinite(value)) bad(fmt::format("'{}' holds {}; expected finite numbers", key, value));
  return value;
}

std::string_view name_of(ColumnKind kind) {
  return kKindNames.at(static_cast<std::size_t>(kind));
}

// The enumerator up to `last` that bears the name under `key`.
template <class Enum>
Enum read_named(const Json& json, const char* key, Enum last) {
  const auto text = json.at(key).get<std::string>();
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    if (name_of(static_cast<Enum>(i)) == text) return static_cast<Enum>(i);
  }
  bad(fmt::format("'{}' is '{}', which is not known", key, text));
}

InputColumn read_input(const Json& json) {
  InputColumn input;
  input.name = json.at("name").get<std::string>();
  input.kind = read_named(json, "kind", ColumnKind::kCategory);
  input.categories = json.at("categories").get<std::vector<std::string>>();
  if (input.kind != ColumnKind::kCategory && !input.categories.empty())
    bad(fmt::format("column '{}' is no category but has some", input.name));
  input.fill = finite(json.at("fill").get<double>(), "fill");
  input.had_missing = json.at("had_missing").get<bool>();
  return input;
}

void check_scaling(const Transform& transform) {
  const std::size_t features = transform.features() - (transform.ones_column ? 1 : 0);
  const std::size_t entries = transform.shift.size();
  if (entries != transform.scale.size() || (entries > 1 && entries != features)) {
    bad(fmt::format("there are {} shifts and {} scales for {} features", entries, transform.scale.size(),
                    features));
  }
  for (const double shift : transform.shift) finite(shift, "shift");
  for (const double scale : transform.scale) {
    if (finite(scale, "scale") == 0) bad("'scale' holds 0");
  }
}

// The parts of a transform. Lists may be long, a column or two numbers for each feature, and are never a tree.
struct TransformParts {
  Json rest = Json::object();
  std::string_view inputs;
  std::string_view shift;
  std::string_view scale;
};

TransformParts parts_of(std::string_view text) {
  constexpr std::array<std::string_view, 6> kRest = {"block_features", "block_prefix", "picture_rows",
                                                     "picture_cols",   "scaling",      "ones_column"};
  TransformParts parts;
  JsonReader reader(text, "it");
  reader.object([&](const std::string& key) {
    const std::string_view value = reader.text_of_value();
    if (key == "inputs") {
      parts.inputs = value;
    } else if (key == "shift") {
      parts.shift = value;
    } else if (key == "scale") {
      parts.scale = value;
    } else if (std::ranges::find(kRest, key) != kRest.end()) {
      parts.rest[key] = internal::parse_tree<Json>(value);
    }
  });
  reader.end();
  if (parts.inputs.empty() || parts.shift.empty() || parts.scale.empty())
    bad("its inputs, shift or scale are missing");
  return parts;
}

std::size_t count_of(std::string_view list) {
  std::size_t count = 0;
  JsonReader reader(list, "it");
  reader.array([&] {
    reader.skip();
    ++count;
  });
  return count;
}

std::vector<double> read_numbers(std::string_view list) {
  constexpr std::size_t kShortNumber = 8;  // letters; a double has as many bytes
  const std::size_t count = count_of(list);
  if (count > (std::size_t{1} << 20) + list.size() / kShortNumber)
    bad("it holds more numbers than its length allows");
  std::vector<double> numbers;
  numbers.reserve(count);
  JsonReader reader(list, "it");
  reader.array([&] { numbers.push_back(reader.number()); });
  return numbers;
}

std::vector<InputColumn> read_inputs(std::string_view list) {
  std::vector<InputColumn> inputs;
  inputs.reserve(count_of(list));
  JsonReader reader(list, "it");
  reader.array([&] { inputs.push_back(read_input(internal::parse_tree<Json>(reader.text_of_value()))); });
  return inputs;
}

Transform read_transform(std::string_view text) {
  const TransformParts parts = parts_of(text);
  const Json& json = parts.rest;
  Transform transform;
  transform.block_features = read_count(json, "block_features");
  transform.block_prefix = json.at("block_prefix").get<std::string>();
  transform.picture_rows = read_count(json, "picture_rows");
  transform.picture_cols = read_count(json, "picture_cols");
  const std::size_t pixels = transform.picture_rows * transform.picture_cols;
  if (pixels != 0 && pixels != transform.block_features) {
    bad(fmt::format("a picture of {} x {} has not {} features", transform.picture_rows,
                    transform.picture_cols, transform.block_features));
  }
  transform.inputs = read_inputs(parts.inputs);
  transform.scaling = read_named(json, "scaling", Scaling::kDivide);
  transform.shift = read_numbers(parts.shift);
  transform.scale = read_numbers(parts.scale);
  transform.ones_column = json.at("ones_column").get<bool>();
  check_scaling(transform);
  return transform;
}

TargetCoding read_target(std::string_view text) {
  const auto json = internal::parse_tree<Json>(text);
  TargetCoding target;
  target.task = read_named(json, "task", Task::kRegression);
  target.name = json.at("name").get<std::string>();
  target.classes = json.at("classes").get<std::vector<std::string>>();
  target.positive = json.at("positive").get<std::vector<std::string>>();
  target.negative = json.at("negative").get<std::vector<std::string>>();
  target.mean = finite(json.at("mean").get<double>(), "mean");
  target.deviation = finite(json.at("deviation").get<double>(), "deviation");
  if (target.deviation <= 0)
    bad(fmt::format("'deviation' is {}; expected a number above 0", target.deviation));
  if (target.task == Task::kClassification && target.classes.size() < 2)
    bad("there are fewer than two classes");
  if (target.positive.empty() != target.negative.empty() ||
      (!target.positive.empty() && target.classes.size() != 2)) {
    bad("'positive' and 'negative' stand together, with two classes");
  }
  return target;
}

}  // namespace

std::string to_json(const Transform& transform) {
  Json inputs = Json::array();
  for (const InputColumn& input : transform.inputs) {
    inputs.push_back({{"name", input.name},
                      {"kind", name_of(input.kind)},
                      {"categories", input.categories},
                      {"fill", input.fill},
                      {"had_missing", input.had_missing}});
  }
  return dump({{"block_features", transform.block_features},
               {"block_prefix", transform.block_prefix},
               {"picture_rows", transform.picture_rows},
               {"picture_cols", transform.picture_cols},
               {"inputs", inputs},
               {"scaling", name_of(transform.scaling)},
               {"shift", transform.shift},
               {"scale", transform.scale},
               {"ones_column", transform.ones_column}});
}

std::string to_json(const TargetCoding& target) {
  return dump({{"task", name_of(target.task)},
               {"name", target.name},
               {"classes", target.classes},
               {"positive", target.positive},
               {"negative", target.negative},
               {"mean", target.mean},
               {"deviation", target.deviation}});
}

Transform transform_from_json(std::string_view text, const std::string& source) {
  return parse(text, source, "transform", read_transform);
}

TargetCoding target_from_json(std::string_view text, const std::string& source) {
  return parse(text, source, "target", read_target);
}

}  // namespace gradus
