#include "gradus/runs/layer_lines.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "gradus/core/error.h"

namespace gradus {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Distribution& d) {
  return {{"norm", d.norm}, {"mean", d.mean}, {"deviation", d.deviation},
          {"low", d.low},   {"high", d.high}, {"counts", d.counts}};
}

Json json_of(const std::optional<double>& share) {
  return share ? Json(*share) : Json();
}

double number(const Json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

std::optional<double> share(const Json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

Distribution distribution(const Json& value) {
  return {number(value.at("norm")),      number(value.at("mean")),
          number(value.at("deviation")), number(value.at("low")),
          number(value.at("high")),      value.at("counts").get<std::vector<std::uint64_t>>()};
}

}  // namespace

std::string layers_line(const LayersEvent& event) {
  Json layers = Json::array();
  for (const LayerFigures& layer : event.layers) {
    layers.push_back({{"name", layer.name},
                      {"weights", json_of(layer.weights)},
                      {"gradients", json_of(layer.gradients)},
                      {"activations", json_of(layer.activations)},
                      {"update_ratio", layer.update_ratio},
                      {"dead_units", json_of(layer.dead_units)},
                      {"saturated_units", json_of(layer.saturated_units)}});
  }
  return fmt::format("{{\"event\":\"layers\",\"step\":{},\"epoch\":{},\"layers\":{}}}\n", event.step,
                     event.epoch, layers.dump());
}

LayersEvent parse_layers_line(std::string_view line) {
  try {
    const Json json = Json::parse(line);
    LayersEvent event{json.at("step").get<std::uint64_t>(), json.at("epoch").get<std::size_t>(), {}};
    for (const Json& layer : json.at("layers")) {
      event.layers.push_back({layer.at("name").get<std::string>(), distribution(layer.at("weights")),
                              distribution(layer.at("gradients")), distribution(layer.at("activations")),
                              number(layer.at("update_ratio")), share(layer.at("dead_units")),
                              share(layer.at("saturated_units"))});
    }
    return event;
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::kBadData,
                fmt::format("reading what was recorded of layers: {}; expected a line as in docs/json.md",
                            error.what()));
  }
}

}  // namespace gradus
