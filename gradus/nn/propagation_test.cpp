#include "gradus/nn/propagation.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "gradus/nn/initializer.h"

namespace gradus {
namespace {

// A network with drawn weights, an input and a gradient of its output.
template <class T>
struct Fixture {
  NetworkSpec spec;
  ParameterTable table;
  std::size_t rows;
  std::vector<T> parameters;
  std::vector<T> x;
  std::vector<T> doutput;

  Fixture(NetworkSpec spec_in, std::size_t rows_in)
      : spec(std::move(spec_in)), table(parameter_table(spec)), rows(rows_in), parameters(table.block_size) {
    Generator generator(GeneratorKind::kPcg64, 11);
    initialize<T>({.kind = InitializerKind::kGlorotNormal}, table, parameters, generator);
    for (const ParameterInfo& tensor : table.tensors) {
      for (std::size_t i = 0; i < tensor.size() && !tensor.is_weight; ++i) {
        parameters[tensor.offset + i] = static_cast<T>(generator.normal(0, 0.3));
      }
    }
    for (std::size_t i = 0; i < rows * spec.inputs; ++i) x.push_back(static_cast<T>(generator.normal()));
    for (std::size_t i = 0; i < rows * spec.outputs(); ++i)
      doutput.push_back(static_cast<T>(generator.normal()));
  }

  [[nodiscard]] MatrixView<const T> x_view() const { return {x.data(), rows, spec.inputs}; }
  [[nodiscard]] MatrixView<const T> doutput_view() const { return {doutput.data(), rows, spec.outputs()}; }
};

template <class T>
std::vector<T> values_of(MatrixView<const T> view) {
  std::vector<T> values;
  for (std::size_t r = 0; r < view.rows; ++r)
    values.insert(values.end(), view.row(r).begin(), view.row(r).end());
  return values;
}

// Everything that a plan can hold: fused activations, softmax in the middle and on top, an activation behind
// another.
NetworkSpec mixed_network() {
  return {
      .inputs = 5,
      .layers = {dense(7), activation_layer(Activation::kGelu), dense(4, false),
                 activation_layer(Activation::kSoftmax), activation_layer(Activation::kSilu), dense(9),
                 activation_layer(Activation::kLeakyRelu), dense(3), activation_layer(Activation::kSoftmax)}};
}

TEST(Propagation, ANetworkByHand) {
  const NetworkSpec spec = multilayer_perceptron(2, {2}, 1, Activation::kRelu);
  const ParameterTable table = parameter_table(spec);
  std::vector<double> parameters(table.block_size);
  const auto set = [&](std::size_t tensor, const std::vector<double>& values) {
    std::copy(values.begin(), values.end(),
              parameters.begin() + static_cast<std::ptrdiff_t>(table.tensors[tensor].offset));
  };
  set(0, {1, 2, 3, 4});  // z = (x0 + 3 x1, 2 x0 + 4 x1) + (-1, 1)
  set(1, {-1, 1});
  set(2, {10, -10});
  set(3, {0.5});
  Propagation<double> propagation(spec, 2);
  const std::vector<double> x = {1, -1, 2, 1};  // z = (-3, -1), (4, 9)
  const auto y = propagation.forward(parameters, {x.data(), 2, 2});
  EXPECT_EQ(values_of(y), (std::vector<double>{0.5, -49.5}));
  EXPECT_EQ(values_of(propagation.layer_output(0)), (std::vector<double>{0, 0, 4, 9}));

  std::vector<double> gradients(table.block_size);
  std::vector<double> dx(4);
  const std::vector<double> dy = {1, 2};
  propagation.backward(parameters, {dy.data(), 2, 1}, gradients, {dx.data(), 2, 2});
  const auto gradient = [&](std::size_t tensor) {
    const auto begin = gradients.begin() + static_cast<std::ptrdiff_t>(table.tensors[tensor].offset);
    return std::vector<double>(begin, begin + static_cast<std::ptrdiff_t>(table.tensors[tensor].size()));
  };
  EXPECT_EQ(gradient(3), (std::vector<double>{3}));
  EXPECT_EQ(gradient(2), (std::vector<double>{8, 18}));
  EXPECT_EQ(gradient(1), (std::vector<double>{20, -20}));  // dz of the second sample; the first is not active
  EXPECT_EQ(gradient(0), (std::vector<double>{40, -40, 20, -20}));
  EXPECT_EQ(dx, (std::vector<double>{0, 0, 20 - 40, 60 - 80}));
}

template <class T>
class PropagationTest : public ::testing::Test {};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(PropagationTest, Precisions);

TYPED_TEST(PropagationTest, OneSampleAtATimeGivesTheBitsOfTheBatch) {
  const Fixture<TypeParam> f(mixed_network(), 6);
  Propagation<TypeParam> batched(f.spec, f.rows);
  Propagation<TypeParam> single(f.spec, 1);
  const std::vector<TypeParam> whole = values_of(batched.forward(f.parameters, f.x_view()));
  for (std::size_t b = 0; b < f.rows; ++b) {
    const MatrixView<const TypeParam> one(f.x.data() + b * f.spec.inputs, 1, f.spec.inputs);
    const std::vector<TypeParam> y = values_of(single.forward(f.parameters, one));
    EXPECT_TRUE(std::equal(y.begin(), y.end(), whole.begin() + static_cast<std::ptrdiff_t>(b * y.size())))
        << b;
  }
}

TYPED_TEST(PropagationTest, TheOracleAgrees) {
  const Fixture<TypeParam> f(mixed_network(), 6);
  Propagation<TypeParam> fast(f.spec, f.rows);
  Propagation<TypeParam> oracle(f.spec, f.rows, kernels<TypeParam>("reference"));
  std::vector<TypeParam> gradients(f.table.block_size);
  std::vector<TypeParam> expected(f.table.block_size);
  std::vector<TypeParam> dx(f.x.size());
  std::vector<TypeParam> expected_dx(f.x.size());
  const std::vector<TypeParam> y = values_of(fast.forward(f.parameters, f.x_view()));
  const std::vector<TypeParam> expected_y = values_of(oracle.forward(f.parameters, f.x_view()));
  fast.backward(f.parameters, f.doutput_view(), gradients, {dx.data(), f.rows, f.spec.inputs});
  oracle.backward(f.parameters, f.doutput_view(), expected, {expected_dx.data(), f.rows, f.spec.inputs});
  const double bound = 100 * static_cast<double>(std::numeric_limits<TypeParam>::epsilon());
  const auto expect_near = [&](const char* what, const auto& actual, const auto& wanted) {
    for (std::size_t i = 0; i < wanted.size(); ++i)
      EXPECT_NEAR(actual[i], wanted[i], bound) << what << " " << i;
  };
  expect_near("y", y, expected_y);
  expect_near("gradient", gradients, expected);
  expect_near("dx", dx, expected_dx);
  EXPECT_GT(*std::max_element(expected.begin(), expected.end()), TypeParam(0.01));
}

TYPED_TEST(PropagationTest, ABatchSmallerThanTheLargestLeavesTheRestAlone) {
  const Fixture<TypeParam> f(mixed_network(), 4);
  Propagation<TypeParam> exact(f.spec, 4);
  Propagation<TypeParam> roomy(f.spec, 32);
  std::vector<TypeParam> expected(f.table.block_size);
  std::vector<TypeParam> gradients(f.table.block_size);
  EXPECT_EQ(values_of(roomy.forward(f.parameters, f.x_view())),
            values_of(exact.forward(f.parameters, f.x_view())));
  exact.backward(f.parameters, f.doutput_view(), expected);
  roomy.backward(f.parameters, f.doutput_view(), gradients);
  EXPECT_EQ(gradients, expected);
}

TYPED_TEST(PropagationTest, GradientsAreOverwrittenAndThePaddingStaysZero) {
  const Fixture<TypeParam> f(mixed_network(), 4);
  Propagation<TypeParam> propagation(f.spec, 4);
  std::vector<TypeParam> once(f.table.block_size);
  std::vector<TypeParam> dx(f.x.size());
  propagation.forward(f.parameters, f.x_view());
  propagation.backward(f.parameters, f.doutput_view(), once);
  std::vector<TypeParam> again = once;
  propagation.backward(f.parameters, f.doutput_view(), again, {dx.data(), f.rows, f.spec.inputs});
  EXPECT_EQ(again, once);

  std::vector<bool> padding(f.table.block_size, true);
  for (const ParameterInfo& tensor : f.table.tensors) {
    for (std::size_t i = 0; i < tensor.size(); ++i) padding[tensor.offset + i] = false;
  }
  EXPECT_TRUE(std::ranges::count(padding, true) > 0);
  for (std::size_t i = 0; i < padding.size(); ++i) {
    EXPECT_TRUE(!padding[i] || again[i] == TypeParam(0)) << i << " holds " << again[i];
  }
}

TEST(Propagation, EachLayerShowsItsOutput) {
  const Fixture<double> f(mixed_network(), 2);
  Propagation<double> propagation(f.spec, 2);
  const std::vector<double> y = values_of(propagation.forward(f.parameters, f.x_view()));
  const std::vector<std::size_t> widths = {7, 7, 4, 4, 4, 9, 9, 3, 3};
  for (std::size_t i = 0; i < widths.size(); ++i) {
    EXPECT_EQ(propagation.layer_output(i).rows, 2u) << i;
    EXPECT_EQ(propagation.layer_output(i).cols, widths[i]) << i;
  }
  EXPECT_EQ(values_of(propagation.layer_output(0)), values_of(propagation.layer_output(1)));  // fused
  EXPECT_NE(values_of(propagation.layer_output(2)),
            values_of(propagation.layer_output(3)));  // softmax stands alone
  const auto shares = values_of(propagation.layer_output(3));
  EXPECT_NEAR(shares[0] + shares[1] + shares[2] + shares[3], 1, 1e-15);
  EXPECT_EQ(values_of(propagation.layer_output(8)), y);
}

TEST(Propagation, ANetworkMayBeginWithAnActivation) {
  const NetworkSpec spec{.inputs = 2, .layers = {activation_layer(Activation::kTanh), dense(1, false)}};
  std::vector<double> parameters(parameter_table(spec).block_size);
  parameters[0] = 2;
  parameters[1] = -1;
  Propagation<double> propagation(spec, 1);
  const std::vector<double> x = {0.5, 0};
  const std::vector<double> dy = {1};
  std::vector<double> gradients(parameters.size());
  std::vector<double> dx(2);
  const auto y = propagation.forward(parameters, {x.data(), 1, 2});
  EXPECT_NEAR(y(0, 0), 2 * std::tanh(0.5), 1e-15);
  propagation.backward(parameters, {dy.data(), 1, 1}, gradients, {dx.data(), 1, 2});
  EXPECT_NEAR(gradients[0], std::tanh(0.5), 1e-15);
  EXPECT_NEAR(dx[0], 2 * (1 - std::tanh(0.5) * std::tanh(0.5)), 1e-15);
  EXPECT_NEAR(dx[1], -1, 1e-15);
}

}  // namespace
}  // namespace gradus
