#include "gradus/core/sum.h"

#include <gtest/gtest.h>

#include "gradus/core/random.h"

namespace gradus {
namespace {

// Magnitudes over twelve decades: nearly every change of order changes the sum.
std::vector<double> rough_values(std::size_t count) {
  Generator generator(GeneratorKind::kPcg64, 11);
  std::vector<double> values(count);
  for (double& value : values) {
    value = generator.normal();
    for (std::int64_t decades = generator.integers(0, 12); decades > 0; --decades) value *= 10;
  }
  return values;
}

TEST(NumpySum, OfNothingIsZero) {
  EXPECT_EQ(numpy_sum({}), 0.0);
  EXPECT_EQ(NumpySum().total(), 0.0);
}

TEST(NumpySum, AddsFewerThanEightInOrder) {
  const std::vector<double> values = {1e16, 1, 1, 1, 1, -1e16, 3};
  EXPECT_EQ(numpy_sum(values), 3.0);  // each 1 is lost beside 1e16
}

TEST(NumpySum, UsesEightAccumulatorsFromEightValuesOn) {
  constexpr double kLarge = 0x1p54;  // the next number is four away
  std::vector<double> values = {kLarge, 1, 1, 1, 1, 1, 1, 1};
  // The 1 of the first pair and the 2 of the second are lost; the last four meet before they come.
  EXPECT_EQ(numpy_sum(values) - kLarge, 4.0);
  values.push_back(1);
  EXPECT_EQ(numpy_sum(values) - kLarge, 4.0);  // the ninth comes alone and is lost
}

TEST(NumpySum, AddsBlocksOf8192InOrder) {
  constexpr double kLarge = 0x1p54;
  constexpr std::size_t kBlock = 8192;
  std::vector<double> values(4 * kBlock, 0.0);
  values[0] = kLarge;
  values[2 * kBlock] = 2;
  values[3 * kBlock] = 2;
  EXPECT_EQ(numpy_sum(values) - kLarge, 0.0);  // each 2 comes alone and is lost; halves would add them first
}

TEST(NumpySum, OneAtATimeHasTheSameBits) {
  const std::vector<double> values = rough_values(20'000);
  NumpySum sum;
  for (std::size_t n = 0; n < values.size(); ++n) {
    ASSERT_EQ(sum.total(), numpy_sum(std::span(values).first(n))) << n << " values";
    sum.add(values[n]);
  }
}

}  // namespace
}  // namespace gradus
