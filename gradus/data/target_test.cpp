#include "gradus/data/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gradus/data/table_test_support.h"

namespace gradus::internal {
namespace {

using test::booleans;
using test::categories;
using test::error_of;
using test::kMissing;
using test::numbers;
using test::table_of;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::uint32_t> rows_of(const Column& column) {
  return rows_with_target(column, table_of({column}));
}

TargetCoding code(const Column& column, const PreparationSpec& spec = {}) {
  return code_target(column, rows_of(column), spec);
}

Column counting(std::size_t rows, std::size_t different) {
  std::vector<double> values;
  for (std::size_t i = 0; i < rows; ++i) values.push_back(static_cast<double>(i % different));
  return numbers("y", values);
}

TEST(TargetTest, TheTargetIsTheNamedElseTheDefaultElseTheLastColumn) {
  Table table = table_of({numbers("a", {1}), numbers("b", {1}), numbers("c", {1})});
  EXPECT_EQ(find_target(table, "").name, "c");
  table.default_target = "b";
  EXPECT_EQ(find_target(table, "").name, "b");
  EXPECT_EQ(find_target(table, "a").name, "a");
}

TEST(TargetTest, ATargetThatIsNotThereIsNamedWithTheNearest) {
  const Table table = table_of({numbers("survived", {1}), numbers("age", {1})});
  EXPECT_EQ(error_of([&] { static_cast<void>(find_target(table, "surived")); }),
            "test.csv: there is no column 'surived' to be the target; did you mean 'survived'? the columns "
            "are survived, age");
}

TEST(TargetTest, MoreRowsThanCanBeNumberedAreRefused) {
  const Column column = numbers("y", {1});
  Table table = table_of({column});
  table.rows = std::size_t{1} << 32;
  EXPECT_EQ(error_of([&] { static_cast<void>(rows_with_target(column, table)); }),
            "test.csv: 4294967296 rows; at most 4294967295 can be numbered; take a part of them");
}

TEST(TargetTest, TextAndTruthValuesClassify) {
  EXPECT_THAT(code(categories("y", {"b", "a", "b"})).classes, ElementsAre("a", "b"));
  EXPECT_THAT(code(booleans("y", {1, 0, 1})).classes, ElementsAre("False", "True"));
}

TEST(TargetTest, FewWholeNumbersClassify) {
  EXPECT_EQ(code(counting(30, 10)).task, Task::kClassification);
  EXPECT_EQ(code(counting(29, 10)).task, Task::kRegression) << "fewer than three rows of each";
  EXPECT_EQ(code(counting(60, 20)).task, Task::kClassification);
  EXPECT_EQ(code(counting(1000, 21)).task, Task::kRegression);
  EXPECT_EQ(code(numbers("y", {0, 1, 0})).task, Task::kClassification);
  EXPECT_EQ(code(numbers("y", {0.5, 1, 0.5})).task, Task::kRegression);
}

TEST(TargetTest, NumberClassesAreNamedShortestAndSortedByValue) {
  PreparationSpec spec;
  spec.task = Task::kClassification;
  EXPECT_THAT(code(numbers("y", {10, 2.5, -1, 2, 10, -0.0, 0}), spec).classes,
              ElementsAre("-1", "0", "2", "2.5", "10"));
}

TEST(TargetTest, RowsWithoutATargetAreLeftOut) {
  EXPECT_THAT(rows_of(numbers("y", {1, kMissing, 3})), ElementsAre(0, 2));
  EXPECT_THAT(rows_of(categories("y", {"", "a"})), ElementsAre(1));
  EXPECT_THAT(error_of([] { static_cast<void>(rows_of(numbers("y", {kMissing}))); }),
              HasSubstr("missing in all 1 rows"));
}

TEST(TargetTest, OneClassOrAClassForEachRowIsAnError) {
  EXPECT_THAT(error_of([] {
                static_cast<void>(code(categories("y", {"a", "a"})));
              }),
              HasSubstr("every row has 'a'"));
  EXPECT_THAT(error_of([] {
                static_cast<void>(code(categories("y", {"a", "b", "c"})));
              }),
              HasSubstr("a class of its own"));
}

TEST(TargetTest, PositiveClassesMakeItBinary) {
  PreparationSpec spec;
  spec.positive = {"0", "2"};
  const Column column = counting(12, 4);
  const TargetCoding target = code(column, spec);
  EXPECT_THAT(target.classes, ElementsAre("1|3", "0|2"));
  EXPECT_THAT(class_numbers(target, column, std::vector<std::uint32_t>{0, 1, 2, 3}, "t"),
              ElementsAre(1, 0, 1, 0));
}

TEST(TargetTest, PositiveClassesAreChecked) {
  PreparationSpec spec;
  spec.positive = {"7"};
  EXPECT_THAT(error_of([&] { static_cast<void>(code(counting(12, 4), spec)); }),
              HasSubstr("unknown class of 'y' '7'; known: 0, 1, 2, 3"));
  spec.positive = {"0", "1"};
  EXPECT_THAT(error_of([&] { static_cast<void>(code(counting(12, 2), spec)); }),
              HasSubstr("all classes of 'y' are positive"));
  spec.task = Task::kRegression;
  EXPECT_THAT(error_of([&] { static_cast<void>(code(counting(12, 2), spec)); }),
              HasSubstr("the task is regression"));
}

TEST(TargetTest, RegressionOnTextIsAnError) {
  PreparationSpec spec;
  spec.task = Task::kRegression;
  EXPECT_THAT(error_of([&] {
                static_cast<void>(code(categories("y", {"a", "b"}), spec));
              }),
              HasSubstr("regression needs numbers"));
}

TEST(TargetTest, AnUnknownLabelIsNamedWithItsRowAndTheKnownOnes) {
  const TargetCoding target = code(categories("y", {"a", "b", "b"}));
  const Column column = categories("y", {"a", "x"});
  EXPECT_EQ(error_of([&] {
              static_cast<void>(class_numbers(target, column, std::vector<std::uint32_t>{0, 1}, "new.csv"));
            }),
            "using new.csv: 'x' in row 2 of 'y' is none of the known classes: a, b");
}

TEST(TargetTest, RegressionValuesAreCoded) {
  TargetCoding target;
  target.task = Task::kRegression;
  target.mean = 10;
  target.deviation = 4;
  EXPECT_THAT(coded_values(target, numbers("y", {12, 10}), std::vector<std::uint32_t>{0, 1}, "t"),
              ElementsAre(0.5, 0));
}

TEST(TargetTest, LongListsAreCut) {
  const std::vector<std::string> names(14, "n");
  EXPECT_EQ(short_list(names), "n, n, n, n, n, n, n, n, n, n, n, n, ... (14 in all)");
}

}  // namespace
}  // namespace gradus::internal
