#include "gradus/data/transform_fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "gradus/core/error.h"
#include "gradus/core/random.h"
#include "gradus/data/source.h"
#include "gradus/data/table_test_support.h"
#include "tests/support/test_support.h"

namespace gradus::internal {
namespace {

using test::booleans;
using test::categories;
using test::kMissing;
using test::numbers;
using test::table_of;
using testing::DoubleEq;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::uint32_t> first_rows(std::size_t count) {
  std::vector<std::uint32_t> rows(count);
  std::iota(rows.begin(), rows.end(), 0U);
  return rows;
}

InputColumn fit(const Column& column, const std::vector<std::uint32_t>& rows) {
  return fit_input(column, rows);
}

Transform fit_table(const Table& table, Scaling scaling, const std::vector<std::uint32_t>& rows,
                    double divisor = 1) {
  Transform transform;
  transform.scaling = scaling;
  if (table.block != nullptr) transform.block_features = table.block->cols;
  for (const Column& column : table.columns) transform.inputs.push_back(fit_input(column, rows));
  fit_scaling(transform, encode(transform, table), rows, divisor);
  return transform;
}

Table pictures_of(Table table) {
  table.columns.clear();
  return table;
}

TEST(TransformFitTest, AMissingNumberIsFilledWithTheMedianOfTheTrainingRows) {
  const Column column = numbers("age", {3, kMissing, 1, 2, 1000});
  EXPECT_EQ(fit(column, {0, 1, 2, 3}).fill, 2);
  EXPECT_EQ(fit(column, {0, 1, 2}).fill, 2) << "the mean of 1 and 3";
  EXPECT_TRUE(fit(column, {0, 1}).had_missing);
  EXPECT_FALSE(fit(column, {0, 2}).had_missing);
  EXPECT_EQ(fit(column, {1}).fill, 0);
}

TEST(TransformFitTest, AMissingTruthValueIsFilledWithTheMostFrequent) {
  EXPECT_EQ(fit(booleans("b", {1, 1, 0, kMissing}), {0, 1, 2, 3}).fill, 1);
  EXPECT_EQ(fit(booleans("b", {1, 0, 0, kMissing}), {0, 1, 2, 3}).fill, 0);
}

TEST(TransformFitTest, CategoriesAreThoseOfTheTrainingRows) {
  EXPECT_THAT(fit(categories("c", {"b", "x", "a", ""}), {0, 2, 3}).categories, ElementsAre("a", "b"));
}

TEST(TransformFitTest, DigitsAreScaledGloballyToTheLastDigitOfReport002) {
  const Transform transform =
      fit_table(pictures_of(load_table("digits")), Scaling::kGlobal, first_rows(1797));
  ASSERT_EQ(transform.shift.size(), 1U);
  EXPECT_EQ(transform.shift[0], 4.884164579855314);
  EXPECT_EQ(transform.scale[0], 6.016787548672236);
  EXPECT_EQ((0 - transform.shift[0]) / transform.scale[0], -0.8117561971974786);
  EXPECT_EQ((16 - transform.shift[0]) / transform.scale[0], 1.847470154168513);
}

TEST(TransformFitTest, MnistsFirst20000ImagesHaveTheMomentsOfReport001) {
  GRADUS_REQUIRE_FILE(folder, data_path, "mnist");
  const Transform transform =
      fit_table(pictures_of(load_table(folder.string())), Scaling::kGlobal, first_rows(20'000));
  EXPECT_EQ(transform.shift[0], 33.55274553571429);
  EXPECT_EQ(transform.scale[0], 78.87550070784701);
}

TEST(TransformFitTest, FeatureScalingIsFittedOnTheGivenRowsOnly) {
  const Table table = table_of({numbers("a", {1, 3, 100}), numbers("b", {5, 5, 7})});
  const Transform transform = fit_table(table, Scaling::kFeature, {0, 1});
  EXPECT_THAT(transform.shift, ElementsAre(2, 5));
  EXPECT_THAT(transform.scale, ElementsAre(1, 1)) << "a constant feature has scale 1";
}

TEST(TransformFitTest, EachOfManyFeaturesGetsItsOwnMoments) {
  Generator generator(GeneratorKind::kPcg64, 1);
  std::vector<float> values(1850);
  for (float& value : values) value = static_cast<float>(generator.normal());
  const Table table =
      pictures_of(test::with_block(table_of({numbers("y", std::vector<double>(50))}), 37, values));
  const Transform transform = fit_table(table, Scaling::kFeature, first_rows(50));
  for (std::size_t f = 0; f < 37; ++f) {
    std::vector<double> column;
    for (std::size_t row = 0; row < 50; ++row) column.push_back(values[row * 37 + f]);
    const Moments expected = take_moments(column, "column");
    EXPECT_EQ(transform.shift[f], expected.mean) << f;
    EXPECT_EQ(transform.scale[f], expected.deviation) << f;
  }
}

TEST(TransformFitTest, AConstantThatIsNoBinaryFractionHasScaleOne) {
  std::vector<double> values(1001, 0.1);
  const Moments moments = take_moments(values, "values");
  EXPECT_EQ(moments.mean, 0.1);
  EXPECT_EQ(moments.deviation, 1);
}

// numpy.std of 1e-200 {1, 2, 3} is 0 and of 1e300 {-1, 1} infinity: a scale must be neither.
TEST(TransformFitTest, SpreadsWhoseSquaresLeaveTheRangeOfDoubleHaveAScale) {
  const Table table =
      table_of({numbers("small", {1e-200, 2e-200, 3e-200}), numbers("large", {-1e300, 0, 1e300}),
                numbers("sum", {1.5e308, 1.6e308, 1.7e308})});
  const Transform transform = fit_table(table, Scaling::kFeature, first_rows(3));
  const double deviation = std::sqrt(2.0 / 3.0);
  EXPECT_THAT(transform.shift, ElementsAre(DoubleEq(2e-200), 0, DoubleEq(1.6e308)));
  EXPECT_THAT(transform.scale, ElementsAre(DoubleEq(1e-200 * deviation), DoubleEq(1e300 * deviation),
                                           testing::DoubleNear(1e307 * deviation, 1e294)));
  const Transform global = fit_table(table_of({numbers("a", {-1e300, 1e300})}), Scaling::kGlobal, {0, 1});
  EXPECT_THAT(global.shift, ElementsAre(0));
  EXPECT_THAT(global.scale, ElementsAre(DoubleEq(1e300)));
}

TEST(TransformFitTest, ATargetIsScaledOrRefusedAsAColumnIs) {
  const Moments moments = take_moments(std::vector<double>{-1e200, 1e200}, "target 'y'");
  EXPECT_EQ(moments.mean, 0);
  EXPECT_DOUBLE_EQ(moments.deviation, 1e200);
  try {
    (void)take_moments(std::vector<double>{-1.7e308, 1.7e308}, "target 'y'");
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("scaling target 'y': it goes from -1.7e+308 to 1.7e+308"));
  }
}

TEST(TransformFitTest, AColumnWhoseSpreadNoDoubleHoldsIsRefusedByName) {
  const auto error_of = [](const std::vector<double>& values, Scaling scaling) -> std::string {
    try {
      (void)fit_table(table_of({numbers("a", {1, 2}), numbers("volume", values)}), scaling, {0, 1});
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadData);
      return error.what();
    }
    return "no error";
  };
  for (const Scaling scaling : {Scaling::kFeature, Scaling::kMinMax}) {
    EXPECT_THAT(error_of({-1.7e308, 1.7e308}, scaling),
                HasSubstr("scaling column 'volume': it goes from -1.7e+308 to 1.7e+308"));
    EXPECT_THAT(error_of({0, 5e-324}, scaling), HasSubstr("scaling column 'volume'"));
    EXPECT_EQ(error_of({-1e300, 1e300}, scaling), "no error");
  }
  EXPECT_THAT(error_of({-1.7e308, 1.7e308}, Scaling::kGlobal), HasSubstr("scaling all features together"));
}

TEST(TransformFitTest, OneHotAndTruthValuesStayUnderEveryScaling) {
  const Table table = table_of({numbers("a", {1, 3}), booleans("b", {0, 1}), categories("c", {"x", "y"})});
  for (const Scaling scaling : {Scaling::kFeature, Scaling::kGlobal, Scaling::kMinMax, Scaling::kDivide}) {
    const Transform transform = fit_table(table, scaling, {0, 1}, 4);
    ASSERT_EQ(transform.shift.size(), 4U) << name_of(scaling);
    EXPECT_NE(transform.scale[0] + transform.shift[0], 1) << name_of(scaling);
    for (std::size_t f = 1; f < 4; ++f) {
      EXPECT_EQ(transform.shift[f], 0) << name_of(scaling);
      EXPECT_EQ(transform.scale[f], 1) << name_of(scaling);
    }
  }
}

TEST(TransformFitTest, GlobalScalingOfACategoryTableUsesItsNumbersOnly) {
  const Table table = table_of({numbers("a", {1, 3}), categories("c", {"x", "y"}), numbers("d", {5, 7})});
  const Transform transform = fit_table(table, Scaling::kGlobal, {0, 1});
  EXPECT_THAT(transform.shift, ElementsAre(4, 0, 0, 4));
  EXPECT_THAT(transform.scale, ElementsAre(DoubleEq(std::sqrt(5.0)), 1, 1, DoubleEq(std::sqrt(5.0))));
}

TEST(TransformFitTest, MinMaxAndDivide) {
  const Table table = table_of({numbers("a", {-1, 3}), numbers("b", {2, 2})});
  const Transform minmax = fit_table(table, Scaling::kMinMax, {0, 1});
  EXPECT_THAT(minmax.shift, ElementsAre(-1, 2));
  EXPECT_THAT(minmax.scale, ElementsAre(4, 1));
  const Transform divide = fit_table(table, Scaling::kDivide, {0, 1}, 255);
  EXPECT_THAT(divide.shift, ElementsAre(0));
  EXPECT_THAT(divide.scale, ElementsAre(255));
  EXPECT_TRUE(fit_table(table, Scaling::kNone, {0, 1}).scale.empty());
}

}  // namespace
}  // namespace gradus::internal
