#include "gradus/data/columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "gradus/data/table_test_support.h"

namespace gradus::internal {
namespace {

using test::categories;
using test::error_of;
using test::kMissing;
using test::numbers;
using testing::HasSubstr;

constexpr std::size_t kRows = 40;

// Cell i of a column is value(i).
template <class Value>
auto cells(Value value) {
  std::vector<decltype(value(0))> values;
  for (int i = 0; i < static_cast<int>(kRows); ++i) values.push_back(value(i));
  return values;
}

double noise(int i) {
  return (i * 7919 % 101) / 101.0;
}

// Why each column is left out; judged by all rows, the last column being the target.
std::map<std::string, Choice> judge(std::vector<Column> columns, const PreparationSpec& spec = {},
                                    bool regression = false) {
  static Table table;  // the choices point into it
  table = test::table_of(std::move(columns));
  const Column& target = table.columns.back();
  std::vector<std::uint32_t> rows(table.rows);
  std::iota(rows.begin(), rows.end(), 0U);
  std::vector<std::int32_t> labels;
  if (!regression) {
    for (const double number : target.numbers) labels.push_back(static_cast<std::int32_t>(number));
  }
  std::map<std::string, Choice> choices;
  for (const Choice& choice : choose_columns(table, spec, target, rows, labels))
    choices[choice.column->name] = choice;
  return choices;
}

Column survived() {
  return numbers("survived", cells([](int i) { return i * i % 3 == 0 ? 1.0 : 0.0; }));
}

TEST(ColumnsTest, AColumnThatRepeatsTheTargetIsLeftOutWithAWarning) {
  const Column alive =
      categories("alive", cells([](int i) { return std::string(i * i % 3 == 0 ? "yes" : "no"); }));
  auto choices = judge({alive, numbers("age", cells(noise)), survived()});
  EXPECT_EQ(choices["alive"].left_out, "repeats the target 'survived'");
  EXPECT_TRUE(choices["alive"].warn);
  EXPECT_EQ(choices["age"].left_out, "");
}

TEST(ColumnsTest, AColumnThatNearlyRepeatsTheTargetStays) {
  const Column who =
      categories("who", cells([](int i) { return std::string(i * i % 3 == 0 && i > 0 ? "yes" : "no"); }));
  EXPECT_EQ(judge({who, survived()})["who"].left_out, "");
}

TEST(ColumnsTest, KeepKeepsALeak) {
  PreparationSpec spec;
  spec.keep = {"copy"};
  Column copy = survived();
  copy.name = "copy";
  EXPECT_EQ(judge({copy, survived()})["copy"].left_out, "repeats the target 'survived'");
  EXPECT_EQ(judge({copy, survived()}, spec)["copy"].left_out, "");
}

TEST(ColumnsTest, AColumnThatRepeatsAnotherIsLeftOutQuietly) {
  const Column pclass = numbers("pclass", cells([](int i) { return i % 5 % 3 + 1.0; }));
  const Column name =
      categories("class", cells([](int i) { return std::string(1, static_cast<char>('z' - i % 5 % 3)); }));
  auto choices = judge({pclass, name, survived()});
  EXPECT_EQ(choices["pclass"].left_out, "");
  EXPECT_EQ(choices["class"].left_out, "repeats 'pclass'");
  EXPECT_FALSE(choices["class"].warn);
}

TEST(ColumnsTest, ColumnsWhoseValuesAllDifferDoNotRepeatEachOther) {
  const Column a = numbers("a", cells(noise));
  const Column b = numbers("b", cells([](int i) { return noise(i + 13); }));
  EXPECT_EQ(judge({a, b, survived()})["b"].left_out, "");
}

TEST(ColumnsTest, ARegressionTargetInAnotherUnitIsALeak) {
  const Column target = numbers("celsius", cells([](int i) { return 20 + noise(i); }));
  const Column leak = numbers("fahrenheit", cells([](int i) { return 32 + 1.8 * (20 + noise(i)); }));
  const Column near = numbers("near", cells([](int i) { return 20 + noise(i) + 0.01 * noise(i + 7); }));
  const Column gaps = numbers("gaps", cells([](int i) { return i == 3 ? kMissing : noise(i + 5); }));
  auto choices = judge({leak, near, gaps, target}, {}, true);
  EXPECT_EQ(choices["fahrenheit"].left_out, "repeats the target 'celsius'");
  EXPECT_EQ(choices["near"].left_out, "");
  EXPECT_EQ(choices["gaps"].left_out, "");
}

TEST(ColumnsTest, IdentifiersAreLeftOut) {
  const Column names = categories("name", cells([](int i) { return "person " + std::to_string(i); }));
  const Column index = numbers("PassengerId", cells([](int i) { return 892.0 + i; }));
  const Column year = numbers("year", cells([](int i) { return 1900.0 + i; }));
  auto choices = judge({names, index, year, survived()});
  EXPECT_EQ(choices["name"].left_out, "has another text in each row: an identifier");
  EXPECT_EQ(choices["PassengerId"].left_out, "counts the rows: an identifier");
  EXPECT_EQ(choices["year"].left_out, "") << "a running number is none by its name";
}

TEST(ColumnsTest, TooManyCategoriesAndConstantsAreLeftOut) {
  const Column city = categories("city", cells([](int i) { return std::to_string(i % 25); }));
  const Column same = categories("same", cells([](int) { return std::string("x"); }));
  const Column empty = numbers("empty", cells([](int) { return kMissing; }));
  const Column gaps = categories("gaps", cells([](int i) { return std::string(i % 2 == 0 ? "x" : ""); }));
  auto choices = judge({city, same, empty, gaps, survived()});
  EXPECT_EQ(choices["city"].left_out, "has 25 categories in 40 rows, too many to learn from");
  EXPECT_EQ(choices["same"].left_out, "has one value only in the training rows");
  EXPECT_EQ(choices["empty"].left_out, "has no value in any training row");
  EXPECT_EQ(choices["gaps"].left_out, "") << "missing or not is information";
}

TEST(ColumnsTest, ColumnsToIgnoreOrKeepMustBeThere) {
  PreparationSpec spec;
  spec.ignore = {"age"};
  EXPECT_EQ(judge({numbers("age", cells(noise)), survived()}, spec)["age"].left_out, "ignored");
  spec.ignore = {"agee"};
  EXPECT_THAT(error_of([&] {
                judge({numbers("age", cells(noise)), survived()}, spec);
              }),
              HasSubstr("there is no column 'agee' to ignore; the columns are age, survived"));
}

}  // namespace
}  // namespace gradus::internal
