#include "gradus/dist/slice_tree.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gradus {
namespace {

// The tree as it is written: "((01)(23))".
std::string written(SliceRange slices, std::size_t* places = nullptr) {
  std::vector<std::string> held(32);
  std::size_t most = 0;
  sum_slices(
      slices, 0,
      [&](std::size_t slice, std::size_t place) {
        held[place] = std::to_string(slice);
        most = std::max(most, place);
      },
      [&](std::size_t place) { held[place] = "(" + held[place] + held[place + 1] + ")"; });
  if (places != nullptr) *places = most + 1;
  return held[0];
}

TEST(SliceTree, TheTreeCutsAtTheLargestPowerOfTwo) {
  EXPECT_EQ(written({0, 1}), "0");
  EXPECT_EQ(written({0, 3}), "((01)2)");
  EXPECT_EQ(written({0, 8}), "(((01)(23))((45)(67)))");
  EXPECT_EQ(written({0, 6}), "(((01)(23))(45))");
  EXPECT_EQ(written({0, 7}), "(((01)(23))((45)6))");
}

TEST(SliceTree, NeedsAsManyPlacesAsItSays) {
  for (std::size_t slices = 1; slices <= 70; ++slices) {
    std::size_t places = 0;
    (void)written({0, slices}, &places);
    EXPECT_EQ(places, places_for(slices)) << slices << " slices";
  }
}

// What processes make of it: each sums its nodes, then these are added.
TEST(SliceTree, ProcessesSumTheSameTree) {
  for (const std::size_t slices : {1U, 2U, 3U, 5U, 8U, 13U, 16U, 21U}) {
    for (std::size_t processes = 1; processes <= slices; ++processes) {
      const SliceTree tree(slices, processes);
      std::vector<std::string> sums;
      for (const SliceTree::Node& node : tree.nodes()) sums.push_back(written(node.slices));
      for (const auto& [to, from] : tree.additions()) sums[to] = "(" + sums[to] + sums[from] + ")";
      EXPECT_EQ(sums[0], written({0, slices})) << slices << " slices, " << processes << " processes";
    }
  }
}

TEST(SliceTree, EveryProcessHasItsSlicesAndTheirRows) {
  for (const std::size_t slices : {1U, 4U, 7U, 12U}) {
    for (std::size_t processes = 1; processes <= slices; ++processes) {
      const SliceTree tree(slices, processes);
      for (const std::size_t rows : {0U, 1U, 3U, 11U, 12U, 100U}) {
        std::size_t next_row = 0;
        std::size_t next_node = 0;
        for (std::size_t p = 0; p < processes; ++p) {
          EXPECT_EQ(tree.rows_of_process(p, rows).begin, next_row);
          next_row = tree.rows_of_process(p, rows).end;
          const SliceRange nodes = tree.nodes_of(p);
          EXPECT_EQ(nodes.begin, next_node);
          EXPECT_GT(nodes.end, nodes.begin);
          EXPECT_EQ(tree.nodes()[nodes.begin].slices.begin, tree.slices_of(p).begin);
          EXPECT_EQ(tree.nodes()[nodes.end - 1].slices.end, tree.slices_of(p).end);
          next_node = nodes.end;
        }
        EXPECT_EQ(next_row, rows);
        EXPECT_EQ(next_node, tree.nodes().size());
      }
    }
  }
}

}  // namespace
}  // namespace gradus
