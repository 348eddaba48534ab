// Report 003, question 3: a 2-3-2 network with sigmoid and softmax on one sample. The mistake in the report's backward
// pass hides in its own example, whose hidden gradients are 0, and shows in the asymmetric one.
#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "gradus/nn/gradient_check.h"
#include "gradus/nn/propagation.h"
#include "gradus/study/worked_examples.h"

namespace gradus::study {
namespace {

constexpr std::size_t kHidden = 3;
constexpr std::size_t kOutputs = 2;
using Tensors = std::array<std::vector<double>, 4>;  // w1, b1, w2, b2

GradientCheckProblem make_problem(const Tensors& tensors) {
  GradientCheckProblem problem;
  problem.network = multilayer_perceptron(2, {kHidden}, kOutputs, Activation::kSigmoid);
  problem.loss.kind = LossKind::kSoftmaxCrossEntropy;
  problem.rows = 1;
  problem.x = {1, -1};
  problem.labels = {0};
  const ParameterTable table = parameter_table(problem.network);
  problem.parameters.resize(table.block_size);
  for (std::size_t t = 0; t < tensors.size(); ++t) {
    std::ranges::copy(tensors[t],
                      problem.parameters.begin() + static_cast<std::ptrdiff_t>(table.tensors[t].offset));
  }
  return problem;
}

// The report's code: dh[i] = do2[i] (V[0][i] + V[1][i]) for two of three hidden units, and then dh[1] for all of them.
void report_gradient(const GradientCheckProblem& problem, std::vector<double>& gradients,
                     std::vector<double>& dx) {
  own_gradient()(problem, gradients, dx);
  Propagation<double> propagation(problem.network, 1);
  (void)propagation.forward(problem.parameters, {problem.x.data(), 1, 2});
  const auto h = propagation.layer_output(0).row(0);
  const std::vector<ParameterInfo>& tensors = propagation.parameters().tensors;
  const double* v = problem.parameters.data() + tensors[2].offset;
  const double* do2 = gradients.data() + tensors[3].offset;
  const double dh1 = do2[1] * (v[0 * kOutputs + 1] + v[1 * kOutputs + 1]);
  for (std::size_t i = 0; i < kHidden; ++i) {
    const double do1 = dh1 * h[i] * (1 - h[i]);
    gradients[tensors[0].offset + i] = problem.x[0] * do1;
    gradients[tensors[0].offset + kHidden + i] = problem.x[1] * do1;
    gradients[tensors[1].offset + i] = do1;
  }
}

void add_forward(const GradientCheckProblem& problem, ExampleFigures& figures) {
  Propagation<double> propagation(problem.network, 1);
  const MatrixView<const double> o2 = propagation.forward(problem.parameters, {problem.x.data(), 1, 2});
  std::vector<double> y(kOutputs);
  kernels<double>().softmax_forward(o2, {y.data(), 1, kOutputs});
  LossFunction<double> loss(problem.loss, kOutputs, 1);
  std::vector<double> do2(kOutputs);
  const Targets<double> targets = {.labels = problem.labels, .values = {}, .weights = {}};
  const double value = loss(o2, targets, {do2.data(), 1, kOutputs});
  const auto h = propagation.layer_output(0).row(0);
  figures.push_back({"h", {h.begin(), h.end()}});
  figures.push_back({"o2", {o2.row(0).begin(), o2.row(0).end()}});
  figures.push_back({"y", y});
  figures.push_back({"loss", {value}});
  figures.push_back({"do2", do2});
}

ExampleFigures work_out(const GradientCheckProblem& problem) {
  ExampleFigures figures;
  add_forward(problem, figures);
  std::vector<double> gradients;
  std::vector<double> mistaken;
  std::vector<double> dx;
  own_gradient()(problem, gradients, dx);
  report_gradient(problem, mistaken, dx);
  const ParameterTable table = parameter_table(problem.network);
  const auto tensor = [&](const std::vector<double>& block, std::size_t t) {
    const auto values = std::span(block).subspan(table.tensors[t].offset, table.tensors[t].size());
    return std::vector<double>(values.begin(), values.end());
  };
  figures.push_back({"dw1", tensor(gradients, 0)});
  figures.push_back({"db1", tensor(gradients, 1)});
  figures.push_back({"dw2", tensor(gradients, 2)});
  figures.push_back({"db2", tensor(gradients, 3)});
  figures.push_back({"gradient_error", {check_gradient("", problem).worst.relative_error}});
  figures.push_back({"mistaken_db1", tensor(mistaken, 1)});
  figures.push_back({"mistaken_error", {check_gradient("", problem, report_gradient).worst.relative_error}});
  return figures;
}

}  // namespace

// No weights of the asymmetric case were published. V and c follow from the published gradients and outputs alone (dL_dh
// gives the difference of V's columns, the report's mistaken db1 the sum of two of its entries); W and b are any that give
// its o1.
GradientCheckProblem vu_q3_problem(bool asymmetric) {
  if (!asymmetric) return make_problem({{{1, 1, 1, -1, -1, -1}, {0, 0, 0}, {1, 1, -1, -1, -1, -1}, {0, 0}}});
  return make_problem({{{0.3, 0.6, -0.4, 0.5, -0.2, 0.4},
                        {0.01, 0.08, 0.03},
                        {0.5, -0.3, 0.2, 0.8, -0.7, 0.1},
                        {0.05, -0.05}}});
}

ExampleFigures internal::vu_q3() {
  return work_out(vu_q3_problem(false));
}

ExampleFigures internal::vu_q3_asymmetric() {
  return work_out(vu_q3_problem(true));
}

}  // namespace gradus::study
