// Where a run's model is right and wrong, and where its decisions change.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "gradus/core/error.h"
#include "gradus/report/picture_shape.h"
#include "gradus/server/decision_surface.h"
#include "gradus/server/lab_inside.h"
#include "gradus/server/lab_json.h"
#include "gradus/train/metrics.h"

namespace gradus::server {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kSamples = 50;  // behind a cell
constexpr std::size_t kSampleFeatures = std::size_t{1} << 14;
constexpr std::size_t kLargestGrid = 200;
constexpr double kGridWork = 2e10;  // multiplications for one picture: some seconds
constexpr int kLevels = 1000;

// A model with the part of its data on which it is judged.
struct Judged {
  std::shared_ptr<const LabModel> model;
  std::shared_ptr<const LabData> data;

  Judged(LabModels& models, std::uint64_t id) : model(models.model(id)), data(models.data(id)) {
    if (model->model().target.task == Task::kClassification) return;
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("looking for mistakes of run {}: it predicts a number, not a class", id));
  }
  [[nodiscard]] const Dataset& part() const { return data->judged(); }
  [[nodiscard]] MatrixView<const double> probabilities() const { return model->judged(part()).view(); }
};

HttpResponse confusion(LabModels& models, std::uint64_t id) {
  const Judged judged(models, id);
  const ClassificationReport figures = classification_report(judged.part().labels, judged.probabilities());
  return json_response(text_of({{"classes", judged.model->model().target.classes},
                                {"counts", figures.confusion},
                                {"part", judged.data->judged_name()},
                                {"rows", figures.rows},
                                {"accuracy", figures.accuracy},
                                {"live", judged.model->live()},
                                {"step", judged.model->run().steps}}));
}

// The rows of class `actual` that are taken for `predicted`, the surest first.
std::vector<std::size_t> rows_behind(const Judged& judged, std::size_t actual, std::size_t predicted) {
  const MatrixView<const double> probabilities = judged.probabilities();
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < probabilities.rows; ++row) {
    if (static_cast<std::size_t>(judged.part().labels[row]) == actual &&
        argmax(probabilities.row(row)) == predicted)
      rows.push_back(row);
  }
  std::ranges::stable_sort(rows, [&](std::size_t a, std::size_t b) {
    return probabilities(a, predicted) > probabilities(b, predicted);
  });
  return rows;
}

Json sample_json(const Judged& judged, std::size_t row, std::size_t features) {
  const std::span<const double> probabilities = judged.probabilities().row(row);
  const std::size_t place = judged.part().rows[row];
  Json values = Json::array();
  for (std::size_t f = 0; f < features; ++f) {
    const double value = judged.part().features->at(place, f);
    const bool whole = std::abs(value) < 1e9 && value == std::floor(value);
    values.push_back(whole ? Json(static_cast<std::int64_t>(value)) : Json(value));
  }
  return {{"row", place},
          {"values", std::move(values)},
          {"probabilities", std::vector<double>(probabilities.begin(), probabilities.end())}};
}

HttpResponse confusion_cell(LabModels& models, const HttpRequest& request) {
  const Judged judged(models, request.id());
  const Transform& transform = judged.model->model().transform;
  const std::size_t classes = judged.model->model().target.classes.size();
  const std::size_t actual = request.id(1);
  const std::size_t predicted = request.id(2);
  if (std::max(actual, predicted) >= classes) {
    throw Error(ErrorCode::kNotFound,
                fmt::format("{}: classes are numbered from 0 to {}", request.path, classes - 1));
  }
  const std::vector<std::size_t> rows = rows_behind(judged, actual, predicted);
  const std::size_t features = std::min(judged.model->predictor().features(), kSampleFeatures);
  Json samples = Json::array();
  for (std::size_t i = 0; i < std::min(rows.size(), kSamples); ++i)
    samples.push_back(sample_json(judged, rows[i], features));
  Json json{{"total", rows.size()}, {"picture", picture_of(transform)}, {"samples", std::move(samples)}};
  if (json["picture"].is_null()) {
    std::vector<std::string> names = transform.feature_names();
    names.resize(features);
    json["features"] = std::move(names);
  }
  return json_response(text_of(json));
}

SurfacePlane plane_of(const HttpRequest& request, const LabData& data) {
  if (data.sample().cols < 2) {
    throw Error(ErrorCode::kBadData,
                "drawing the decisions: the data have one feature; a plane needs at least two");
  }
  if (request.query_value("pca") == "1") return component_plane(data);
  const std::vector<std::string> names = data.data().transform.feature_names();
  const auto chosen = [&](std::string_view field, const std::string& otherwise) {
    const std::string_view name = request.query_value(field);
    return name.empty() ? otherwise : std::string(name);
  };
  return feature_plane(data, chosen("x", names[0]), chosen("y", names[1]));
}

// As asked for, or as fine as a network of this size is drawn in time.
std::size_t grid_size(const HttpRequest& request, const Model& model) {
  const std::size_t asked = query_number(request, "size", 2, kLargestGrid, 100);
  const double parameters = static_cast<double>(parameter_table(model.network).count) + 1;
  return std::min(asked,
                  std::max<std::size_t>(2, static_cast<std::size_t>(std::sqrt(kGridWork / parameters))));
}

Json axis_json(const SurfacePlane::Axis& axis) {
  return {{"name", axis.name}, {"low", axis.low}, {"high", axis.high}};
}

Json points_json(const SurfacePlane& plane, const LabData& data) {
  const Dataset& train = data.data().train;
  const TargetCoding& target = data.data().target;
  Json targets = Json::array();
  for (const std::size_t row : data.sample_rows()) {
    if (target.task == Task::kClassification) {
      targets.push_back(train.labels[row]);
    } else {
      targets.push_back(target.in_unit(train.values[row * train.value_columns]));
    }
  }
  return {{"x", plane.x.places}, {"y", plane.y.places}, {"targets", std::move(targets)}};
}

// From `low` to `high` in whole levels: a picture shows no more, and thousands of long numbers take time to read.
void add_levels(const DecisionSurface& surface, Json& json) {
  double low = 0;
  double high = 1;
  if (surface.winners.empty()) {
    const auto [least, greatest] = std::ranges::minmax_element(surface.values);
    low = *least;
    high = *greatest;
  }
  std::vector<int> levels;
  for (const double value : surface.values) {
    const double share = high > low ? (value - low) / (high - low) : 0.5;
    levels.push_back(std::isfinite(share) ? static_cast<int>(std::lround(share * kLevels)) : 0);
  }
  json["low"] = low;
  json["high"] = high;
  json["levels"] = std::move(levels);
}

HttpResponse surface(LabModels& models, const HttpRequest& request) {
  const std::shared_ptr<const LabModel> model = models.model(request.id());
  const std::shared_ptr<const LabData> data = models.data(request.id());
  const SurfacePlane plane = plane_of(request, *data);
  const DecisionSurface drawn =
      decision_surface(model->predictor(), plane, grid_size(request, model->model()));
  Json json{{"x", axis_json(plane.x)}, {"y", axis_json(plane.y)}, {"size", drawn.size}};
  json["classes"] = model->model().target.classes;
  if (!drawn.winners.empty()) json["winners"] = drawn.winners;
  add_levels(drawn, json);
  if (request.query_value("points") != "0") json["points"] = points_json(plane, *data);
  json["live"] = model->live();
  json["step"] = model->run().steps;
  json["epoch"] = model->run().epochs;
  return json_response(text_of(json));
}

}  // namespace

void add_decision_routes(Routes& routes, LabModels& models) {
  routes.get("/api/runs/{id}/confusion",
             [&](const HttpRequest& request) { return confusion(models, request.id()); });
  routes.get("/api/runs/{id}/confusion/{true}/{predicted}",
             [&](const HttpRequest& request) { return confusion_cell(models, request); });
  routes.get("/api/runs/{id}/surface", [&](const HttpRequest& request) { return surface(models, request); });
}

}  // namespace gradus::server
