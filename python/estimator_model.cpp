// Fitted estimators as model files, and back.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/formats/model_file.h"
#include "gradus/kernels/numerics_version.h"
#include "python/estimator_network.h"

namespace gradus::python {

namespace {

// The features come as they are, under these names.
Transform transform_of(const std::vector<std::string>& feature_names) {
  Transform transform;
  for (const std::string& name : feature_names) transform.inputs.push_back({.name = name, .categories = {}});
  return transform;
}

template <class T>
void save_estimator(const std::string& path, const Settings& settings, const Tensors<T>& tensors,
                    const std::vector<std::string>& feature_names, std::vector<std::string> classes) {
  check_writable_ending(path);
  Model model;
  model.network = network_of(settings);
  model.parameters = block_of<T, AlignedBuffer<T>>(model.network, tensors);
  model.loss = loss_of(settings);
  model.transform = transform_of(feature_names);
  model.target.task = classes.empty() ? Task::kRegression : Task::kClassification;
  model.target.name = "y";
  model.target.classes = std::move(classes);
  model.numerics_version = kNumericsVersion;
  std::vector<std::string> notes;
  const nb::gil_scoped_release released;
  write_model(path, model, notes);
}

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
  throw Error(ErrorCode::kUnsupported,
              "reading " + path + " as an estimator: " + what +
                  "; expected dense layers with one activation each, and features as they come");
}

// Takes the layers apart again: dense, batch normalization or none, activation, dropout or none, ..., dense.
Settings settings_of(const Model& model, const std::string& path) {
  Settings settings;
  settings.widths.push_back(model.network.inputs);
  settings.loss = name_of(model.loss.kind);
  settings.huber_delta = model.loss.huber_delta;
  const auto& layers = model.network.layers;
  std::size_t normalized = 0;
  for (std::size_t i = 0; i < layers.size();) {
    if (layers[i].kind != LayerKind::kDense)
      refuse(path, "its layer " + std::to_string(i) + " is no dense one");
    settings.widths.push_back(layers[i].outputs);
    const bool bias = layers[i++].bias;
    const bool batch_norm = i < layers.size() && layers[i].kind == LayerKind::kBatchNorm;
    if (bias == batch_norm) refuse(path, "a layer with a bias before batch normalization, or without any");
    if (i == layers.size()) break;
    normalized += batch_norm ? 1 : 0;
    i += batch_norm ? 1 : 0;
    const bool active = i < layers.size() && layers[i].kind == LayerKind::kActivation;
    settings.activations.emplace_back(active ? name_of(layers[i++].activation) : "identity");
    const bool drops = i < layers.size() && layers[i].kind == LayerKind::kDropout;
    settings.dropout.push_back(drops ? layers[i++].rate : 0.0);
    if (i == layers.size()) refuse(path, "something stands behind its last dense layer");
  }
  if (normalized != 0 && normalized != settings.activations.size())
    refuse(path, "only some layers have batch normalization");
  settings.batch_normalization = normalized != 0;
  return settings;
}

nb::dict load_estimator(const std::string& path) {
  std::vector<std::string> notes;
  const Model model = read_model(path, {}, notes);
  const Transform& transform = model.transform;
  if (!transform.scale.empty() || transform.ones_column || transform.block_features != 0)
    refuse(path, "it scales its features or was trained on pictures");
  for (const InputColumn& column : transform.inputs)
    if (column.kind != ColumnKind::kNumber) refuse(path, "its feature " + column.name + " is no number");
  if (model.target.mean != 0 || model.target.deviation != 1) refuse(path, "it scales its target");
  const Settings settings = settings_of(model, path);
  nb::dict found;
  found["widths"] = settings.widths;
  found["activations"] = settings.activations;
  found["dropout"] = settings.dropout;
  found["batch_normalization"] = settings.batch_normalization;
  found["loss"] = settings.loss;
  found["huber_delta"] = settings.huber_delta;
  found["feature_names"] = transform.feature_names();
  found["classes"] = model.target.classes;
  std::visit(
      [&]<class T>(const AlignedBuffer<T>& block) {
        found["tensors"] = tensors_of<T, T>(model.network, block.span());
      },
      model.parameters);
  return found;
}

}  // namespace

void bind_estimator_model(nb::module_& module) {
  const auto save = [&]<class T>(T /*precision*/) {
    module.def("save_estimator", &save_estimator<T>, nb::arg("path"), nb::arg("settings"), nb::arg("tensors"),
               nb::arg("feature_names"), nb::arg("classes"));
  };
  save(float{});
  save(double{});
  module.def("load_estimator", &load_estimator, nb::arg("path"));
}

}  // namespace gradus::python
