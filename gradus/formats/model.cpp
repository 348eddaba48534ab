#include "gradus/formats/model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/formats/model_content.h"
#include "gradus/kernels/numerics_version.h"

namespace gradus {

Model make_model(const Experiment& experiment, ParameterBlock parameters) {
  Model model;
  model.network = experiment.plan.network;
  model.parameters = std::move(parameters);
  model.loss = experiment.plan.loss;
  model.transform = experiment.data.transform;
  model.target = experiment.data.target;
  model.config = to_toml(experiment.plan.config);
  model.numerics_version = kNumericsVersion;
  return model;
}

Model make_model(const Experiment& experiment, TrainingResult& result) {
  Model model = make_model(experiment, std::move(result.parameters));
  model.golden = golden_inputs(model.transform, experiment.data.train);
  const std::string score = score_name(experiment);
  const auto add = [&](const std::string& part, const PartFigures& figures) {
    if (std::isfinite(figures.loss)) model.metrics[part + "_loss"] = figures.loss;
    if (std::isfinite(figures.score)) model.metrics[part + "_" + score] = figures.score;
  };
  add("train", result.train);
  if (result.validation) add("validation", *result.validation);
  if (result.test) add("test", *result.test);
  return model;
}

bool is_double(const Model& model) {
  return std::holds_alternative<AlignedBuffer<double>>(model.parameters);
}

Model rounded_to_float(const Model& model) {
  Model rounded;
  rounded.network = model.network;
  rounded.parameters = std::visit(
      [](const auto& values) {
        AlignedBuffer<float> block(values.size());
        std::ranges::transform(values.span(), block.data(),
                               [](auto value) { return static_cast<float>(value); });
        return ParameterBlock(std::move(block));
      },
      model.parameters);
  rounded.loss = model.loss;
  rounded.transform = model.transform;
  rounded.target = model.target;
  rounded.metrics = model.metrics;
  rounded.config = model.config;
  rounded.numerics_version = model.numerics_version;
  rounded.data_sha256 = model.data_sha256;
  rounded.golden = model.golden;
  return rounded;
}

void save_model(const std::filesystem::path& path, const Model& model, Durability durability) {
  write_safetensors(path, content_of(model), durability);
}

Model load_model(const std::filesystem::path& path) {
  return model_from(read_safetensors(path), path.string());
}

Predictions predictions(const Model& model, const Dataset& data) {
  return std::visit(
      [&]<class T>(const AlignedBuffer<T>& block) {
        ThreadPool team;
        return Evaluator<T>(model.network, model.loss, data, model.transform, team)
            .predictions(block.span(), model.target);
      },
      model.parameters);
}

PartFigures figures(const Model& model, const Dataset& data) {
  return std::visit(
      [&]<class T>(const AlignedBuffer<T>& block) {
        ThreadPool team;
        return Evaluator<T>(model.network, model.loss, data, model.transform, team).figures(block.span());
      },
      model.parameters);
}

}  // namespace gradus
