#include "gradus/data/split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "gradus/core/error.h"
#include "gradus/data/table_test_support.h"
#include "tests/support/test_support.h"

namespace gradus::internal {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;

PartSize count(std::size_t rows) {
  return {PartSize::Kind::kCount, 0, rows};
}
PartSize share(double of_rows) {
  return {PartSize::Kind::kShare, of_rows, 0};
}
PartSize none() {
  return {PartSize::Kind::kNone, 0, 0};
}

SplitRows all_rows(std::size_t rows, std::vector<std::int32_t> labels = {}) {
  SplitRows all;
  all.table_rows = rows;
  all.usable.resize(rows);
  std::iota(all.usable.begin(), all.usable.end(), 0U);
  all.labels = std::move(labels);
  return all;
}

SplitSpec spec_of(PartSize validation, PartSize test) {
  SplitSpec spec;
  spec.validation = validation;
  spec.test = test;
  return spec;
}

Parts split_with(const SplitRows& rows, const SplitSpec& spec, std::uint64_t seed = 1) {
  Generator generator(GeneratorKind::kPcg64, seed);
  return split_rows(rows, spec, generator);
}

// Every usable row in exactly one part.
void expect_partition(const Parts& parts, const std::vector<std::uint32_t>& usable) {
  std::vector<std::uint32_t> dealt = parts.train;
  dealt.insert(dealt.end(), parts.validation.begin(), parts.validation.end());
  dealt.insert(dealt.end(), parts.test.begin(), parts.test.end());
  std::ranges::sort(dealt);
  EXPECT_EQ(dealt, usable);
}

TEST(SplitTest, AutomaticPartsAreATenthAndAFifth) {
  const Parts parts = split_with(all_rows(1000), {});
  EXPECT_EQ(parts.train.size(), 700U);
  EXPECT_EQ(parts.validation.size(), 100U);
  EXPECT_EQ(parts.test.size(), 200U);
}

TEST(SplitTest, FewRowsAreNotSpentOnAutomaticParts) {
  EXPECT_EQ(split_with(all_rows(99), {}).validation.size(), 0U);
  EXPECT_EQ(split_with(all_rows(99), {}).test.size(), 20U);
  EXPECT_EQ(split_with(all_rows(9), {}).train.size(), 9U);
}

TEST(SplitTest, TheOrderIsNumPysPermutationCutIntoTrainValidationTest) {
  GRADUS_REQUIRE_FILE(path, shared_path, "expected/radboud_digits_permutation.csv");
  std::vector<std::uint32_t> expected;
  for (const auto& row : test::read_csv_rows(path))
    expected.push_back(static_cast<std::uint32_t>(std::stoul(row[0])));
  ASSERT_EQ(expected.size(), 1797U);
  SplitSpec spec = spec_of(none(), count(899));
  spec.stratify = false;
  const Parts parts = split_with(all_rows(1797, std::vector<std::int32_t>(1797)), spec, 12345);
  EXPECT_EQ(parts.train, std::vector<std::uint32_t>(expected.begin(), expected.begin() + 898));
  EXPECT_EQ(parts.test, std::vector<std::uint32_t>(expected.begin() + 898, expected.end()));
}

TEST(SplitTest, WithoutShufflingThePartsFollowTheFileAndNoGeneratorIsTouched) {
  SplitSpec spec = spec_of(count(2), count(1));
  spec.shuffle = false;
  Generator generator(GeneratorKind::kPcg64, 1);
  const Parts parts = split_rows(all_rows(6, {0, 0, 0, 1, 1, 1}), spec, generator);
  EXPECT_THAT(parts.train, ElementsAre(0, 1, 2));
  EXPECT_THAT(parts.validation, ElementsAre(3, 4));
  EXPECT_THAT(parts.test, ElementsAre(5));
  EXPECT_FALSE(parts.stratified);
  EXPECT_EQ(generator, Generator(GeneratorKind::kPcg64, 1));
}

TEST(SplitTest, TrainCountKeepsTheFrontOfTheTrainingPart) {
  SplitSpec spec = spec_of(count(2), count(1));
  spec.shuffle = false;
  spec.train_count = 2;
  const Parts parts = split_with(all_rows(8), spec);
  EXPECT_THAT(parts.train, ElementsAre(0, 1));
  EXPECT_THAT(parts.validation, ElementsAre(5, 6));
  EXPECT_THAT(parts.test, ElementsAre(7));
}

TEST(SplitTest, AGivenPermutationTakesThePlaceOfTheDrawnOne) {
  SplitSpec spec = spec_of(none(), count(2));
  spec.permutation = {3, 1, 4, 0, 2};
  SplitRows rows = all_rows(5);
  rows.usable = {0, 2, 3, 4};  // row 1 has no target
  const Parts parts = split_with(rows, spec);
  EXPECT_THAT(parts.train, ElementsAre(3, 4));
  EXPECT_THAT(parts.test, ElementsAre(0, 2));
}

TEST(SplitTest, ABadPermutationIsAnError) {
  SplitSpec spec = spec_of(none(), none());
  spec.permutation = {0, 1, 1};
  EXPECT_THAT(error_of([&] { split_with(all_rows(3), spec); }), HasSubstr("names row 1 twice"));
  spec.permutation = {0, 1, 3};
  EXPECT_THAT(error_of([&] { split_with(all_rows(3), spec); }), HasSubstr("names row 3; each of 0 to 2"));
  spec.permutation = {0, 1};
  EXPECT_THAT(error_of([&] { split_with(all_rows(3), spec); }), HasSubstr("has 2 rows; the data has 3"));
}

TEST(SplitTest, TheSourcesOwnTestPartNeverTrains) {
  SplitRows rows = all_rows(300);
  rows.given_test_rows = 100;
  const Parts automatic = split_with(rows, {});
  EXPECT_EQ(automatic.train.size(), 180U);
  EXPECT_EQ(automatic.validation.size(), 20U);
  EXPECT_EQ(automatic.test.size(), 100U);
  EXPECT_EQ(automatic.test.front(), 200U);
  expect_partition(automatic, rows.usable);

  EXPECT_TRUE(split_with(rows, spec_of(none(), none())).test.empty());
  EXPECT_EQ(split_with(rows, spec_of(none(), none())).train.size(), 200U);
  EXPECT_EQ(split_with(rows, spec_of(none(), count(30))).test.back(), 229U);
  EXPECT_EQ(split_with(rows, spec_of(none(), share(0.5))).test.size(), 50U);
  EXPECT_THAT(error_of([&] { split_with(rows, spec_of(none(), count(101))); }),
              HasSubstr("own test part has 100"));
}

TEST(SplitTest, StratifiedPartsHaveEachClassWithinOneOfItsShare) {
  Generator draw(GeneratorKind::kPcg64, 7);
  for (int round = 0; round < 300; ++round) {
    const auto rows = static_cast<std::size_t>(draw.integers(5, 200));
    const auto classes = draw.integers(1, 12);
    std::vector<std::int32_t> labels(rows);
    for (auto& label : labels)
      label = static_cast<std::int32_t>(draw.integers(0, classes) * draw.integers(0, 2));
    const auto validation = static_cast<std::size_t>(draw.integers(1, static_cast<std::int64_t>(rows / 2)));
    const auto test = static_cast<std::size_t>(draw.integers(1, static_cast<std::int64_t>(rows / 2)));
    const SplitRows all = all_rows(rows, labels);
    const Parts parts =
        split_with(all, spec_of(count(validation), count(test)), static_cast<std::uint64_t>(round));
    ASSERT_TRUE(parts.stratified);
    expect_partition(parts, all.usable);
    EXPECT_EQ(parts.validation.size(), validation);
    EXPECT_EQ(parts.test.size(), test);
    for (const auto* part : {&parts.train, &parts.validation, &parts.test}) {
      std::map<std::int32_t, double> of_class;
      for (const std::int32_t label : labels) of_class.try_emplace(label, 0);
      for (const std::uint32_t row : *part) ++of_class[labels[row]];
      for (const auto& [label, here] : of_class) {
        const double ideal = static_cast<double>(std::ranges::count(labels, label)) *
                             static_cast<double>(part->size()) / static_cast<double>(rows);
        EXPECT_LE(std::abs(here - ideal), 1 + 1e-9)
            << "round " << round << ", class " << label << ": " << here << " of " << ideal;
      }
    }
  }
}

TEST(SplitTest, StratifiedPartsKeepTheDrawnOrder) {
  const Parts parts =
      split_with(all_rows(50, std::vector<std::int32_t>(50)), spec_of(count(5), count(10)), 3);
  const auto order = Generator(GeneratorKind::kPcg64, 3).permutation(50);
  EXPECT_EQ(parts.train, std::vector<std::uint32_t>(order.begin(), order.begin() + 35));
  EXPECT_EQ(parts.test, std::vector<std::uint32_t>(order.end() - 10, order.end()));
}

TEST(SplitTest, PartsThatLeaveNothingToTrainOnAreErrors) {
  EXPECT_THAT(error_of([] { split_with(all_rows(10), spec_of(count(4), count(6))); }),
              HasSubstr("4 rows to validate and 6 to test on leave nothing of 10 rows to train on"));
  EXPECT_THAT(error_of([] { split_with(all_rows(10), spec_of(none(), count(~std::size_t{0}))); }),
              HasSubstr("leave nothing"));
  SplitSpec spec = spec_of(count(4), none());
  spec.train_count = 7;
  EXPECT_THAT(error_of([&] { split_with(all_rows(10), spec); }),
              HasSubstr("7 rows to train on were asked for; 6 are left"));
}

TEST(SplitTest, TheDatasOwnTestPartCanBeTheValidationPart) {
  SplitRows rows = all_rows(10);
  rows.given_test_rows = 3;
  SplitSpec spec = spec_of({PartSize::Kind::kOwnTest}, none());
  spec.shuffle = false;
  const Parts parts = split_with(rows, spec);
  EXPECT_EQ(parts.train, (std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(parts.validation, (std::vector<std::uint32_t>{7, 8, 9}));
  EXPECT_TRUE(parts.test.empty());

  EXPECT_THAT(error_of([&] { split_with(rows, spec_of({PartSize::Kind::kOwnTest}, count(1))); }),
              HasSubstr("nothing is left of it to test on"));
  EXPECT_THAT(error_of([&] { split_with(all_rows(10), spec); }), HasSubstr("it has none"));
}

TEST(SplitTest, ASharesRangeIsChecked) {
  for (const double bad : {0.0, 1.0, -0.1, 1.5, test::kMissing}) {
    EXPECT_THAT(error_of([&] { split_with(all_rows(10), spec_of(share(bad), none())); }),
                HasSubstr("between 0 and 1"))
        << bad;
  }
}

}  // namespace
}  // namespace gradus::internal
