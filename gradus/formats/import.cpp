#include "gradus/formats/import.h"

#include <fmt/format.h>

#include "gradus/core/error.h"
#include "gradus/formats/model_content.h"
#include "gradus/kernels/numerics_version.h"

namespace gradus {

namespace {

bool ends_in(const NetworkSpec& network, Activation activation) {
  const LayerSpec& last = network.layers.back();
  return last.kind == LayerKind::kActivation && last.activation == activation;
}

// Fused losses work on what comes before their own link.
LossKind choose_loss(NetworkSpec& network, const ImportOptions& options, std::vector<std::string>& notes) {
  const std::size_t outputs = network.outputs();
  const bool softmax = ends_in(network, Activation::kSoftmax);
  const bool sigmoid = ends_in(network, Activation::kSigmoid) && outputs == 1;
  const bool rates = ends_in(network, Activation::kExp);
  LossKind loss = rates                    ? LossKind::kPoisson
                  : softmax || outputs > 1 ? LossKind::kSoftmaxCrossEntropy
                  : sigmoid                ? LossKind::kBinaryCrossEntropy
                                           : LossKind::kMeanSquaredError;
  if (options.loss) {
    loss = *options.loss;
  } else {
    notes.push_back(fmt::format("loss {}: {}", name_of(loss),
                                softmax   ? "the network ends in softmax"
                                : sigmoid ? "the network ends in a sigmoid"
                                : rates   ? "the network ends in exp"
                                          : fmt::format("assumed of {} output{}; --loss says otherwise",
                                                        outputs, outputs == 1 ? "" : "s")));
  }
  const Activation link = prediction_activation(loss);
  if (link != Activation::kIdentity && ends_in(network, link)) network.layers.pop_back();
  return loss;
}

void set_target(Model& model, const ImportedNetwork& imported, const ImportOptions& options,
                const std::string& source) {
  TargetCoding& target = model.target;
  target.name = "y";
  target.task = is_classification(model.loss.kind) ? Task::kClassification : Task::kRegression;
  if (target.task == Task::kRegression) {
    target.mean = imported.mean;
    target.deviation = imported.deviation;
    return;
  }
  const std::size_t classes = is_binary(model.loss.kind) ? 2 : model.network.outputs();
  target.classes = options.classes;
  if (target.classes.empty()) {
    for (std::size_t i = 0; i < classes; ++i) target.classes.push_back(std::to_string(i));
  }
  if (target.classes.size() != classes) {
    throw Error(ErrorCode::kBadConfiguration,
                fmt::format("reading {}: {} classes are named; its network has {}", source,
                            target.classes.size(), classes));
  }
}

Transform transform_of(const ImportedNetwork& imported) {
  Transform transform;
  transform.block_features = imported.network.inputs;
  transform.block_prefix = "x";
  transform.shift = imported.shift;
  transform.scale = imported.scale;
  if (!imported.shift.empty())
    transform.scaling = imported.shift.size() == 1 ? Scaling::kGlobal : Scaling::kFeature;
  return transform;
}

}  // namespace

Model make_model(ImportedNetwork imported, const ImportOptions& options, const std::string& source,
                 std::vector<std::string>& notes) {
  Model model;
  model.loss.kind = choose_loss(imported.network, options, notes);
  model.network = imported.network;
  model.parameters = parameters_from(imported.weights, model.network, source);
  model.transform = transform_of(imported);
  set_target(model, imported, options, source);
  model.numerics_version = kNumericsVersion;
  check_fit(model, "reading " + source);
  return model;
}

void check_no_options(const ImportOptions& options, const std::string& source) {
  if (options.empty()) return;
  throw Error(
      ErrorCode::kBadConfiguration,
      fmt::format("reading {}: it is a model of gradus and says all of itself; leave activations, loss and "
                  "classes out",
                  source));
}

}  // namespace gradus
