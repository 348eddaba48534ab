#include "gradus/server/lab_inside.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "gradus/core/error.h"
#include "gradus/report/picture_shape.h"
#include "gradus/report/png_image.h"
#include "gradus/report/svg_weight_images.h"
#include "gradus/runs/layer_lines.h"
#include "gradus/runs/run_identity.h"
#include "gradus/server/lab_json.h"

namespace gradus::server {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kListedRuns = 500;
constexpr std::size_t kNamedFeatures = 1000;
constexpr std::size_t kLayerSteps = 200;
constexpr std::size_t kUnits = 100;
constexpr std::size_t kInputs = std::size_t{1} << 14;

Json words_of(const RunRecord& run, bool live) {
  return {{"id", run.id},
          {"name", run.name},
          {"data", run.data},
          {"network", run.network},
          {"status", name_of(run.status)},
          {"live", live},
          {"steps", run.steps},
          {"epochs", run.epochs},
          {"model", live || !run.model.empty()}};
}

HttpResponse list(const LabModels& models) {
  Json runs = Json::array();
  RunQuery query;
  query.limit = kListedRuns;
  for (const RunRow& row : models.store().list(query)) {
    const bool live = row.run.status == RunStatus::kRunning && models.is_here(row.run.id);
    runs.push_back(words_of(row.run, live));
  }
  return json_response(text_of({{"runs", std::move(runs)}}));
}

// The dense layers with the activation behind each.
Json layers_of(const NetworkSpec& network) {
  Json layers = Json::array();
  for (const ParameterInfo& tensor : parameter_table(network).tensors) {
    if (!tensor.is_weight) continue;
    layers.push_back({{"name", tensor.name.substr(0, tensor.name.find('.'))},
                      {"inputs", tensor.rows},
                      {"outputs", tensor.cols},
                      {"activation", name_of(tensor.activation)}});
  }
  return layers;
}

HttpResponse describe(LabModels& models, std::uint64_t id) {
  const std::shared_ptr<const LabModel> found = models.model(id);
  const Model& model = found->model();
  const RunConfig config = config_from_json(models.store().configuration(id), fmt::format("run {}", id));
  std::vector<std::string> features = model.transform.feature_names();
  features.resize(std::min(found->predictor().features(), kNamedFeatures));
  Json json = words_of(found->run(), found->live());
  json["task"] = name_of(model.target.task);
  json["target"] = model.target.name;
  json["classes"] = model.target.classes;
  json["features"] = std::move(features);
  json["feature_count"] = found->predictor().features();
  json["picture"] = picture_of(model.transform);
  json["layers"] = layers_of(model.network);
  json["layers_every"] = config.layers_every;
  return json_response(text_of(json));
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

HttpResponse layers(LabModels& models, std::uint64_t id) {
  const std::string text = models.layer_lines(id);
  const std::vector<std::string_view> lines = lines_of(text);
  const std::size_t shown = std::min(lines.size(), kLayerSteps);
  std::string steps;
  for (std::size_t i = 0; i < shown; ++i) {
    // The first and the last are always among them.
    const std::size_t place = shown < 2 ? 0 : i * (lines.size() - 1) / (shown - 1);
    // As they were written: to read them and write them again takes longer than all else.
    if (!Json::accept(lines[place])) (void)parse_layers_line(lines[place]);
    steps += (i == 0 ? "" : ",") + std::string(lines[place]);
  }
  return json_response(fmt::format("{{\"recorded\":{},\"steps\":[{}]}}", lines.size(), steps));
}

// A share of the scale as one signed byte; -128 is not a number.
char weight_byte(float weight, double scale) {
  if (!std::isfinite(weight)) return static_cast<char>(-128);
  return static_cast<char>(std::lround(std::clamp(static_cast<double>(weight) / scale, -1.0, 1.0) * 127));
}

const ParameterInfo& dense_layer(const ParameterTable& table, std::uint64_t number) {
  std::uint64_t place = 0;
  for (const ParameterInfo& tensor : table.tensors) {
    if (tensor.is_weight && place++ == number) return tensor;
  }
  throw Error(
      ErrorCode::kNotFound,
      fmt::format("looking for weights: there is no dense layer {}; the network has {}, counted from 0",
                  number, place));
}

HttpResponse weights(LabModels& models, const HttpRequest& request) {
  const std::shared_ptr<const LabModel> found = models.model(request.id());
  const Model& model = found->model();
  const ParameterTable table = parameter_table(model.network);
  const ParameterInfo& tensor = dense_layer(table, request.id(1));
  const report::PictureShape shape =
      request.id(1) == 0 ? report::picture_shape(model.transform) : report::PictureShape{};
  const std::size_t inputs = std::min(shape.channels > 0 ? shape.pixels() : tensor.rows, kInputs);
  const std::size_t first = query_number(request, "first", 0, tensor.cols - 1, 0);
  const std::size_t units = std::min(kUnits, tensor.cols - first);
  std::vector<float> values;  // a unit behind the other
  std::visit(
      [&](const auto& block) {
        for (std::size_t unit = first; unit < first + units; ++unit) {
          for (std::size_t input = 0; input < inputs; ++input)
            values.push_back(static_cast<float>(block[tensor.offset + input * tensor.cols + unit]));
        }
      },
      model.parameters);
  const double scale = report::weight_scale(values);
  std::string bytes;
  for (const float value : values) bytes.push_back(weight_byte(value, scale));
  return json_response(text_of({{"inputs", inputs},
                                {"all_inputs", tensor.rows},
                                {"units", tensor.cols},
                                {"first", first},
                                {"shown", units},
                                {"picture", request.id(1) == 0 ? picture_of(model.transform) : Json()},
                                {"scale", scale},
                                {"weights", report::base64(bytes)},
                                {"step", found->run().steps}}));
}

}  // namespace

void add_inside_routes(Routes& routes, LabModels& models) {
  routes.get("/api/models", [&](const HttpRequest&) { return list(models); });
  routes.get("/api/runs/{id}/inside",
             [&](const HttpRequest& request) { return describe(models, request.id()); });
  routes.get("/api/runs/{id}/layers",
             [&](const HttpRequest& request) { return layers(models, request.id()); });
  routes.get("/api/runs/{id}/weights/{layer}",
             [&](const HttpRequest& request) { return weights(models, request); });
}

}  // namespace gradus::server
