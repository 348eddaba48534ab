#include "gradus/server/lab_arithmetic.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "gradus/core/names.h"
#include "gradus/nn/initializer.h"
#include "gradus/server/json_body-inl.h"
#include "gradus/study/examples.h"
#include "gradus/study/worked_step.h"

namespace gradus::server {
namespace {

using internal::field_of;
using internal::refuse_field;
using nlohmann::json;

constexpr std::size_t kMostLayers = 5;  // the input among them
constexpr std::size_t kMostUnits = 8;
constexpr std::size_t kMostSteps = 1000;
constexpr double kLargestRate = 1e6;

// Those whose formulas the page knows.
constexpr std::array kLosses = {LossKind::kSoftmaxCrossEntropy, LossKind::kBinaryCrossEntropy,
                                LossKind::kBinaryCrossEntropyProbability, LossKind::kHalfSquaredError,
                                LossKind::kMeanSquaredError};
constexpr std::array kRules = {UpdateRule::kSgd, UpdateRule::kMomentum};

template <class Kinds>
std::vector<std::string> names_of(const Kinds& kinds) {
  std::vector<std::string> names;
  for (const auto kind : kinds) names.emplace_back(name_of(kind));
  return names;
}

template <class Kinds>
auto one_of(const Kinds& kinds, const json& value, const char* field) {
  const std::string name = internal::text_of(value, field);
  const auto found = std::ranges::find(kinds, name, [](auto kind) { return name_of(kind); });
  if (found == kinds.end()) {
    std::string known;
    for (const std::string& each : names_of(kinds)) known += (known.empty() ? "" : ", ") + each;
    refuse_field(field, "one of " + known);
  }
  return *found;
}

NetworkSpec network_of(const json& body) {
  const json& sizes = field_of(body, "sizes");
  if (!sizes.is_array() || sizes.size() < 2 || sizes.size() > kMostLayers)
    refuse_field("sizes", fmt::format("2 to {} numbers of units, the inputs first", kMostLayers));
  const auto size = [&](std::size_t i) {
    return internal::whole_number_of(sizes[i], "sizes", 1, kMostUnits);
  };
  const json& activations = field_of(body, "activations");
  if (!activations.is_array() || activations.size() + 1 != sizes.size())
    refuse_field("activations", fmt::format("{} names, one for each layer but the input", sizes.size() - 1));
  NetworkSpec network{.inputs = size(0), .layers = {}};
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    network.layers.push_back(dense(size(i)));
    const Activation f = activation_from_name(internal::text_of(activations[i - 1], "activations"));
    if (f == Activation::kSoftmax)
      refuse_field("activations", "no softmax: it is part of softmax_cross_entropy");
    if (f != Activation::kIdentity) network.layers.push_back(activation_layer(f));
  }
  return network;
}

void read_target(const json& body, GradientCheckProblem& problem) {
  std::vector<double> target =
      internal::numbers_of(field_of(body, "target"), "target", problem.network.outputs());
  const LossKind loss = problem.loss.kind;
  if (loss == LossKind::kSoftmaxCrossEntropy) {
    const auto ones = std::ranges::count(target, 1.0);
    if (ones != 1 || std::ranges::count(target, 0.0) + ones != std::ssize(target))
      refuse_field("target", "1 for one output and 0 for the others, with softmax_cross_entropy");
    problem.labels = {static_cast<std::int32_t>(std::ranges::find(target, 1.0) - target.begin())};
    return;
  }
  const bool shares = is_binary(loss);
  if (shares && !std::ranges::all_of(target, [](double y) { return y >= 0 && y <= 1; }))
    refuse_field("target", "numbers from 0 to 1, with cross-entropy");
  problem.values = std::move(target);
}

// Weights and biases as they are given, or a fixed draw.
void read_parameters(const json& body, GradientCheckProblem& problem) {
  const ParameterTable table = parameter_table(problem.network);
  problem.parameters.assign(table.block_size, 0);
  const json& weights = field_of(body, "weights");
  const json& biases = field_of(body, "biases");
  if (weights.is_null() && biases.is_null()) {
    Generator generator(GeneratorKind::kPcg64, 0);
    initialize<double>({.kind = InitializerKind::kGlorotUniform}, table, problem.parameters, generator);
    return;
  }
  for (std::size_t i = 0; i < table.tensors.size(); ++i) {
    const ParameterInfo& info = table.tensors[i];
    const char* field = info.is_weight ? "weights" : "biases";
    const json& layers = info.is_weight ? weights : biases;
    if (!layers.is_array() || layers.size() != table.tensors.size() / 2)
      refuse_field(field, fmt::format("{} lists of numbers", table.tensors.size() / 2));
    const std::vector<double> values = internal::numbers_of(layers[i / 2], field, info.size());
    std::ranges::copy(values, problem.parameters.begin() + static_cast<std::ptrdiff_t>(info.offset));
  }
}

GradientCheckProblem problem_of(const json& body) {
  GradientCheckProblem problem;
  problem.network = network_of(body);
  problem.loss.kind = one_of(kLosses, field_of(body, "loss"), "loss");
  problem.rows = 1;
  problem.x = internal::numbers_of(field_of(body, "input"), "input", problem.network.inputs);
  read_target(body, problem);
  read_parameters(body, problem);
  return problem;
}

OptimizerSpec optimizer_of(const json& body) {
  OptimizerSpec spec = default_optimizer(one_of(kRules, field_of(body, "optimizer"), "optimizer"));
  spec.learning_rate = internal::number_of(field_of(body, "learning_rate"), "learning_rate", 0, kLargestRate);
  if (spec.rule == UpdateRule::kMomentum)
    spec.momentum = internal::number_of(field_of(body, "momentum"), "momentum", 0, 1);
  spec.validate();
  return spec;
}

json tensor_json(const study::WorkedTensor& tensor) {
  return {{"before", tensor.before},     {"gradient", tensor.gradient},
          {"numeric", tensor.numeric},   {"velocity_before", tensor.velocity_before},
          {"velocity", tensor.velocity}, {"after", tensor.after}};
}

json answer(const json& body) {
  const GradientCheckProblem problem = problem_of(body);
  const std::size_t number = internal::whole_number_of(field_of(body, "step"), "step", 1, kMostSteps);
  const study::WorkedStep step = study::work_out_step(problem, optimizer_of(body), number);
  json layers = json::array();
  for (const study::WorkedLayer& layer : step.layers) {
    layers.push_back({{"activation", name_of(layer.activation)},
                      {"z", layer.z},
                      {"y", layer.y},
                      {"dy", layer.dy},
                      {"dz", layer.dz},
                      {"weight", tensor_json(layer.weight)},
                      {"bias", tensor_json(layer.bias)}});
  }
  return {{"layers", std::move(layers)},
          {"prediction", step.prediction},
          {"loss", step.loss},
          {"loss_after", step.loss_after},
          {"dx", step.dx},
          {"dx_numeric", step.dx_numeric},
          {"largest_error", step.largest_error}};
}

struct Lesson {
  const char* name;
  const char* title;
  const char* text;
};

json example_json(const Lesson& lesson, const GradientCheckProblem& problem, double learning_rate) {
  json body{{"sizes", {problem.network.inputs}},
            {"activations", json::array()},
            {"weights", json::array()},
            {"biases", json::array()},
            {"input", problem.x},
            {"optimizer", "sgd"},
            {"learning_rate", learning_rate},
            {"momentum", 0.9},
            {"loss", name_of(problem.loss.kind)}};
  for (const ParameterInfo& info : parameter_table(problem.network).tensors) {
    const auto first = problem.parameters.begin() + static_cast<std::ptrdiff_t>(info.offset);
    body[info.is_weight ? "weights" : "biases"].push_back(
        std::vector<double>(first, first + static_cast<std::ptrdiff_t>(info.size())));
    if (!info.is_weight) continue;
    body["sizes"].push_back(info.cols);
    body["activations"].push_back(name_of(info.activation));
  }
  std::vector<double> target = problem.values;
  if (target.empty()) {
    target.assign(problem.network.outputs(), 0);
    target.at(static_cast<std::size_t>(problem.labels.at(0))) = 1;
  }
  body["target"] = target;
  return {{"name", lesson.name}, {"title", lesson.title}, {"text", lesson.text}, {"body", std::move(body)}};
}

// `parameters`: weight, bias, weight, ...
GradientCheckProblem small_problem(NetworkSpec network, LossKind loss, std::vector<double> x,
                                   std::vector<double> target,
                                   const std::vector<std::vector<double>>& parameters) {
  GradientCheckProblem problem;
  problem.network = std::move(network);
  problem.loss.kind = loss;
  problem.rows = 1;
  problem.x = std::move(x);
  problem.values = std::move(target);
  const ParameterTable table = parameter_table(problem.network);
  problem.parameters.assign(table.block_size, 0);
  for (std::size_t i = 0; i < table.tensors.size(); ++i) {
    std::ranges::copy(parameters.at(i),
                      problem.parameters.begin() + static_cast<std::ptrdiff_t>(table.tensors[i].offset));
  }
  return problem;
}

json examples() {
  json list = json::array();
  list.push_back(example_json({"vu-q3", "Report 003, question 3: 2-3-2, sigmoid and softmax",
                               "The report's own example. Its loss is ln 2, and every gradient of the first "
                               "layer is 0, because both columns of the "
                               "second weight are equal: its mistaken backward pass cannot be seen here."},
                              study::vu_q3_problem(false), 0.1));
  list.push_back(example_json({"vu-q3-asymmetric", "The same network with weights that tell",
                               "With other weights the report's backward pass, which adds over hidden units "
                               "instead of over outputs, gives 0.068577, "
                               "0.057358 and 0.059876 for the gradients of the first bias. Right is what "
                               "stands here, and the numeric gradient agrees."},
                              study::vu_q3_problem(true), 0.1));
  list.push_back(
      example_json({"xor", "XOR, 2-2-1, with the formulas of report 002",
                    "Sigmoid units and the cross-entropy of a probability, p = y. Its slope (p - t) / (p (1 "
                    "- p)) times that of the sigmoid, "
                    "p (1 - p), leaves p - t."},
                   small_problem(multilayer_perceptron(2, {2}, 1, Activation::kSigmoid, Activation::kSigmoid),
                                 LossKind::kBinaryCrossEntropyProbability, {1, 0}, {1},
                                 {{3, -2, 3, -2}, {-1.5, 2.5}, {2, 2}, {-2.5}}),
                   0.5));
  list.push_back(example_json(
      {"vanishing", "A chain of sigmoids: the gradient vanishes",
       "Each layer multiplies the gradient by its weight and by a slope of at most 1/4. Go back through the "
       "layers and watch it "
       "shrink."},
      small_problem(multilayer_perceptron(1, {1, 1, 1}, 1, Activation::kSigmoid, Activation::kSigmoid),
                    LossKind::kHalfSquaredError, {1}, {0}, {{1}, {0}, {1}, {0}, {1}, {0}, {1}, {0}}),
      0.5));
  list.push_back(
      example_json({"kink", "A ReLU at 0: no numeric gradient",
                    "z of the hidden unit is exactly 0, where relu has a corner: to its left the slope is 0, "
                    "to its right 1. Differences "
                    "would mix both, so that none is shown. gradus takes 0."},
                   small_problem(multilayer_perceptron(1, {1}, 1, Activation::kRelu),
                                 LossKind::kHalfSquaredError, {1}, {2}, {{1}, {-1}, {0.5}, {0.25}}),
                   0.1));
  std::vector<std::string> activations;
  for (const std::string_view name : activation_names()) {
    if (name != name_of(Activation::kSoftmax)) activations.emplace_back(name);
  }
  return {{"examples", std::move(list)},    {"activations", activations}, {"losses", names_of(kLosses)},
          {"optimizers", names_of(kRules)}, {"most_layers", kMostLayers}, {"most_units", kMostUnits},
          {"most_steps", kMostSteps}};
}

}  // namespace

void add_arithmetic_routes(Routes& routes) {
  routes.get("/api/arithmetic/examples", [](const HttpRequest&) { return json_response(examples().dump()); });
  routes.post("/api/arithmetic", [](const HttpRequest& request) {
    return json_response(answer(internal::json_body(request)).dump());
  });
}

}  // namespace gradus::server
