#include "gradus/study/worked_step.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "gradus/study/examples.h"

namespace gradus::study {
namespace {

OptimizerSpec rule(UpdateRule update, double learning_rate) {
  OptimizerSpec spec = default_optimizer(update);
  spec.learning_rate = learning_rate;
  return spec;
}

std::vector<double> figure(const ExampleFigures& figures, const std::string& name) {
  for (const ExampleValues& one : figures) {
    if (one.name == name) return one.values;
  }
  ADD_FAILURE() << "no figure " << name;
  return {};
}

// The example's figures are held against the reference file in examples_test.cpp.
TEST(WorkedStep, HasTheBitsOfReport003sNetwork) {
  for (const bool asymmetric : {false, true}) {
    const ExampleFigures figures = find_example(asymmetric ? "vu/q3-asymmetric" : "vu/q3")->work_out({});
    const WorkedStep step = work_out_step(vu_q3_problem(asymmetric), rule(UpdateRule::kSgd, 0.1), 1);
    ASSERT_EQ(step.layers.size(), 2u);
    EXPECT_EQ(step.layers[0].y, figure(figures, "h"));
    EXPECT_EQ(step.layers[1].z, figure(figures, "o2"));
    EXPECT_EQ(step.layers[1].y, step.layers[1].z);
    EXPECT_EQ(step.prediction, figure(figures, "y"));
    EXPECT_EQ(step.loss, figure(figures, "loss")[0]);
    EXPECT_EQ(step.layers[1].dz, figure(figures, "do2"));
    EXPECT_EQ(step.layers[1].dy, step.layers[1].dz);
    EXPECT_EQ(step.layers[0].weight.gradient, figure(figures, "dw1"));
    EXPECT_EQ(step.layers[0].bias.gradient, figure(figures, "db1"));
    EXPECT_EQ(step.layers[1].weight.gradient, figure(figures, "dw2"));
    EXPECT_EQ(step.largest_error, figure(figures, "gradient_error")[0]);
    EXPECT_LT(step.loss_after, step.loss);
  }
}

TEST(WorkedStep, ItsNumbersFollowFromEachOther) {
  const GradientCheckProblem problem = vu_q3_problem(true);
  const WorkedStep step = work_out_step(problem, rule(UpdateRule::kSgd, 0.25), 1);
  const WorkedLayer& hidden = step.layers[0];
  const WorkedLayer& output = step.layers[1];
  for (std::size_t j = 0; j < hidden.outputs; ++j) {
    EXPECT_DOUBLE_EQ(hidden.z[j], problem.x[0] * hidden.weight.before[j] +
                                      problem.x[1] * hidden.weight.before[3 + j] + hidden.bias.before[j]);
    EXPECT_DOUBLE_EQ(hidden.y[j], 1 / (1 + std::exp(-hidden.z[j])));
    const double dy =
        output.weight.before[2 * j] * output.dz[0] + output.weight.before[2 * j + 1] * output.dz[1];
    EXPECT_DOUBLE_EQ(hidden.dy[j], dy);
    EXPECT_DOUBLE_EQ(hidden.dz[j], dy * hidden.y[j] * (1 - hidden.y[j]));
    EXPECT_DOUBLE_EQ(hidden.weight.gradient[j], problem.x[0] * hidden.dz[j]);
    EXPECT_DOUBLE_EQ(hidden.weight.after[j], hidden.weight.before[j] - 0.25 * hidden.weight.gradient[j]);
    EXPECT_NEAR(hidden.weight.gradient[j], hidden.weight.numeric[j], 1e-10);
  }
  EXPECT_TRUE(hidden.weight.velocity.empty());
  for (std::size_t i = 0; i < problem.x.size(); ++i) EXPECT_NEAR(step.dx[i], step.dx_numeric[i], 1e-10);
}

TEST(WorkedStep, EachBeginsWhereTheOneBeforeEnded) {
  for (const UpdateRule update : {UpdateRule::kSgd, UpdateRule::kMomentum}) {
    const OptimizerSpec spec = rule(update, 0.5);
    const WorkedStep first = work_out_step(vu_q3_problem(true), spec, 1);
    const WorkedStep second = work_out_step(vu_q3_problem(true), spec, 2);
    EXPECT_EQ(second.loss, first.loss_after);
    for (std::size_t layer = 0; layer < 2; ++layer) {
      EXPECT_EQ(second.layers[layer].weight.before, first.layers[layer].weight.after);
      EXPECT_EQ(second.layers[layer].bias.before, first.layers[layer].bias.after);
    }
    if (update == UpdateRule::kSgd) continue;
    const WorkedTensor& weight = second.layers[1].weight;
    EXPECT_EQ(weight.velocity_before, first.layers[1].weight.velocity);
    EXPECT_DOUBLE_EQ(weight.velocity[0], weight.gradient[0] + spec.momentum * weight.velocity_before[0]);
    EXPECT_DOUBLE_EQ(weight.after[0], weight.before[0] - 0.5 * weight.velocity[0]);
  }
}

TEST(WorkedStep, ADeepNetworkHasTheGradientsOfTheWhole) {
  GradientCheckProblem problem;
  problem.network = multilayer_perceptron(2, {3, 2, 3}, 2, Activation::kGelu, Activation::kTanh);
  problem.loss.kind = LossKind::kHalfSquaredError;
  problem.rows = 1;
  problem.x = {0.5, -2};
  problem.values = {0.25, -0.5};
  const ParameterTable table = parameter_table(problem.network);
  problem.parameters.resize(table.block_size);
  double next = -0.7;
  for (const ParameterInfo& info : table.tensors) {
    for (std::size_t i = 0; i < info.size(); ++i) {
      problem.parameters[info.offset + i] = next;
      next = next > 0.8 ? next - 1.55 : next + 0.37;
    }
  }
  const WorkedStep step = work_out_step(problem, rule(UpdateRule::kSgd, 0.1), 1);
  ASSERT_EQ(step.layers.size(), 4u);
  EXPECT_LT(step.largest_error, kGradientCheckBound);
  std::vector<double> gradients;
  std::vector<double> dx;
  own_gradient()(problem, gradients, dx);
  EXPECT_EQ(step.dx, dx);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(step.layers[i].dz[0], gradients[table.tensors[2 * i + 1].offset]);
}

// w = 1, b = -1 at x = 1.
TEST(WorkedStep, AKinkHasNoNumericGradient) {
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
  const WorkedStep step = work_out_step(problem, rule(UpdateRule::kSgd, 0.1), 1);
  EXPECT_TRUE(std::isnan(step.layers[0].weight.numeric[0]));
  EXPECT_FALSE(std::isnan(step.layers[1].bias.numeric[0]));
  EXPECT_LT(step.largest_error, kGradientCheckBound);
}

}  // namespace
}  // namespace gradus::study
