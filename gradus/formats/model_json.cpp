#include "gradus/formats/model_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "gradus/core/error.h"
#include "gradus/formats/read_json-inl.h"

namespace gradus {

namespace {

using internal::from_json;
using nlohmann::json;

LayerSpec layer_from(const json& object) {
  const auto kind = object.at("kind").get<std::string>();
  if (kind == "dense")
    return dense(internal::whole_number<std::size_t>(object.at("outputs")), object.at("bias").get<bool>());
  if (kind == "activation")
    return activation_layer(activation_from_name(object.at("activation").get<std::string>()));
  if (kind == "batch_norm") return batch_norm();
  if (kind == "layer_norm") return layer_norm();
  if (kind == "dropout") return dropout_layer(object.at("rate").get<double>());
  throw Error(
      ErrorCode::kBadData,
      fmt::format("layer of kind '{}'; known: dense, activation, batch_norm, layer_norm, dropout", kind));
}

}  // namespace

std::string network_to_json(const NetworkSpec& network) {
  json layers = json::array();
  for (const LayerSpec& layer : network.layers) {
    if (layer.kind == LayerKind::kDense) {
      layers.push_back({{"kind", "dense"}, {"outputs", layer.outputs}, {"bias", layer.bias}});
    } else if (layer.kind == LayerKind::kActivation) {
      layers.push_back({{"kind", "activation"}, {"activation", name_of(layer.activation)}});
    } else if (layer.kind == LayerKind::kDropout) {
      layers.push_back({{"kind", "dropout"}, {"rate", layer.rate}});
    } else {
      layers.push_back({{"kind", name_of(layer)}});
    }
  }
  return json{{"inputs", network.inputs}, {"layers", std::move(layers)}}.dump();
}

std::string loss_to_json(const LossSpec& loss) {
  return json{{"kind", name_of(loss.kind)},
              {"reduction", loss.reduction == Reduction::kSum ? "sum" : "mean"},
              {"huber_delta", loss.huber_delta},
              {"label_smoothing", loss.label_smoothing},
              {"class_weights", loss.class_weights}}
      .dump();
}

NetworkSpec network_from_json(std::string_view text, const std::string& source) {
  return from_json(text, source, "network", [](const json& object) {
    NetworkSpec network;
    network.inputs = internal::whole_number<std::size_t>(object.at("inputs"));
    for (const json& layer : object.at("layers")) network.layers.push_back(layer_from(layer));
    network.validate();
    return network;
  });
}

LossSpec loss_from_json(std::string_view text, const std::string& source) {
  return from_json(text, source, "loss", [](const json& object) {
    LossSpec loss;
    loss.kind = loss_from_name(object.at("kind").get<std::string>());
    loss.reduction = object.at("reduction").get<std::string>() == "sum" ? Reduction::kSum : Reduction::kMean;
    loss.huber_delta = object.at("huber_delta").get<double>();
    loss.label_smoothing = object.at("label_smoothing").get<double>();
    loss.class_weights = object.at("class_weights").get<std::vector<double>>();
    loss.validate();
    return loss;
  });
}

}  // namespace gradus
