// Golden vectors as text: {"inputs":[[5.1,3.5],...],"stages":[{"name":"transform","values":[[-0.9,1.02],...]},...]}.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "gradus/core/error.h"
#include "gradus/formats/golden.h"
#include "gradus/formats/read_json-inl.h"

namespace gradus {

namespace {

using nlohmann::json;

constexpr std::size_t kMostValues = std::size_t{1} << 26;
constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

constexpr std::string_view kPredictions = "predictions";  // doubles whatever the model is

// Shortest text that reads back as the same number; JSON has no infinities.
template <class T>
void add_number(std::string& text, T value) {
  text += std::isfinite(value) ? fmt::format("{}", value) : "null";
}

// `single`: the values are floats.
template <class T>
void add_rows(std::string& text, const std::vector<T>& values, std::size_t cols, bool single) {
  text += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i % cols == 0) text += i == 0 ? "[" : "],[";
    if (i % cols != 0) text += ',';
    if (single) {
      add_number(text, static_cast<float>(values[i]));
    } else {
      add_number(text, values[i]);
    }
  }
  text += values.empty() ? "]" : "]]";
}

struct Rows {
  std::size_t cols = 0;
  std::vector<double> values;
};

Rows rows_from(const json& list) {
  Rows rows;
  for (const json& row : list) {
    if (rows.values.empty()) rows.cols = row.size();
    const bool fits = row.is_array() && row.size() == rows.cols && rows.cols > 0;
    if (!fits || rows.values.size() + rows.cols > kMostValues)
      throw Error(ErrorCode::kBadData, "its rows are not of one width");
    for (const json& value : row) rows.values.push_back(value.is_null() ? kNoNumber : value.get<double>());
  }
  return rows;
}

}  // namespace

std::string golden_to_json(const GoldenVectors& golden) {
  std::string text = R"({"inputs":)";
  add_rows(text, golden.inputs, golden.cols, true);
  text += R"(,"stages":[)";
  for (const GoldenStage& stage : golden.stages) {
    if (&stage != golden.stages.data()) text += ',';
    text += fmt::format(R"({{"name":"{}","values":)", stage.name);
    add_rows(text, stage.values, stage.cols, golden.single && stage.name != kPredictions);
    text += '}';
  }
  return text + "]}";
}

GoldenVectors golden_from_json(std::string_view text, bool single, const std::string& source) {
  return internal::from_json(text, source, "golden vectors", [single](const json& object) {
    GoldenVectors golden;
    golden.single = single;
    const Rows inputs = rows_from(object.at("inputs"));
    if (std::ranges::any_of(inputs.values, [](double value) { return std::isnan(value); }))
      throw Error(ErrorCode::kBadData, "an input is no number");
    golden.cols = inputs.cols;
    golden.inputs.assign(inputs.values.begin(), inputs.values.end());
    for (const json& entry : object.at("stages")) {
      Rows rows = rows_from(entry.at("values"));
      if (rows.values.size() != golden.rows() * rows.cols)
        throw Error(ErrorCode::kBadData, "a stage has another number of rows than the inputs");
      const auto name = entry.at("name").get<std::string>();
      if (single && name != kPredictions) {
        for (double& value : rows.values) value = static_cast<double>(static_cast<float>(value));
      }
      golden.stages.push_back({.name = name, .cols = rows.cols, .values = std::move(rows.values)});
    }
    return golden;
  });
}

}  // namespace gradus
