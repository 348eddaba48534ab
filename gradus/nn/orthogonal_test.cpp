#include "gradus/nn/orthogonal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/core/random.h"
#include "gradus/nn/initializer.h"

namespace gradus {
namespace {

std::vector<double> drawn(std::size_t rows, std::size_t cols, const char* initializer, Activation behind,
                          std::uint64_t seed) {
  Generator generator(GeneratorKind::kPcg64, seed);
  std::vector<double> weight(rows * cols);
  initialize(initializer_from_name(initializer), MatrixView<double>(weight.data(), rows, cols), generator,
             behind);
  return weight;
}

// numpy.linalg.qr of default_rng(7).normal(size=(rows, cols)), of its transpose where it is wide; each column
// of Q times the sign of R's diagonal.
TEST(Orthogonal, DrawsAreNumPysQ) {
  const std::vector<double> tall = {0.002317011575293959, 0.7628268764066991,  -0.5163426008935913,
                                    -0.5528238155816454,  -0.8563789756642802, 0.335381850369619};
  const std::vector<double> wide = {0.0012571213769567713, 0.30529478230333185, -0.2801476385953972,
                                    -0.9101158256692536,   -0.5756519275959942, -0.6631097160409785,
                                    -0.4720570505648259,   -0.07792627130247476};
  const std::vector<double> own_tall = drawn(3, 2, "orthogonal", Activation::kIdentity, 7);
  const std::vector<double> own_wide = drawn(2, 4, "orthogonal", Activation::kIdentity, 7);
  for (std::size_t i = 0; i < tall.size(); ++i) EXPECT_NEAR(own_tall[i], tall[i], 1e-14) << i;
  for (std::size_t i = 0; i < wide.size(); ++i) EXPECT_NEAR(own_wide[i], wide[i], 1e-14) << i;
}

TEST(Orthogonal, TheFewerOfRowsAndColumnsAreOrthonormalTimesTheGain) {
  struct Shape {
    std::size_t rows, cols;
  };
  for (const Shape shape : {Shape{1, 1}, {1, 5}, {5, 1}, {6, 6}, {40, 30}, {30, 40}, {200, 17}}) {
    const std::vector<double> w = drawn(shape.rows, shape.cols, "orthogonal(1.5)", Activation::kRelu, 3);
    const bool tall = shape.rows >= shape.cols;
    const std::size_t vectors = tall ? shape.cols : shape.rows;
    const std::size_t length = tall ? shape.rows : shape.cols;
    const auto entry = [&](std::size_t vector, std::size_t i) {
      return tall ? w[i * shape.cols + vector] : w[vector * shape.cols + i];
    };
    for (std::size_t a = 0; a < vectors; ++a) {
      for (std::size_t b = 0; b <= a; ++b) {
        double dot = 0;
        for (std::size_t i = 0; i < length; ++i) dot += entry(a, i) * entry(b, i);
        EXPECT_NEAR(dot, a == b ? 2.25 : 0, 1e-13)
            << shape.rows << " x " << shape.cols << ": " << a << ", " << b;
      }
    }
  }
}

TEST(Orthogonal, WithoutANumberTheGainIsTheActivations) {
  // torch.nn.init.calculate_gain
  EXPECT_EQ(gain_of(Activation::kSigmoid), 1);
  EXPECT_DOUBLE_EQ(gain_of(Activation::kTanh), 1.6666666666666667);
  EXPECT_DOUBLE_EQ(gain_of(Activation::kRelu), 1.4142135623730951);
  EXPECT_DOUBLE_EQ(gain_of(Activation::kLeakyRelu), 1.4141428569978354);
  const std::vector<double> unit = drawn(4, 3, "orthogonal(1)", Activation::kRelu, 5);
  const std::vector<double> relu = drawn(4, 3, "orthogonal", Activation::kRelu, 5);
  for (std::size_t i = 0; i < unit.size(); ++i) EXPECT_DOUBLE_EQ(relu[i], std::sqrt(2.0) * unit[i]) << i;
}

TEST(Orthogonal, AColumnOfZerosStaysFinite) {
  std::vector<double> a = {0, 1, 0, 2, 0, 3};
  orthonormalize(MatrixView<double>(a.data(), 3, 2));
  for (const double value : a) EXPECT_TRUE(std::isfinite(value)) << value;
}

}  // namespace
}  // namespace gradus
