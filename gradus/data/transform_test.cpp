#include "gradus/data/transform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gradus/data/table_test_support.h"

namespace gradus {
namespace {

using test::booleans;
using test::categories;
using test::error_of;
using test::kMissing;
using test::numbers;
using test::table_of;
using test::with_block;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Transform titanic_like() {
  Transform transform;
  transform.inputs = {{"age", ColumnKind::kNumber, {}, 28, true},
                      {"alone", ColumnKind::kBoolean, {}, 1, false},
                      {"deck", ColumnKind::kCategory, {"A", "B"}, 0, true}};
  transform.ones_column = true;
  return transform;
}

Transform of_block(std::size_t features) {
  Transform transform;
  transform.block_features = features;
  transform.block_prefix = "pixel";
  return transform;
}

TEST(TransformTest, FeaturesAreCountedAndNamed) {
  Transform transform = titanic_like();
  transform.block_features = 2;
  transform.block_prefix = "x";
  EXPECT_EQ(transform.features(), 7U);
  EXPECT_THAT(transform.feature_names(), ElementsAre("x0", "x1", "age", "alone", "deck=A", "deck=B", "ones"));
}

TEST(TransformTest, ColumnsAreMatchedByNameImputedAndOneHot) {
  const Table table = table_of({categories("deck", {"B", "", "C"}), numbers("other", {1, 2, 3}),
                                numbers("age", {30, kMissing, 40}), booleans("alone", {0, 1, kMissing})});
  const Features features = encode(titanic_like(), table);
  EXPECT_EQ(features.rows, 3U);
  EXPECT_EQ(features.cols, 4U);
  EXPECT_THAT(features.values, ElementsAre(30, 0, 0, 1,    //
                                           28, 1, 0, 0,    // missing: fill, and no category
                                           40, 1, 0, 0));  // C was not seen
}

TEST(TransformTest, ADenseBlockAloneIsSharedNotCopied) {
  const Table table = with_block<std::uint8_t>(table_of({numbers("digit", {7, 1})}), 2, {1, 2, 3, 255});
  const Features features = encode(of_block(2), table);
  EXPECT_EQ(features.block, table.block);
  EXPECT_TRUE(features.values.empty());
  EXPECT_EQ(features.at(1, 1), 255);
}

TEST(TransformTest, ABlockWithColumnsBesideItIsOneMatrix) {
  const Table table = with_block<float>(table_of({numbers("age", {7, 8})}), 2, {1, 2, 3, 4});
  Transform transform = of_block(2);
  transform.inputs = {{"age", ColumnKind::kNumber, {}, 0, false}};
  EXPECT_THAT(encode(transform, table).values, ElementsAre(1, 2, 7, 3, 4, 8));
}

TEST(TransformTest, ABlockMayComeAsColumns) {
  const Table table = table_of({numbers("pixel1", {5, 6}), numbers("pixel0", {7, 8})});
  const Features features = encode(of_block(2), table);
  EXPECT_THAT(features.values, ElementsAre(7, 5, 8, 6));
  EXPECT_EQ(features.at(1, 0), 8);
}

TEST(TransformTest, AnotherBlockWidthNamesBoth) {
  const Table table = with_block<float>(table_of({numbers("y", {1})}), 3, {1, 2, 3});
  EXPECT_EQ(error_of([&] { static_cast<void>(encode(of_block(64), table)); }),
            "using test.csv: it has 3 features pixel0..pixel2; the model takes 64");
  const Table columns = table_of({numbers("a", {1}), numbers("b", {1})});
  EXPECT_EQ(error_of([&] { static_cast<void>(encode(of_block(64), columns)); }),
            "using test.csv: it has 2 columns (a, b); the model takes 64 features pixel0..pixel63");
}

TEST(TransformTest, AMissingColumnIsNamedWithThoseThatAreThere) {
  const Table table = table_of({numbers("Age", {1}), booleans("alone", {1})});
  EXPECT_EQ(
      error_of([&] { static_cast<void>(encode(titanic_like(), table)); }),
      "using test.csv: there is no column 'age', which the model was fitted on; the columns are Age, alone");
}

TEST(TransformTest, AColumnOfAnotherKindIsAnErrorWithItsFirstCell) {
  const Table table = table_of({categories("age", {"", "old"})});
  EXPECT_EQ(error_of([&] { static_cast<void>(encode(titanic_like(), table)); }),
            "using test.csv: column 'age' holds a category ('old' in row 2); the model was fitted on a "
            "number there");
}

TEST(TransformTest, KindsThatMeanTheSameAreAccepted) {
  Transform transform = titanic_like();
  transform.inputs[2].categories = {"1", "x"};
  // A short file may show numbers where the long one had text, 0 and 1 for truth values, nothing at all for
  // ages.
  const Table table = table_of({categories("age", {""}), numbers("alone", {0}), numbers("deck", {1})});
  EXPECT_THAT(encode(transform, table).values, ElementsAre(28, 0, 1, 0));
  const Table two = table_of({numbers("age", {3}), numbers("alone", {2}), numbers("deck", {1})});
  EXPECT_THAT(
      error_of([&] { static_cast<void>(encode(transform, two)); }),
      AllOf(HasSubstr("'alone' holds a number ('2' in row 1)"), HasSubstr("fitted on a truth value")));
}

}  // namespace
}  // namespace gradus
