#include "gradus/nn/initializer.h"

#include <gmock/gmock.h>

#include <cmath>
#include <string>
#include <vector>

#include "gradus/core/error.h"

namespace gradus {
namespace {

using ::testing::HasSubstr;

struct Expected {
  std::string text;
  double mean;
  double deviation;
  double limit;  // no draw is beyond; infinity for normal
};

constexpr std::size_t kFanIn = 300;
constexpr std::size_t kFanOut = 400;
const double kInfinity = std::numeric_limits<double>::infinity();

std::vector<Expected> expectations() {
  const auto uniform = [](const char* text, double limit) {
    return Expected{text, 0, limit / std::sqrt(3), limit};
  };
  const auto normal = [](const char* text, double deviation) {
    return Expected{text, 0, deviation, kInfinity};
  };
  return {{"zeros", 0, 0, 0},
          {"constant(0.5)", 0.5, 0, 0.5},
          uniform("uniform", 1),
          {"uniform(1,3)", 2, 1 / std::sqrt(3), 3},
          normal("normal", 1),
          {"normal(-2,0.1)", -2, 0.1, kInfinity},
          uniform("glorot_uniform", std::sqrt(6.0 / 700)),
          normal("glorot_normal", std::sqrt(2.0 / 700)),
          uniform("he_uniform", std::sqrt(6.0 / 300)),
          normal("he_normal", std::sqrt(2.0 / 300)),
          normal("lecun_normal", std::sqrt(1.0 / 300)),
          uniform("product_uniform", std::sqrt(6.0 / (300 * 400))),
          normal("orthogonal", std::sqrt(1.0 / 400))};
}

template <class T>
class InitializerTest : public ::testing::Test {};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(InitializerTest, Precisions);

TYPED_TEST(InitializerTest, EveryKindHasItsMeanItsDeviationAndItsLimits) {
  const double n = kFanIn * kFanOut;
  std::size_t kinds = 0;
  for (const Expected& expected : expectations()) {
    Generator generator(GeneratorKind::kPcg64, 7);
    std::vector<TypeParam> weights(kFanIn * kFanOut);
    const InitializerSpec spec = initializer_from_name(expected.text);
    initialize(spec, MatrixView<TypeParam>(weights.data(), kFanIn, kFanOut), generator);
    double sum = 0;
    double squares = 0;
    for (const TypeParam w : weights) {
      sum += w;
      squares += (w - expected.mean) * (w - expected.mean);
      ASSERT_LE(std::abs(static_cast<double>(w)), expected.limit * (1 + 1e-7)) << expected.text;
    }
    // Five standard errors: of a mean d/sqrt(n), of a deviation at most d/sqrt(2n).
    EXPECT_NEAR(sum / n, expected.mean, 5 * expected.deviation / std::sqrt(n) + 1e-15) << expected.text;
    EXPECT_NEAR(std::sqrt(squares / n), expected.deviation, 5 * expected.deviation / std::sqrt(2 * n) + 1e-15)
        << expected.text;
    ++kinds;
  }
  EXPECT_EQ(kinds, initializer_names().size() + 2);  // uniform and normal twice
}

TYPED_TEST(InitializerTest, DrawsFillTheWeightsInLayerOrderAndBiasesAreZero) {
  const ParameterTable table = parameter_table(multilayer_perceptron(3, {2}, 4, Activation::kRelu));
  std::vector<TypeParam> block(table.block_size, TypeParam(9));
  Generator generator(GeneratorKind::kPcg64, 12345);
  initialize<TypeParam>({.kind = InitializerKind::kUniform, .a = -1, .b = 1}, table, block, generator);

  Generator again(GeneratorKind::kPcg64, 12345);
  std::vector<TypeParam> expected(table.block_size, TypeParam(0));
  for (const ParameterInfo& tensor : table.tensors) {
    if (!tensor.is_weight) continue;
    for (std::size_t i = 0; i < tensor.size(); ++i) {
      expected[tensor.offset + i] = static_cast<TypeParam>(again.uniform(-1, 1));
    }
  }
  EXPECT_EQ(block, expected);
  EXPECT_EQ(generator, again);
}

TEST(Initializer, ScalesAndRunningVariancesStartAtOneAndDrawNothing) {
  const ParameterTable table = parameter_table(multilayer_perceptron(
      3, {2}, 4, Activation::kRelu, Activation::kIdentity, true, Normalization::kBatch));
  std::vector<double> block(table.block_size, 9.0);
  Generator generator(GeneratorKind::kPcg64, 1);
  initialize<double>({.kind = InitializerKind::kZeros}, table, block, generator);
  for (const ParameterInfo& tensor : table.tensors) {
    const double expected = tensor.name == "1.weight" || tensor.name == "1.running_var" ? 1 : 0;
    for (std::size_t i = 0; i < tensor.size(); ++i)
      EXPECT_EQ(block[tensor.offset + i], expected) << tensor.name;
  }
  EXPECT_EQ(generator, Generator(GeneratorKind::kPcg64, 1));
}

TEST(Initializer, TheFirstDrawsAreNumPys) {
  // numpy.random.default_rng(12345).uniform(-1, 1, (2, 3))
  const std::vector<double> expected = {-0.5453279550656607, -0.3664833205804943, 0.5947309146654682,
                                        0.3525093415019491,  -0.2177808987961820, -0.3343721442672310};
  Generator generator(GeneratorKind::kPcg64, 12345);
  std::vector<double> weights(6);
  initialize(initializer_from_name("uniform(-1,1)"), MatrixView<double>(weights.data(), 2, 3), generator);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(weights[i], expected[i], 1e-15) << i;
}

TEST(Initializer, ProductUniformHasTheRadboudLimit) {
  Generator generator(GeneratorKind::kPcg64, 12345);
  Generator again(GeneratorKind::kPcg64, 12345);
  std::vector<double> weights(2048);
  initialize({.kind = InitializerKind::kProductUniform}, MatrixView<double>(weights.data(), 64, 32),
             generator);
  const double limit = std::sqrt(6.0 / (64 * 32));
  EXPECT_NEAR(limit, 0.0541, 5e-5);
  for (const double w : weights) ASSERT_EQ(w, again.uniform(-limit, limit));
}

TEST(Initializer, EveryDescriptionRoundTrips) {
  for (const Expected& expected : expectations()) {
    const InitializerSpec spec = initializer_from_name(expected.text);
    EXPECT_EQ(initializer_from_name(to_string(spec)), spec) << expected.text;
  }
  for (const std::string_view name : initializer_names()) {
    if (name == "constant") continue;
    EXPECT_EQ(to_string(initializer_from_name(name)).substr(0, name.size()), name);
  }
  EXPECT_EQ(to_string(initializer_from_name("uniform")), "uniform(-1,1)");
  EXPECT_EQ(to_string(initializer_from_name("normal( 0, 0.1)")), "normal(0,0.1)");
  EXPECT_EQ(to_string(InitializerSpec{}), "he_normal");
}

TEST(Initializer, ADescriptionThatMakesNoDistributionIsRefused) {
  const auto error_of = [](const char* text) -> std::string {
    try {
      (void)initializer_from_name(text);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadConfiguration) << text;
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(error_of("he_norml"), HasSubstr("did you mean 'he_normal'?"));
  EXPECT_THAT(error_of(""), HasSubstr("unknown initializer ''"));
  EXPECT_THAT(error_of("uniform(1,-1)"), HasSubstr("lower end"));
  EXPECT_THAT(error_of("uniform(1,1)"), HasSubstr("lower end"));
  EXPECT_THAT(error_of("uniform(1)"), HasSubstr("two numbers"));
  EXPECT_THAT(error_of("uniform(1,2"), HasSubstr("closing parenthesis"));
  EXPECT_THAT(error_of("uniform("), HasSubstr("closing parenthesis"));
  EXPECT_THAT(error_of("uniform()"), HasSubstr("finite numbers"));
  EXPECT_THAT(error_of("uniform(1;2)"), HasSubstr("commas"));
  EXPECT_THAT(error_of("uniform(0,inf)"), HasSubstr("finite numbers"));
  EXPECT_THAT(error_of("normal(0,nan)"), HasSubstr("finite numbers"));
  EXPECT_THAT(error_of("normal(0,-1)"), HasSubstr("standard deviation of at least 0"));
  EXPECT_THAT(error_of("orthogonal(0)"), HasSubstr("gain above 0"));
  EXPECT_THAT(error_of("orthogonal(1,2)"), HasSubstr("at most one number"));
  EXPECT_THAT(error_of("constant"), HasSubstr("one number"));
  EXPECT_THAT(error_of("zeros(1)"), HasSubstr("no numbers"));
  EXPECT_THAT(error_of("zeros()"), HasSubstr("finite numbers"));
}

}  // namespace
}  // namespace gradus
