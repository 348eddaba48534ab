#include "gradus/data/table.h"

#include <gtest/gtest.h>

namespace gradus {
namespace {

Table digits_like() {
  Table table;
  auto block = std::make_shared<FeatureBlock>();
  block->prefix = "pixel";
  block->cols = 64;
  table.block = std::move(block);
  table.columns.resize(1);
  table.columns[0].name = "digit";
  return table;
}

TEST(TableTest, FindsAColumnByItsName) {
  const Table table = digits_like();
  EXPECT_EQ(table.find("digit"), &table.columns[0]);
  EXPECT_EQ(table.find("Digit"), nullptr);
  EXPECT_EQ(table.find("pixel0"), nullptr) << "features of the block are no columns";
}

TEST(TableTest, ListsTheBlockAsARange) {
  EXPECT_EQ(digits_like().column_list(), "pixel0..pixel63, digit");
}

TEST(TableTest, ListsABlockOfOneByItsName) {
  Table table;
  auto block = std::make_shared<FeatureBlock>();
  block->prefix = "x";
  block->cols = 1;
  table.block = block;
  EXPECT_EQ(table.column_list(), "x0");
}

TEST(TableTest, CutsALongListAndSaysHowManyThereAre) {
  Table table;
  table.columns.resize(500);
  for (std::size_t i = 0; i < 500; ++i) table.columns[i].name = "c" + std::to_string(i);
  EXPECT_TRUE(table.column_list().ends_with("c28, c29, ... (500 columns)")) << table.column_list();
}

TEST(TableTest, AnEmptyTableHasAnEmptyList) {
  EXPECT_EQ(Table().column_list(), "");
}

}  // namespace
}  // namespace gradus
