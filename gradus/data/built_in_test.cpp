#include "gradus/data/built_in.h"

#include <gtest/gtest.h>

#include "gradus/core/error.h"
#include "gradus/data/table_test_support.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

TEST(BuiltInTest, DigitsComeOutOfTheProgram) {
  const Table table = load_table("digits");
  EXPECT_EQ(table.rows, 1797U);
  EXPECT_EQ(table.column_list(), "pixel0..pixel63, digit");
  EXPECT_EQ(table.default_target, "digit");
  EXPECT_EQ(table.block->picture_rows, 8U);
  EXPECT_EQ(table.block->picture_cols, 8U);
  const auto& pixels = std::get<SharedArray<std::uint8_t>>(table.block->values);
  ASSERT_EQ(pixels.size(), 1797U * 64);
  EXPECT_EQ(std::vector<int>(pixels.begin(), pixels.begin() + 8),
            (std::vector<int>{0, 0, 5, 13, 9, 1, 0, 0}));
  EXPECT_EQ(*std::ranges::max_element(pixels), 16);
  const SharedArray<double>& digits = table.columns[0].numbers;
  EXPECT_EQ(std::ranges::count_if(digits, [](double digit) { return digit < 5; }), 901) << "50.14 % of 1,797";
}

TEST(BuiltInTest, EveryListedSetButMnistLoads) {
  for (const BuiltIn& set : built_in_sets()) {
    if (set.name == "mnist") continue;
    const Table table = load_table(std::string(set.name));
    EXPECT_GT(table.rows, 0U) << set.name;
    EXPECT_NE(table.find(table.default_target), nullptr) << set.name;
    EXPECT_EQ(table.source, set.name);
  }
}

TEST(BuiltInTest, SamplesAndSeedReachTheGeneratedSets) {
  EXPECT_EQ(load_table("xor", {.data_folder = {}, .seed = 3, .samples = 12}).rows, 12U);
}

TEST(BuiltInTest, MnistThatIsNotThereSaysWhereItWasSoughtAndHowToGetIt) {
  const test::TemporaryFolder folder;
  const SourceOptions options{.data_folder = folder.path(), .seed = 0, .samples = 0};
  const std::string message = test::error_of([&] { static_cast<void>(load_table("mnist", options)); });
  EXPECT_NE(message.find((folder.path() / "mnist").string()), std::string::npos) << message;
  EXPECT_NE(message.find("gradus data fetch mnist"), std::string::npos) << message;
}

TEST(BuiltInTest, MnistLoadsWithItsOwnTestPart) {
  GRADUS_REQUIRE_FILE(folder, data_path, "mnist");
  const Table table = load_table("mnist", {.data_folder = folder.parent_path(), .seed = 0, .samples = 0});
  EXPECT_EQ(table.rows, 70'000U);
  EXPECT_EQ(table.given_test_rows, 10'000U);
  EXPECT_EQ(table.block->cols, 784U);
}

}  // namespace
}  // namespace gradus
