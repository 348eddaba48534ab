#include "gradus/nn/penalty.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/core/random.h"
#include "gradus/core/sum.h"

namespace gradus {
namespace {

// 2-1 with a bias: weights -2, 3 and bias 5.
struct Fixture {
  ParameterTable table = parameter_table({.inputs = 2, .layers = {dense(1)}});
  std::vector<double> parameters = std::vector<double>(table.block_size);
  std::vector<double> gradients = std::vector<double>(table.block_size);

  Fixture() {
    parameters[0] = -2;
    parameters[1] = 3;
    parameters[table.tensors[1].offset] = 5;
    gradients[0] = 10;
  }
};

TEST(Penalty, IsOnTheWeightsAlone) {
  const Fixture f;
  EXPECT_EQ(penalty<double>({.l1 = 0.5}, f.table, f.parameters), 0.5 * 5);
  EXPECT_EQ(penalty<double>({.l2 = 0.5}, f.table, f.parameters), 0.25 * 13);
  EXPECT_EQ(penalty<double>({.l1 = 1, .l2 = 2}, f.table, f.parameters), 5.0 + 13);
  EXPECT_EQ(penalty<double>({}, f.table, f.parameters), 0);
}

TEST(Penalty, IsSummedInNumpysOrderOverAllWeightsAsIfTheyStoodInARow) {
  const ParameterTable table = parameter_table(
      multilayer_perceptron(90, {200, 41, 1}, 3, Activation::kRelu));  // 18000, 8200, 41 and 3 weights
  Pcg64 random(7);
  std::vector<float> parameters(table.block_size);
  for (float& value : parameters) value = static_cast<float>(random.uniform() - 0.5);
  std::vector<double> squares;
  std::vector<double> magnitudes;
  for (const ParameterInfo& tensor : table.tensors) {
    if (!tensor.is_weight) continue;
    for (const float value : std::span(parameters).subspan(tensor.offset, tensor.size())) {
      squares.push_back(static_cast<double>(value) * static_cast<double>(value));
      magnitudes.push_back(std::abs(static_cast<double>(value)));
    }
  }
  EXPECT_EQ(penalty<float>({.l1 = 0, .l2 = 2}, table, parameters), numpy_sum(squares));
  EXPECT_EQ(penalty<float>({.l1 = 1, .l2 = 0}, table, parameters), numpy_sum(magnitudes));
}

TEST(Penalty, ItsGradientIsAddedAndZeroAtZero) {
  Fixture f;
  add_penalty_gradient<double>({.l1 = 1, .l2 = 2}, f.table, f.parameters, f.gradients);
  EXPECT_EQ(f.gradients[0], 10 - 1 - 4);
  EXPECT_EQ(f.gradients[1], 1 + 6);
  EXPECT_EQ(std::accumulate(f.gradients.begin() + 2, f.gradients.end(), 0.0), 0);  // bias and padding

  f.parameters[0] = 0;
  f.gradients[0] = 0;
  add_penalty_gradient<double>({.l1 = 1}, f.table, f.parameters, f.gradients);
  EXPECT_EQ(f.gradients[0], 0);
}

TEST(Penalty, NegativeOrNonFiniteStrengthsAreRefused) {
  EXPECT_NO_THROW((PenaltySpec{.l1 = 0, .l2 = 1}.validate()));
  EXPECT_THROW((PenaltySpec{.l1 = -1}.validate()), Error);
  EXPECT_THROW((PenaltySpec{.l2 = std::numeric_limits<double>::quiet_NaN()}.validate()), Error);
  EXPECT_THROW((PenaltySpec{.l2 = std::numeric_limits<double>::infinity()}.validate()), Error);
}

}  // namespace
}  // namespace gradus
