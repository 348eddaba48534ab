#include "gradus/nn/parameter_layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "gradus/core/buffer.h"

namespace gradus {
namespace {

ParameterTable table_of(const std::vector<std::size_t>& hidden) {
  return parameter_table(multilayer_perceptron(13, hidden, 10, Activation::kTanh, Activation::kIdentity, true,
                                               Normalization::kBatch));
}

std::vector<float> numbered(std::size_t size) {
  std::vector<float> values(size);
  std::iota(values.begin(), values.end(), 1.0F);
  return values;
}

TEST(ParameterLayout, FlatIsTheTable) {
  const ParameterTable table = table_of({20, 7});
  const ParameterLayout layout = ParameterLayout::flat(table);
  EXPECT_TRUE(layout.is_flat());
  EXPECT_EQ(layout.size(), table.block_size);
  EXPECT_EQ(layout.trained_size(), table.trained_size);
  const std::vector<float> flat = numbered(table.block_size);
  std::vector<float> moved(layout.size());
  to_layout<float>(table, layout, flat, moved);
  for (const ParameterInfo& tensor : table.tensors) {
    for (std::size_t i = 0; i < tensor.size(); ++i)
      EXPECT_EQ(moved[tensor.offset + i], flat[tensor.offset + i]) << tensor.name << " " << i;
  }
}

TEST(ParameterLayout, OfATeamGivesEveryColumnToOneMemberAndComesBack) {
  for (const std::size_t members : {1u, 2u, 3u, 8u}) {
    const ParameterTable table = table_of({300, 64, 5});
    const ParameterLayout layout = ParameterLayout::of_team<float>(table, members);
    EXPECT_FALSE(layout.is_flat());
    for (std::size_t t = 0; t < table.tensors.size(); ++t) {
      const ParameterInfo& tensor = table.tensors[t];
      EXPECT_EQ(layout.blocks(t).size(), tensor.is_weight ? members : 1) << tensor.name;
      std::size_t next = 0;
      for (const ColumnBlock& block : layout.blocks(t)) {
        EXPECT_EQ(block.columns.begin, next) << tensor.name << " of " << members;
        EXPECT_EQ(block.offset % (kAlignment / sizeof(float)), 0u) << tensor.name;
        EXPECT_LE(block.columns.end - block.columns.begin, block.width) << tensor.name;
        EXPECT_LE(block.width, block.stride) << tensor.name;
        EXPECT_EQ(block.offset >= layout.trained_size(), tensor.is_buffer && block.width > 0) << tensor.name;
        next = block.columns.end;
      }
      EXPECT_EQ(next, tensor.cols) << tensor.name << " of " << members;
    }

    const std::vector<float> flat = numbered(table.block_size);
    std::vector<float> moved(layout.size(), 0.0F);
    to_layout<float>(table, layout, flat, moved);
    // Every parameter once, and zeros: none was written over by another one.
    EXPECT_EQ(std::ranges::count_if(moved, [](float value) { return value != 0; }),
              std::accumulate(table.tensors.begin(), table.tensors.end(), std::ptrdiff_t{0},
                              [](std::ptrdiff_t sum, const ParameterInfo& tensor) {
                                return sum + static_cast<std::ptrdiff_t>(tensor.size());
                              }));
    std::vector<float> back(table.block_size, -1.0F);
    from_layout<float>(table, layout, moved, back);
    for (const ParameterInfo& tensor : table.tensors) {
      for (std::size_t i = 0; i < tensor.size(); ++i)
        EXPECT_EQ(back[tensor.offset + i], flat[tensor.offset + i]) << tensor.name << " " << i;
    }
  }
}

}  // namespace
}  // namespace gradus
