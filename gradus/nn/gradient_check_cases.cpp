// The rows of the gradient check. Every activation meets every loss; penalties, bias modes, sizes and weights
// rotate through these pairs, and then each option has rows of its own.
#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gradus/core/random.h"
#include "gradus/nn/gradient_check.h"
#include "gradus/nn/initializer.h"

namespace gradus {
namespace {

enum class BiasMode { kOn, kOff, kOnesColumn };

// What a row is made of; the numbers come from a generator seeded with the row's place.
struct Recipe {
  std::vector<std::size_t> widths;  // inputs, hidden, ..., outputs
  std::size_t rows = 5;
  Activation hidden = Activation::kTanh;
  Activation output = Activation::kIdentity;  // as a layer of its own after the last dense layer
  LossSpec loss;
  PenaltySpec penalty;
  BiasMode bias = BiasMode::kOn;
  bool sample_weights = false;
  bool class_weights = false;
  Normalization normalization = Normalization::kNone;
  double dropout = 0;
  std::vector<Activation> more_layers;  // behind the first activation
};

bool has_labels(LossKind kind, std::size_t outputs) {
  return is_classification(kind) && (!is_binary(kind) || outputs == 1);
}

// The losses of probabilities need a network that gives some.
Activation output_for(LossKind kind) {
  if (kind == LossKind::kBinaryCrossEntropyProbability) return Activation::kSigmoid;
  if (kind == LossKind::kNegativeLogLikelihood) return Activation::kSoftmax;
  return Activation::kIdentity;
}

std::string name_of(const Recipe& recipe) {
  std::string text = "dense";
  if (recipe.normalization == Normalization::kBatch) text += " + batch_norm";
  if (recipe.normalization == Normalization::kLayer) text += " + layer_norm";
  if (recipe.widths.size() > 2) text += fmt::format(" + {}", name_of(recipe.hidden));
  for (const Activation activation : recipe.more_layers) text += fmt::format(" + {}", name_of(activation));
  if (recipe.dropout != 0) text += " + dropout";
  if (recipe.widths.size() > 2) text += " + dense";
  if (recipe.output != Activation::kIdentity) text += fmt::format(" + {}", name_of(recipe.output));
  text += fmt::format(", {}", name_of(recipe.loss.kind));
  if (recipe.loss.reduction == Reduction::kSum) text += ", sum";
  if (recipe.loss.label_smoothing != 0) text += ", label smoothing";
  if (recipe.class_weights) text += ", class weights";
  if (recipe.sample_weights) text += ", sample weights";
  if (recipe.penalty.l1 != 0) text += ", l1";
  if (recipe.penalty.l2 != 0) text += ", l2";
  if (recipe.bias == BiasMode::kOff) text += ", no bias";
  if (recipe.bias == BiasMode::kOnesColumn) text += ", ones column";
  return text;
}

NetworkSpec network_of(const Recipe& recipe) {
  const std::vector<std::size_t> hidden(recipe.widths.begin() + 1, recipe.widths.end() - 1);
  NetworkSpec network = multilayer_perceptron(
      recipe.widths.front() + (recipe.bias == BiasMode::kOnesColumn ? 1 : 0), hidden, recipe.widths.back(),
      recipe.hidden, recipe.output, recipe.bias == BiasMode::kOn, recipe.normalization, recipe.dropout);
  std::ptrdiff_t place = 2;
  for (const Activation activation : recipe.more_layers) {
    network.layers.insert(network.layers.begin() + place++, activation_layer(activation));
  }
  return network;
}

void draw_targets(const Recipe& recipe, Generator& generator, GradientCheckProblem& problem) {
  const std::size_t outputs = recipe.widths.back();
  if (has_labels(recipe.loss.kind, outputs)) {
    const auto classes = static_cast<std::int64_t>(outputs == 1 ? 2 : outputs);
    for (std::size_t b = 0; b < recipe.rows; ++b) {
      problem.labels.push_back(static_cast<std::int32_t>(generator.integers(0, classes)));
    }
    return;
  }
  const bool shares = is_classification(recipe.loss.kind);
  for (std::size_t i = 0; i < recipe.rows * outputs; ++i) {
    const bool counts = recipe.loss.kind == LossKind::kPoisson;
    problem.values.push_back(shares   ? generator.uniform()
                             : counts ? static_cast<double>(generator.integers(0, 5))
                                      : generator.normal(0, 2));
  }
}

GradientCheckProblem make_problem(const Recipe& recipe, std::uint64_t seed) {
  Generator generator(GeneratorKind::kPcg64, seed);
  GradientCheckProblem problem;
  problem.network = network_of(recipe);
  problem.loss = recipe.loss;
  problem.penalty = recipe.penalty;
  problem.rows = recipe.rows;
  problem.dropout_seed = seed;
  const ParameterTable table = parameter_table(problem.network);
  problem.parameters.resize(table.block_size);
  initialize<double>({.kind = InitializerKind::kGlorotUniform}, table, problem.parameters, generator);
  for (const ParameterInfo& tensor : table.tensors) {
    if (tensor.is_weight || tensor.is_buffer) continue;
    for (std::size_t i = 0; i < tensor.size(); ++i)
      problem.parameters[tensor.offset + i] += generator.normal(0, 0.3);
  }
  for (std::size_t b = 0; b < recipe.rows; ++b) {
    for (std::size_t i = 0; i < recipe.widths.front(); ++i) problem.x.push_back(generator.normal());
    if (recipe.bias == BiasMode::kOnesColumn) problem.x.push_back(1);
  }
  draw_targets(recipe, generator, problem);
  if (recipe.sample_weights) {
    for (std::size_t b = 0; b < recipe.rows; ++b) problem.sample_weights.push_back(generator.uniform(0.2, 3));
  }
  if (recipe.class_weights) {
    const std::size_t classes = recipe.widths.back() == 1 ? 2 : recipe.widths.back();
    for (std::size_t k = 0; k < classes; ++k) problem.loss.class_weights.push_back(generator.uniform(0.2, 3));
  }
  return problem;
}

constexpr std::array kLosses = {LossKind::kMeanSquaredError,
                                LossKind::kMeanAbsoluteError,
                                LossKind::kHuber,
                                LossKind::kPoisson,
                                LossKind::kBinaryCrossEntropy,
                                LossKind::kBinaryCrossEntropyProbability,
                                LossKind::kSoftmaxCrossEntropy,
                                LossKind::kNegativeLogLikelihood,
                                LossKind::kHalfSquaredError};

Recipe recipe_of(LossKind kind, std::vector<std::size_t> widths) {
  Recipe recipe;
  recipe.widths = std::move(widths);
  recipe.output = output_for(kind);
  recipe.loss.kind = kind;
  return recipe;
}

// The binary losses take turns between one output with labels and several with values.
std::size_t outputs_for(LossKind kind, std::size_t turn) {
  return is_binary(kind) && turn % 2 == 0 ? 1 : 3;
}

void add_pairs(std::vector<Recipe>& recipes) {
  constexpr std::array<PenaltySpec, 4> kPenalties = {
      PenaltySpec{}, {.l1 = 0.01}, {.l2 = 0.1}, {.l1 = 0.02, .l2 = 0.05}};
  constexpr std::array kBiases = {BiasMode::kOn, BiasMode::kOff, BiasMode::kOnesColumn};
  for (std::size_t a = 0; a < activation_names().size(); ++a) {
    for (std::size_t l = 0; l < kLosses.size(); ++l) {
      const std::size_t turn = a + l;
      Recipe recipe = recipe_of(kLosses[l], {4, 3 + turn % 4, outputs_for(kLosses[l], turn)});
      recipe.rows = 3 + turn % 3;
      recipe.hidden = static_cast<Activation>(a);
      recipe.penalty = kPenalties[turn % kPenalties.size()];
      recipe.bias = kBiases[turn % kBiases.size()];
      recipe.sample_weights = turn % 5 == 4;
      recipe.loss.reduction = turn % 7 == 6 ? Reduction::kSum : Reduction::kMean;
      recipes.push_back(recipe);
    }
  }
}

void add_loss_options(std::vector<Recipe>& recipes) {
  for (const LossKind kind : kLosses) {
    recipes.push_back(recipe_of(kind, {3, outputs_for(kind, 0)}));  // a single layer
    Recipe recipe = recipe_of(kind, {3, 4, outputs_for(kind, 1)});
    recipe.loss.reduction = Reduction::kSum;
    recipes.push_back(recipe);
    recipe.sample_weights = true;
    recipe.loss.reduction = Reduction::kMean;
    recipes.push_back(recipe);
    if (!is_classification(kind)) continue;
    recipe = recipe_of(kind, {3, 4, outputs_for(kind, 0)});
    recipe.class_weights = true;
    recipes.push_back(recipe);
    recipe.sample_weights = true;
    recipes.push_back(recipe);
    if (output_for(kind) != Activation::kIdentity) continue;
    recipe.loss.label_smoothing = 0.1;
    recipes.push_back(recipe);
  }
}

void add_normalization_and_dropout(std::vector<Recipe>& recipes) {
  for (const Normalization normalization :
       {Normalization::kNone, Normalization::kBatch, Normalization::kLayer}) {
    for (const double dropout : {0.0, 0.3}) {
      if (normalization == Normalization::kNone && dropout == 0) continue;
      for (std::size_t a = 0; a < activation_names().size(); ++a) {
        Recipe recipe = recipe_of(kLosses[a % kLosses.size()],
                                  {4, 3 + a % 5, outputs_for(kLosses[a % kLosses.size()], a)});
        recipe.hidden = static_cast<Activation>(a);
        recipe.rows = 4 + a % 4;
        recipe.normalization = normalization;
        recipe.dropout = dropout;
        recipe.bias = a % 3 == 2 ? BiasMode::kOnesColumn : BiasMode::kOn;
        recipes.push_back(recipe);
      }
      Recipe deep = recipe_of(LossKind::kSoftmaxCrossEntropy, {4, 17, 9, 33, 3});
      deep.rows = 9;
      deep.normalization = normalization;
      deep.dropout = dropout;
      recipes.push_back(deep);
    }
  }
}

void add_networks(std::vector<Recipe>& recipes) {
  for (std::size_t a = 0; a < activation_names().size(); ++a) {  // an activation on top
    Recipe recipe = recipe_of(LossKind::kMeanSquaredError, {3, 4, 3});
    recipe.output = static_cast<Activation>(a);
    recipes.push_back(recipe);
  }
  for (const Activation hidden : {Activation::kTanh, Activation::kRelu, Activation::kGelu}) {  // deep
    Recipe recipe = recipe_of(LossKind::kSoftmaxCrossEntropy, {4, 6, 6, 6, 6, 6, 3});
    recipe.hidden = hidden;
    recipes.push_back(recipe);
  }
  Recipe stacked = recipe_of(LossKind::kSoftmaxCrossEntropy, {4, 5, 3});
  stacked.more_layers = {Activation::kSilu, Activation::kSoftmax, Activation::kElu};
  recipes.push_back(stacked);
  // Around what the kernels treat apart: one, a vector and its neighbours, several vectors and a rest.
  for (const std::vector<std::size_t>& widths : std::vector<std::vector<std::size_t>>{
           {1, 1, 2}, {2, 3, 4}, {4, 7, 5}, {7, 8, 9}, {9, 15, 2}, {3, 16, 17}, {5, 17, 8}, {17, 33, 3}}) {
    Recipe recipe = recipe_of(LossKind::kSoftmaxCrossEntropy, widths);
    recipe.hidden = Activation::kSigmoid;
    recipe.rows = widths[1] % 9 + 1;
    recipes.push_back(recipe);
  }
}

}  // namespace

std::vector<GradientCheckCase> gradient_check_cases() {
  std::vector<Recipe> recipes;
  add_pairs(recipes);
  add_loss_options(recipes);
  add_networks(recipes);
  add_normalization_and_dropout(recipes);
  std::vector<GradientCheckCase> cases;
  for (std::size_t i = 0; i < recipes.size(); ++i) {
    cases.push_back(
        {.name = name_of(recipes[i]), .make = [recipe = recipes[i], i] { return make_problem(recipe, i); }});
  }
  return cases;
}

}  // namespace gradus
