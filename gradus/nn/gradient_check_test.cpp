// Every row passes, and mistakes that were really made in courses' reports are caught.
#include "gradus/nn/gradient_check.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "gradus/nn/propagation.h"

namespace gradus {
namespace {

using ::testing::HasSubstr;

std::string describe(const GradientCheckResult& result) {
  std::ostringstream text;
  const GradientCheckEntry& worst = result.worst;
  text << result.name << " (" << result.sizes << "): " << worst.tensor << "[" << worst.row << "," << worst.col
       << "] analytic " << worst.analytic << " numeric " << worst.numeric << " relative error "
       << worst.relative_error << " bound " << result.bound << " step " << result.step << " checked "
       << result.checked << " kinks " << result.kinks;
  return text.str();
}

GradientCheckProblem problem_named(const std::string& name) {
  for (const GradientCheckCase& row : gradient_check_cases()) {
    if (row.name == name) return row.make();
  }
  ADD_FAILURE() << "no row named " << name;
  return {};
}

GradientCheckProblem softmax_problem() {
  return problem_named("dense + gelu + dense, softmax_cross_entropy");
}

TEST(GradientCheck, EveryRowPasses) {
  for (const GradientCheckCase& row : gradient_check_cases()) {
    const GradientCheckProblem problem = row.make();
    const GradientCheckResult result = check_gradient(row.name, problem);
    EXPECT_TRUE(result.passed()) << describe(result);
    const auto tensors = parameter_table(problem.network).tensors;
    const auto trained = std::ranges::count(tensors, false, &ParameterInfo::is_buffer);
    EXPECT_EQ(result.worst_by_tensor.size(), static_cast<std::size_t>(trained) + 1) << row.name;
    EXPECT_LE(result.kinks * 10, result.checked) << "too many kinks to judge: " << describe(result);
  }
}

TEST(GradientCheck, EveryKindOfLayerHasRows) {
  std::map<LayerKind, int> rows;
  for (const GradientCheckCase& row : gradient_check_cases()) {
    std::set<LayerKind> kinds;
    for (const LayerSpec& layer : row.make().network.layers) kinds.insert(layer.kind);
    for (const LayerKind kind : kinds) ++rows[kind];
  }
  EXPECT_GE(rows[LayerKind::kBatchNorm], 20);
  EXPECT_GE(rows[LayerKind::kLayerNorm], 20);
  EXPECT_GE(rows[LayerKind::kDropout], 30);
}

TEST(GradientCheck, TheMaskOfAnotherStepIsFound) {
  const GradientCheckProblem problem = problem_named("dense + tanh + dropout + dense, softmax_cross_entropy");
  const auto other_mask = [](GradientCheckProblem changed, std::vector<double>& gradients,
                             std::vector<double>& dx) {
    ++changed.dropout_seed;
    own_gradient()(changed, gradients, dx);
  };
  EXPECT_TRUE(check_gradient("right", problem).passed());
  EXPECT_FALSE(check_gradient("planted", problem, other_mask).passed());
}

TEST(GradientCheck, TheRowsPairEveryActivationWithEveryLossAndUseEveryOption) {
  std::set<std::pair<Activation, LossKind>> pairs;
  std::set<std::pair<bool, bool>> penalties;
  bool sum = false, sample_weights = false, class_weights = false, smoothing = false, single_layer = false,
       deep = false;
  for (const GradientCheckCase& row : gradient_check_cases()) {
    const GradientCheckProblem p = row.make();
    if (p.network.layers.size() > 1) pairs.emplace(p.network.layers[1].activation, p.loss.kind);
    penalties.emplace(p.penalty.l1 != 0, p.penalty.l2 != 0);
    sum = sum || p.loss.reduction == Reduction::kSum;
    sample_weights = sample_weights || !p.sample_weights.empty();
    class_weights = class_weights || !p.loss.class_weights.empty();
    smoothing = smoothing || p.loss.label_smoothing != 0;
    single_layer = single_layer || p.network.layers.size() == 1;
    deep = deep || p.network.layers.size() > 10;
  }
  EXPECT_EQ(pairs.size(), activation_names().size() * loss_names().size());
  EXPECT_EQ(penalties.size(), 4u);
  EXPECT_TRUE(sum && sample_weights && class_weights && smoothing && single_layer && deep);
}

TEST(GradientCheck, AMissingDivisionByTheBatchSizeIsCaught) {
  const AnalyticGradient mistaken = [](const GradientCheckProblem& p, auto& gradients, auto& dx) {
    own_gradient()(p, gradients, dx);
    for (double& g : gradients) g *= static_cast<double>(p.rows);
    for (double& g : dx) g *= static_cast<double>(p.rows);
  };
  const GradientCheckProblem problem = softmax_problem();
  ASSERT_TRUE(check_gradient("", problem).passed());
  const GradientCheckResult result = check_gradient("", problem, mistaken);
  EXPECT_FALSE(result.passed()) << describe(result);
  EXPECT_GT(result.worst.relative_error, 0.5) << describe(result);
}

TEST(GradientCheck, AWrongSignOfOneTensorIsCaughtAndNamed) {
  const GradientCheckProblem problem = problem_named("dense + silu + dense, huber, l2, no bias");
  const AnalyticGradient mistaken = [](const GradientCheckProblem& p, auto& gradients, auto& dx) {
    own_gradient()(p, gradients, dx);
    const ParameterInfo tensor = parameter_table(p.network).tensors.back();
    for (std::size_t i = 0; i < tensor.size(); ++i) gradients[tensor.offset + i] *= -1;
  };
  const GradientCheckResult result = check_gradient("", problem, mistaken);
  EXPECT_FALSE(result.passed());
  EXPECT_EQ(result.worst.tensor, "2.weight") << describe(result);
  EXPECT_NEAR(result.worst.analytic, -result.worst.numeric, 1e-9) << describe(result);
}

TEST(GradientCheck, AWrongGradientOfTheInputIsCaught) {
  const AnalyticGradient mistaken = [](const GradientCheckProblem& p, auto& gradients, auto& dx) {
    own_gradient()(p, gradients, dx);
    dx.assign(dx.size(), 0);
  };
  const GradientCheckResult result = check_gradient("", softmax_problem(), mistaken);
  EXPECT_FALSE(result.passed());
  EXPECT_EQ(result.worst.tensor, "input") << describe(result);
}

TEST(GradientCheck, ASmallErrorInOneEntryIsFoundAtItsPlace) {
  const AnalyticGradient mistaken = [](const GradientCheckProblem& p, auto& gradients, auto& dx) {
    own_gradient()(p, gradients, dx);
    const ParameterInfo tensor = parameter_table(p.network).tensors.front();
    gradients[tensor.offset + 1 * tensor.cols + 2] += 1e-6;
  };
  const GradientCheckResult result = check_gradient("", softmax_problem(), mistaken);
  EXPECT_FALSE(result.passed()) << describe(result);
  EXPECT_EQ(result.worst.tensor, "0.weight");
  EXPECT_EQ(result.worst.row, 1u);
  EXPECT_EQ(result.worst.col, 2u);
}

TEST(GradientCheck, ANaNFails) {
  const AnalyticGradient mistaken = [](const GradientCheckProblem& p, auto& gradients, auto& dx) {
    own_gradient()(p, gradients, dx);
    gradients[0] = std::numeric_limits<double>::quiet_NaN();
  };
  const GradientCheckResult result = check_gradient("", softmax_problem(), mistaken);
  EXPECT_FALSE(result.passed());
  EXPECT_TRUE(std::isnan(result.worst.analytic)) << describe(result);
}

// 1-1-1 with w = 1, b = -1 at x = 1: the preactivation is 0 exactly.
TEST(GradientCheck, AReluAtZeroIsReportedApart) {
  GradientCheckProblem problem;
  problem.network = multilayer_perceptron(1, {1}, 1, Activation::kRelu);
  problem.loss.kind = LossKind::kMeanSquaredError;
  problem.rows = 1;
  problem.x = {1};
  problem.values = {2};
  const ParameterTable table = parameter_table(problem.network);
  problem.parameters.resize(table.block_size);
  const std::vector<double> values = {1, -1, 0.5, 0.25};
  for (std::size_t i = 0; i < values.size(); ++i) problem.parameters[table.tensors[i].offset] = values[i];
  GradientCheckResult result = check_gradient("", problem);
  EXPECT_EQ(result.kinks, 3u) << describe(result);  // w, b and x move the preactivation
  EXPECT_EQ(result.checked, 2u);
  EXPECT_TRUE(result.passed()) << describe(result);
  EXPECT_EQ(result.worst_by_tensor.size(), 2u);

  problem.parameters[0] = 1 + 1e-4;  // near: a smaller step does not reach the kink
  result = check_gradient("", problem);
  EXPECT_EQ(result.kinks, 0u) << describe(result);
  EXPECT_EQ(result.checked, 5u);
  EXPECT_TRUE(result.passed()) << describe(result);
}

TEST(GradientCheck, TheListOfEntriesHasAllOfThemAndNoNumberAtAKink) {
  GradientCheckProblem problem;
  problem.network = multilayer_perceptron(1, {2}, 1, Activation::kRelu);
  problem.loss.kind = LossKind::kMeanSquaredError;
  problem.rows = 1;
  problem.x = {1};
  problem.values = {2};
  const ParameterTable table = parameter_table(problem.network);
  problem.parameters.resize(table.block_size);
  const std::vector<std::vector<double>> values = {{1, 0.5}, {-1, 0.25}, {0.5, -0.75}, {0.25}};
  for (std::size_t i = 0; i < values.size(); ++i)
    std::ranges::copy(values[i],
                      problem.parameters.begin() + static_cast<std::ptrdiff_t>(table.tensors[i].offset));
  const std::vector<GradientCheckEntry> entries = gradient_entries(problem);
  std::vector<std::string> places;
  double worst = 0;
  for (const GradientCheckEntry& entry : entries) {
    places.push_back(entry.tensor + (entry.step == 0 ? " kink" : ""));
    EXPECT_EQ(std::isnan(entry.numeric), entry.step == 0);
    if (entry.step != 0) worst = std::max(worst, entry.relative_error);
  }
  EXPECT_EQ(places, (std::vector<std::string>{"0.weight kink", "0.weight", "0.bias kink", "0.bias",
                                              "2.weight", "2.weight", "2.bias", "input kink"}));
  EXPECT_EQ(worst, check_gradient("", problem).worst.relative_error);
}

TEST(GradientCheck, ResidualsOnAKinkAndWeightsAtZeroUnderL1AreReportedApart) {
  GradientCheckProblem problem;
  problem.network = {.inputs = 1, .layers = {dense(1, false)}};
  problem.rows = 1;
  problem.x = {1};
  problem.values = {0};
  problem.parameters.resize(parameter_table(problem.network).block_size);
  problem.parameters[0] = 1;
  problem.loss.kind = LossKind::kHuber;  // |r| = delta
  EXPECT_EQ(check_gradient("", problem).kinks, 2u);
  problem.values = {1};
  problem.loss.kind = LossKind::kMeanAbsoluteError;
  EXPECT_EQ(check_gradient("", problem).kinks, 2u);
  problem.loss.kind = LossKind::kMeanSquaredError;
  EXPECT_EQ(check_gradient("", problem).kinks, 0u);
  problem.parameters[0] = 0;
  problem.penalty.l1 = 0.1;
  EXPECT_EQ(check_gradient("", problem).kinks, 1u);
}

TEST(GradientCheck, ALimitSpreadsTheEntriesOverEachTensor) {
  const GradientCheckProblem problem = softmax_problem();
  const GradientCheckResult result = check_gradient("name", problem, own_gradient(), 2);
  EXPECT_EQ(result.checked + result.kinks, 2 * (parameter_table(problem.network).tensors.size() + 1));
  EXPECT_TRUE(result.passed()) << describe(result);
  EXPECT_EQ(result.name, "name");
  EXPECT_THAT(result.sizes, HasSubstr(", batch "));
}

}  // namespace
}  // namespace gradus
