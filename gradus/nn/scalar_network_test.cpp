// Report 003, question 3: a 2-3-2 network with sigmoid and softmax on one sample, against expected/vu_q3.csv;
// and the mistake in the report's backward pass, which its own example hides.
#include <gmock/gmock.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "gradus/nn/gradient_check.h"
#include "gradus/nn/propagation.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

constexpr double kBound = 1e-15;
const std::string kQ3 = "q3 (x=[1,-1], target class 0)";
const std::string kAsymmetric = "asymmetric test case";

GradientCheckProblem make_problem(const std::vector<std::vector<double>>& tensors) {
  GradientCheckProblem problem;
  problem.network = multilayer_perceptron(2, {3}, 2, Activation::kSigmoid);
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

GradientCheckProblem q3() {
  return make_problem({{1, 1, 1, -1, -1, -1}, {0, 0, 0}, {1, 1, -1, -1, -1, -1}, {0, 0}});
}

// The file states no weights. V and c follow from its gradients and outputs alone (dL_dh gives the difference
// of V's columns, the report's mistaken db1 the sum of two of its entries); W and b are any that give its o1.
GradientCheckProblem asymmetric() {
  return make_problem({{0.3, 0.6, -0.4, 0.5, -0.2, 0.4},
                       {0.01, 0.08, 0.03},
                       {0.5, -0.3, 0.2, 0.8, -0.7, 0.1},
                       {0.05, -0.05}});
}

// All numbers in "[[1.0, 2.0], [3.0, 4.0]]", in order.
std::vector<double> numbers_in(const std::string& text) {
  std::vector<double> numbers;
  const char* at = text.c_str();
  while (*at != '\0') {
    char* after = nullptr;
    const double number = std::strtod(at, &after);
    if (after == at) {
      ++at;
    } else {
      numbers.push_back(number);
      at = after;
    }
  }
  return numbers;
}

using Expected = std::map<std::string, std::vector<double>>;

Expected read_expected(const std::filesystem::path& path, const std::string& name) {
  Expected expected;
  for (const auto& row : test::read_csv_rows(path)) {
    if (row[0] == name) expected[row[1]] = numbers_in(row[2]);
  }
  return expected;
}

void expect_equal(const std::string& what, std::span<const double> actual, const Expected& expected) {
  const std::vector<double>& wanted = expected.at(what);
  ASSERT_EQ(actual.size(), wanted.size()) << what;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    EXPECT_NEAR(actual[i], wanted[i], kBound) << what << " " << i;
}

void expect_case(const GradientCheckProblem& problem, const Expected& expected) {
  Propagation<double> propagation(problem.network, 1);
  LossFunction<double> loss(problem.loss, 2, 1);
  const MatrixView<const double> o2 = propagation.forward(problem.parameters, {problem.x.data(), 1, 2});
  expect_equal("h", propagation.layer_output(0).row(0), expected);
  expect_equal("o2", o2.row(0), expected);
  std::vector<double> y(2);
  kernels<double>().softmax_forward(o2, {y.data(), 1, 2});
  expect_equal("y", y, expected);
  std::vector<double> do2(2);
  const std::vector<double> value = {
      loss(o2, {.labels = problem.labels, .values = {}, .weights = {}}, {do2.data(), 1, 2})};
  expect_equal("loss", value, expected);
  expect_equal("dL_do2", do2, expected);

  const ParameterTable& table = propagation.parameters();
  std::vector<double> gradients(table.block_size);
  propagation.backward(problem.parameters, {do2.data(), 1, 2}, gradients);
  const std::vector<std::string> names = {"dL_dw1", "dL_db1", "dL_dw2", "dL_db2"};
  for (std::size_t t = 0; t < names.size(); ++t) {
    expect_equal(names[t], std::span(gradients).subspan(table.tensors[t].offset, table.tensors[t].size()),
                 expected);
  }
}

TEST(ScalarNetwork, GivesTheFiguresOfReport003) {
  GRADUS_REQUIRE_FILE(path, shared_path, "expected/vu_q3.csv");
  expect_case(q3(), read_expected(path, kQ3));
}

TEST(ScalarNetwork, GivesTheFiguresOfTheAsymmetricCase) {
  GRADUS_REQUIRE_FILE(path, shared_path, "expected/vu_q3.csv");
  expect_case(asymmetric(), read_expected(path, kAsymmetric));
}

// The report's code: dh[i] = do2[i] (V[0][i] + V[1][i]) for two of three hidden units, and then dh[1] for all
// of them.
void report_gradient(const GradientCheckProblem& problem, std::vector<double>& gradients,
                     std::vector<double>& dx) {
  own_gradient()(problem, gradients, dx);
  Propagation<double> propagation(problem.network, 1);
  (void)propagation.forward(problem.parameters, {problem.x.data(), 1, 2});
  const auto h = propagation.layer_output(0).row(0);
  const std::vector<ParameterInfo>& tensors = propagation.parameters().tensors;
  const double* v = problem.parameters.data() + tensors[2].offset;
  const double* do2 = gradients.data() + tensors[3].offset;
  const double dh1 = do2[1] * (v[0 * 2 + 1] + v[1 * 2 + 1]);
  for (std::size_t i = 0; i < 3; ++i) {
    const double do1 = dh1 * h[i] * (1 - h[i]);
    gradients[tensors[0].offset + i] = problem.x[0] * do1;
    gradients[tensors[0].offset + 3 + i] = problem.x[1] * do1;
    gradients[tensors[1].offset + i] = do1;
  }
}

TEST(ScalarNetwork, TheReportsMistakeHidesInItsOwnExample) {
  const GradientCheckResult result = check_gradient("", q3(), report_gradient);
  EXPECT_TRUE(result.passed()) << result.worst.tensor << " " << result.worst.relative_error;
}

TEST(ScalarNetwork, TheGradientCheckCatchesTheReportsMistake) {
  const GradientCheckProblem problem = asymmetric();
  std::vector<double> gradients;
  std::vector<double> dx;
  report_gradient(problem, gradients, dx);
  const std::size_t db1 = parameter_table(problem.network).tensors[1].offset;
  const std::vector<double> mistaken = {0.068577, 0.057358, 0.059876};
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(gradients[db1 + i], mistaken[i], 5e-7) << i;

  EXPECT_TRUE(check_gradient("", problem).passed());
  const GradientCheckResult result = check_gradient("", problem, report_gradient);
  EXPECT_FALSE(result.passed());
  EXPECT_GT(result.worst.relative_error, 1) << result.worst.tensor;
}

}  // namespace
}  // namespace gradus
