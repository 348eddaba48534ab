// The weight gradient that goes straight into the parameters, and stored features that become inputs.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "gradus/kernels/kernels_testing.h"

namespace gradus {
namespace {

using test::Result;

struct LayerShape {
  std::size_t batch, inputs, outputs;
};

// Around the tiles of every set, and a range that starts inside.
constexpr LayerShape kShapes[] = {{1, 1, 1},   {3, 13, 10},  {10, 64, 32}, {7, 50, 64},
                                  {33, 9, 45}, {5, 100, 17}, {2, 130, 70}, {40, 25, 130}};

// Parameters with their state, and the batch that moves them.
template <class T>
struct Layer {
  explicit Layer(LayerShape shape)
      : x(shape.batch, shape.inputs, 1),
        dz(shape.batch, shape.outputs, 2),
        w(shape.inputs, shape.outputs, 1, 5),
        m1(shape.inputs, shape.outputs, 3, 5),
        m2(shape.inputs, shape.outputs, 0, 5),
        bias(3, shape.outputs, 1, 0) {
    x.fill(1), dz.fill(2), w.fill(3), m1.fill(4).make_absolute(), m2.fill(5).make_absolute();
    bias.fill(6).make_absolute();
  }

  ParameterState<T> weight_state() { return {w.view().data, m1.view().data, m2.view().data}; }
  ParameterState<T> bias_state() {
    return {bias.view().row(0).data(), bias.view().row(1).data(), bias.view().row(2).data()};
  }
  Result everything() const {
    Result result;
    for (const test::TestMatrix<T>* matrix : {&w, &m1, &m2, &bias}) matrix->append_to(result);
    return result;
  }

  test::TestMatrix<T> x, dz, w, m1, m2, bias;
};

template <class T>
Result in_one_call(const KernelSet<T>& set, LayerShape shape, const UpdateCoefficients<T>& weight_step,
                   const UpdateCoefficients<T>& bias_step, ColumnRange range) {
  Layer<T> layer(shape);
  const std::vector<std::byte> memory(2 * shape.inputs + 1);
  const std::byte* const soon[2] = {memory.data(), memory.data() + shape.inputs};
  set.dense_weight_update(
      layer.x.input(), layer.dz.input(),
      {weight_step, bias_step, layer.weight_state(), layer.w.view().stride, layer.bias_state()}, range,
      // Memory that is asked for is not changed, whatever its size.
      {std::span(soon).first(shape.batch % 3), shape.inputs});
  return layer.everything();
}

template <class T>
Result in_two_calls(const KernelSet<T>& set, LayerShape shape, const UpdateCoefficients<T>& weight_step,
                    const UpdateCoefficients<T>& bias_step, ColumnRange range) {
  Layer<T> layer(shape);
  std::vector<T> dw(shape.inputs * shape.outputs);
  std::vector<T> db(shape.outputs);
  set.dense_weight_gradient(layer.x.input(), layer.dz.input(), {dw.data(), shape.inputs, shape.outputs},
                            db.data(), range);
  const std::size_t count = range.end - range.begin;
  for (std::size_t i = 0; i < shape.inputs; ++i) {
    set.update(weight_step, layer.weight_state().from(i * layer.w.view().stride + range.begin),
               dw.data() + i * shape.outputs + range.begin, count);
  }
  set.update(bias_step, layer.bias_state().from(range.begin), db.data() + range.begin, count);
  return layer.everything();
}

template <class T>
class FusedUpdateTest : public ::testing::Test {};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(FusedUpdateTest, Precisions);

TYPED_TEST(FusedUpdateTest, GivesTheBitsOfTheGradientAndThenTheUpdate) {
  using T = TypeParam;
  const KernelSet<T>& plain = kernels<T>("scalar");
  for (const UpdateRule rule : test::kRules) {
    for (const LayerShape shape : kShapes) {
      const ColumnRange range{shape.outputs > 20 ? 16u : 0u, shape.outputs};
      const auto step = test::coefficients<T>(rule, 0);
      const Result expected = in_two_calls(plain, shape, step, step, range);
      for (const KernelSet<T>* set : test::sets_under_test<T>()) {
        EXPECT_EQ(in_one_call(*set, shape, step, step, range), expected)
            << set->name << " rule " << static_cast<int>(rule) << " shape " << shape.batch << "x"
            << shape.inputs << "x" << shape.outputs;
      }
    }
  }
}

TYPED_TEST(FusedUpdateTest, AppliesPenaltiesClippingAndDecayInThatOrder) {
  using T = TypeParam;
  UpdateCoefficients<T> weight_step = test::coefficients<T>(UpdateRule::kSgd, 0.25);
  weight_step.l1 = T{0.125};
  weight_step.l2 = T{0.5};
  weight_step.clip_value = T{0.75};
  weight_step.learning_rate = 1;
  for (const KernelSet<T>* set : test::sets_under_test<T>()) {
    // By hand: g = 2 + (0.125 sign(w) + 0.5 w), held within 0.75, + 0.25 w.
    T w[3] = {4, -1, 0};
    const T g[3] = {2, -2, T{0.25}};
    set->update(weight_step, {w, nullptr, nullptr}, g, 3);
    EXPECT_EQ(w[0], 4 - (T{0.75} + T{0.25} * 4)) << set->name;
    EXPECT_EQ(w[1], -1 - (T{-0.75} - T{0.25})) << set->name;
    EXPECT_EQ(w[2], -T{0.25}) << set->name;
  }
}

TYPED_TEST(FusedUpdateTest, GivesTheSameBitsWhereTheGradientIsAdjusted) {
  using T = TypeParam;
  for (const UpdateRule rule : test::kRules) {
    UpdateCoefficients<T> l2_alone = test::coefficients<T>(rule, 0);
    l2_alone.l2 = T{0.5};
    UpdateCoefficients<T> all_kinds = test::coefficients<T>(rule, 0.25);
    all_kinds.l1 = T{0.125};
    all_kinds.l2 = T{0.5};
    all_kinds.clip_value = T{0.75};
    const auto bias_step = test::coefficients<T>(rule, 0);
    for (const UpdateCoefficients<T>& weight_step : {l2_alone, all_kinds}) {
      for (const LayerShape shape : kShapes) {
        const ColumnRange all{0, shape.outputs};
        const Result expected = in_two_calls(kernels<T>("scalar"), shape, weight_step, bias_step, all);
        for (const KernelSet<T>* set : test::sets_under_test<T>()) {
          EXPECT_EQ(in_one_call(*set, shape, weight_step, bias_step, all), expected)
              << set->name << " rule " << static_cast<int>(rule) << " shape " << shape.batch << "x"
              << shape.inputs << "x" << shape.outputs << " l1 " << weight_step.l1;
        }
      }
    }
  }
}

// Without gradient, states decay to nothing and not to subnormal numbers, which would slow every step from then on.
TYPED_TEST(FusedUpdateTest, StatesThatDecayComeToZero) {
  using T = TypeParam;
  for (const KernelSet<T>* set : test::sets_under_test<T>()) {
    for (const UpdateRule rule : test::kRules) {
      const auto step = test::coefficients<T>(rule, 0);
      T w[1] = {1};
      T m1[1] = {0};
      T m2[1] = {0};
      T g[1] = {T{0.5}};
      for (int i = 0; i < 100'000; ++i) {
        set->update(step, {w, m1, m2}, g, 1);
        g[0] = 0;
        for (const T state : {m1[0], m2[0]})
          ASSERT_TRUE(state == 0 || std::isnormal(state))
              << set->name << " rule " << static_cast<int>(rule) << " step " << i;
      }
      const bool sums = rule == UpdateRule::kAdagrad;  // the one state that only grows
      EXPECT_EQ(m1[0], sums ? T{0.25} : T{0}) << set->name << " rule " << static_cast<int>(rule);
      EXPECT_EQ(m2[0], T{0}) << set->name << " rule " << static_cast<int>(rule);

      g[0] = std::numeric_limits<T>::quiet_NaN();
      set->update(step, {w, m1, m2}, g, 1);
      EXPECT_TRUE(std::isnan(w[0])) << "a NaN must be seen; " << set->name;
    }
  }
}

// Neither do gradients whose squares are subnormal leave one.
TYPED_TEST(FusedUpdateTest, SquaresOfTinyGradientsAreZero) {
  using T = TypeParam;
  for (const KernelSet<T>* set : test::sets_under_test<T>()) {
    for (const UpdateRule rule : {UpdateRule::kRmsprop, UpdateRule::kAdagrad, UpdateRule::kAdam}) {
      T w[1] = {1};
      T m1[1] = {0};
      T m2[1] = {0};
      const T g[1] = {std::sqrt(std::numeric_limits<T>::min()) / 2};
      set->update(test::coefficients<T>(rule, 0), {w, m1, m2}, g, 1);
      const T square = rule == UpdateRule::kAdam ? m2[0] : m1[0];
      EXPECT_EQ(square, T{0}) << set->name << " rule " << static_cast<int>(rule);
    }
  }
}

constexpr std::size_t kMany = 37;  // whole vectors, and some more

// kMany times the same values in a row.
template <class T>
std::vector<T> repeated(const std::vector<T>& values) {
  std::vector<T> all;
  for (std::size_t i = 0; i < kMany; ++i) all.push_back(values[i % values.size()]);
  return all;
}

// Plain descent at a rate of 1 takes away what the gradient has become.
TYPED_TEST(FusedUpdateTest, AdjustsTheGradientInItsOrder) {
  using T = TypeParam;
  struct Case {
    T l1, l2, clip_value, weight_decay;
    std::vector<T> adjusted;
  };
  const std::vector<T> weights = {T{-2}, T{0}, T{3}};
  const std::vector<T> gradients = {T{1}, T{-0.5}, T{4}};
  const std::vector<Case> cases = {
      {T{0.25}, 0, 0, 0, {T{0.75}, T{-0.5}, T{4.25}}},
      {0, T{0.5}, 0, 0, {T{0}, T{-0.5}, T{5.5}}},
      {0, 0, T{1}, 0, {T{1}, T{-0.5}, T{1}}},
      {0, 0, T{0.25}, 0, {T{0.25}, T{-0.25}, T{0.25}}},
      {0, 0, 0, T{0.125}, {T{0.75}, T{-0.5}, T{4.375}}},
      {1, 0, 0, 0, {T{0}, T{-0.5}, T{5}}},
      {0, 1, 0, 0, {T{-1}, T{-0.5}, T{7}}},
      {0, 0, 0, 1, {T{-1}, T{-0.5}, T{7}}},
      {T{0.25}, T{0.5}, T{1}, T{0.125}, {T{-0.5}, T{-0.5}, T{1.375}}},
  };
  for (const KernelSet<T>* set : test::sets_under_test<T>()) {
    for (const Case& c : cases) {
      UpdateCoefficients<T> step;
      step.learning_rate = 1;
      step.l1 = c.l1;
      step.l2 = c.l2;
      step.clip_value = c.clip_value;
      step.weight_decay = c.weight_decay;
      std::vector<T> w = repeated(weights);
      const std::vector<T> g = repeated(gradients);
      set->update(step, {w.data()}, g.data(), kMany);
      for (std::size_t i = 0; i < kMany; ++i)
        EXPECT_EQ(w[i], weights[i % 3] - c.adjusted[i % 3])
            << set->name << " case " << &c - cases.data() << " at " << i;
    }
  }
}

// AdamW's decay is no part of the gradient, whatever else is.
TYPED_TEST(FusedUpdateTest, OfAdamwDecayStaysBesideTheGradient) {
  using T = TypeParam;
  for (const KernelSet<T>* set : test::sets_under_test<T>()) {
    UpdateCoefficients<T> step = test::coefficients<T>(UpdateRule::kAdamw, 0.25);
    std::vector<std::vector<T>> ends;
    for (const bool by_kernel : {true, false}) {
      step.l1 = by_kernel ? T{0.25} : T{0};
      std::vector<T> w = repeated<T>({T{-2}, T{3}});
      const std::vector<T> g = by_kernel ? repeated<T>({T{1}, T{4}}) : repeated<T>({T{0.75}, T{4.25}});
      std::vector<T> m1(kMany);
      std::vector<T> m2(kMany);
      set->update(step, {w.data(), m1.data(), m2.data()}, g.data(), kMany);
      ends.push_back(w);
    }
    EXPECT_EQ(ends[0], ends[1]) << set->name;
  }
}

// One row of 37 stored features through one of the three kernels.
template <class T, class Stored>
std::vector<T> scaled(void (*kernel)(const Stored*, const InputScaling<T>&, T*, std::size_t), bool scales) {
  constexpr std::size_t kFeatures = 37;
  std::vector<Stored> stored;
  std::vector<double> shift, scale, wide_factor, wide_offset;
  std::vector<T> factor, offset;
  for (std::size_t i = 0; i < kFeatures; ++i) {
    stored.push_back(static_cast<Stored>((i * 29) % 256));
    shift.push_back(0.1 * static_cast<double>(i) + 3);
    scale.push_back(0.7 + static_cast<double>(i));
    wide_factor.push_back(1 / scale[i]);
    wide_offset.push_back(-shift[i] / scale[i]);
    factor.push_back(static_cast<T>(wide_factor[i]));
    offset.push_back(static_cast<T>(wide_offset[i]));
  }
  InputScaling<T> scaling;
  if (scales) {
    scaling = {factor.data(),      offset.data(), wide_factor.data(),
               wide_offset.data(), shift.data(),  scale.data()};
  }
  std::vector<T> result(kFeatures + 1, T{-1});
  kernel(stored.data(), scaling, result.data(), kFeatures);
  EXPECT_EQ(result.back(), T{-1}) << "written behind the end";
  return result;
}

TYPED_TEST(FusedUpdateTest, ScalesStoredFeaturesAlikeInEverySet) {
  using T = TypeParam;
  for (const bool scales : {true, false}) {
    const KernelSet<T>& plain = kernels<T>("scalar");
    const KernelSet<T>& reference = kernels<T>("reference");
    const std::vector<T> exact = scaled<T>(reference.scale_doubles, scales);
    for (const KernelSet<T>* set : test::sets_under_test<T>()) {
      EXPECT_EQ(scaled<T>(set->scale_bytes, scales), scaled<T>(plain.scale_bytes, scales)) << set->name;
      EXPECT_EQ(scaled<T>(set->scale_floats, scales), scaled<T>(plain.scale_floats, scales)) << set->name;
      EXPECT_EQ(scaled<T>(set->scale_doubles, scales), scaled<T>(plain.scale_doubles, scales)) << set->name;
      const std::vector<T> bytes = scaled<T>(set->scale_bytes, scales);
      for (std::size_t i = 0; i < exact.size(); ++i)
        EXPECT_NEAR(bytes[i], exact[i], (sizeof(T) == 4 ? 3e-6 : 1e-14) * (1 + std::abs(exact[i])))
            << set->name << " feature " << i;
    }
  }
}

}  // namespace
}  // namespace gradus
