// Predictions to tensors, as JSON or as bytes behind it.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/core/names.h"
#include "gradus/server/oip_tensors.h"
#include "gradus/train/metrics.h"

namespace gradus::server {
namespace {

constexpr std::string_view kLabel = "label";

template <class Number>
void append_bytes(Number number, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

// Predictions of some rows, of which each output shows one side.
struct Predicted {
  const ServedModel& model;
  std::size_t rows;
  const std::vector<double>& values;

  [[nodiscard]] std::size_t columns() const { return values.size() / rows; }
  [[nodiscard]] std::size_t label(std::size_t row) const {
    return argmax(std::span<const double>(values).subspan(row * columns(), columns()));
  }
};

// The elements of an output, separated by commas.
void write_json(const Predicted& predicted, bool labels, std::string& text) {
  const std::size_t count = labels ? predicted.rows : predicted.values.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) text += ',';
    if (labels) {
      text += predicted.model.class_texts[predicted.label(i)];
    } else {
      fmt::format_to(std::back_inserter(text), "{}", predicted.values[i]);
    }
  }
}

std::string to_bytes(const Predicted& predicted, bool labels) {
  std::string bytes;
  if (!labels) {
    bytes.assign(reinterpret_cast<const char*>(predicted.values.data()),
                 predicted.values.size() * sizeof(double));
    return bytes;
  }
  for (std::size_t row = 0; row < predicted.rows; ++row) {
    const std::string& text = predicted.model.predictor.model().target.classes[predicted.label(row)];
    append_bytes(static_cast<std::uint32_t>(text.size()), bytes);
    bytes += text;
  }
  return bytes;
}

// One entry of "outputs"; what goes behind the JSON is added to `binary`.
void write_output(const Predicted& predicted, const InferOutput& output, bool as_bytes, std::string& json,
                  std::string& binary) {
  const bool labels = output.name == kLabel;
  const auto end = std::back_inserter(json);
  fmt::format_to(end, "{{\"name\":\"{}\",\"datatype\":\"{}\",\"shape\":[{}", output.name,
                 labels ? "BYTES" : "FP64", predicted.rows);
  if (!labels) fmt::format_to(end, ",{}", predicted.columns());
  if (as_bytes) {
    const std::string bytes = to_bytes(predicted, labels);
    fmt::format_to(end, "],\"parameters\":{{\"binary_data_size\":{}}}}}", bytes.size());
    binary += bytes;
  } else {
    json += "],\"data\":[";
    write_json(predicted, labels, json);
    json += "]}";
  }
}

}  // namespace

std::vector<TensorDescription> output_tensors(const ServedModel& model) {
  if (model.predictor.model().target.task == Task::kRegression) return {{"prediction", "FP64", {-1, 1}}};
  return {{"probabilities", "FP64", {-1, static_cast<long long>(model.predictor.columns())}},
          {std::string(kLabel), "BYTES", {-1}}};
}

void check_outputs(const ServedModel& model, const InferRequest& request) {
  const std::vector<TensorDescription> known = output_tensors(model);
  std::vector<std::string_view> names;
  for (const TensorDescription& tensor : known) names.push_back(tensor.name);
  std::set<std::string_view> asked;
  for (const InferOutput& output : request.outputs) {
    if (std::ranges::find(names, output.name) == names.end())
      throw Error(ErrorCode::kBadData, unknown_name_message("output", output.name.substr(0, 100), names));
    if (!asked.insert(output.name).second)
      throw Error(ErrorCode::kBadData, fmt::format("output '{}' is asked for twice", output.name));
  }
}

HttpResponse infer_response(const ServedModel& model, const InferRequest& request, std::size_t rows,
                            const std::vector<double>& predictions) {
  const Predicted predicted{model, rows, predictions};
  std::vector<InferOutput> outputs = request.outputs;
  if (outputs.empty()) {
    for (TensorDescription& tensor : output_tensors(model)) outputs.push_back({std::move(tensor.name), {}});
  }
  std::string json =
      fmt::format("{{\"model_name\":\"{}\",\"model_version\":\"{}\"", model.name, model.version);
  if (request.id) json += ",\"id\":" + nlohmann::json(*request.id).dump();
  json += ",\"outputs\":[";
  std::string binary;
  bool any_bytes = false;
  for (const InferOutput& output : outputs) {
    if (&output != &outputs.front()) json += ',';
    const bool as_bytes = output.binary.value_or(request.binary_output);
    any_bytes |= as_bytes;
    write_output(predicted, output, as_bytes, json, binary);
  }
  json += "]}";
  if (!any_bytes) return json_response(std::move(json));
  HttpResponse response;
  response.type = "application/octet-stream";
  response.headers.emplace_back("Inference-Header-Content-Length", std::to_string(json.size()));
  response.body = std::move(json) + binary;
  return response;
}

}  // namespace gradus::server
