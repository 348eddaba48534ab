// One row of numbers through a run's model: what it answers, and what each layer gave. A page asks it for every frame.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "gradus/core/error.h"
#include "gradus/server/lab_inside.h"
#include "gradus/server/lab_json.h"
#include "gradus/train/metrics.h"
#include "gradus/train/predictor.h"

namespace gradus::server {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLargestBody = std::size_t{1} << 20;
constexpr std::size_t kShownUnits = 4096;  // of a layer

[[noreturn]] void refuse(std::size_t features) {
  throw Error(
      ErrorCode::kInvalidArgument,
      fmt::format("predicting: expected {{\"x\": [..]}} with {} finite numbers, as the data have them",
                  features));
}

std::vector<double> row_of(const HttpRequest& request, std::size_t features) {
  const Json json = Json::parse(request.body, nullptr, false);
  if (!json.is_object() || !json.contains("x")) refuse(features);
  const Json& numbers = json.at("x");
  if (!numbers.is_array() || numbers.size() != features) refuse(features);
  std::vector<double> row;
  for (const Json& number : numbers) {
    if (!number.is_number() || !std::isfinite(number.get<double>())) refuse(features);
    row.push_back(number.get<double>());
  }
  return row;
}

// The layer whose output is shown for each dense one: its activation, or itself.
template <class T>
Json outputs_of(const NetworkSpec& network, const Predictor<T>& predictor) {
  Json layers = Json::array();
  const auto& specs = network.layers;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const bool last_of_layer = i + 1 == specs.size() || specs[i + 1].kind == LayerKind::kDense;
    if (!last_of_layer) continue;
    const std::span<const T> outputs = predictor.layer_output(i).row(0);
    layers.push_back(std::vector<T>(outputs.begin(), outputs.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                           outputs.size(), kShownUnits))));
  }
  return layers;
}

HttpResponse predict(LabModels& models, const HttpRequest& request) {
  const std::shared_ptr<const LabModel> found = models.model(request.id());
  const Model& model = found->model();
  const std::vector<double> row = row_of(request, found->predictor().features());
  std::vector<double> answer(found->predictor().columns());
  Json layers;
  std::visit(
      [&]<class T>(const AlignedBuffer<T>& parameters) {
        Predictor<T> predictor(model.network, model.loss.kind, model.transform, model.target,
                               parameters.span(), 1);
        predictor(MatrixView<const double>(row.data(), 1, row.size()),
                  MatrixView<double>(answer.data(), 1, answer.size()));
        layers = outputs_of(model.network, predictor);
      },
      model.parameters);
  Json json;
  if (model.target.task == Task::kClassification) {
    json["prediction"] = found->predictor().label(answer);
    json["probabilities"] = answer;
    json["classes"] = model.target.classes;
  } else {
    json["prediction"] = answer.front();
  }
  json["layers"] = std::move(layers);
  json["step"] = found->run().steps;
  return json_response(text_of(json));
}

}  // namespace

void add_draw_routes(Routes& routes, LabModels& models) {
  routes.post(
      "/api/models/{run}/predict", [&](const HttpRequest& request) { return predict(models, request); },
      kLargestBody);
}

}  // namespace gradus::server
