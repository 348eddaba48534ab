// Which rows an epoch takes in which order where they stay in their file.
#include "gradus/data/block_shuffle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "gradus/data/dataset.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

constexpr std::size_t kRows = 4000;
constexpr std::size_t kCols = 16;  // a byte each
constexpr std::size_t kBlockRows = 4;
constexpr std::size_t kBlocks = 64;  // of a group
constexpr std::size_t kGroupRows = kBlockRows * kBlocks;

class BlockShuffleTest : public testing::Test {
 protected:
  BlockShuffleTest() {
    const auto path = folder_.write("rows", std::string(kRows * kCols, 'x'));
    auto block = std::make_shared<FeatureBlock>();
    block->cols = kCols;
    block->window = {std::make_shared<const MappedFile>(path), 2 * kGroupRows * kCols};
    const std::string_view bytes = block->window.file->bytes();
    block->values = SharedArray<std::uint8_t>(
        block->window.file, std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
    auto features = std::make_shared<Features>();
    features->rows = kRows;
    features->cols = kCols;
    features->block = std::move(block);
    part_.features = std::move(features);
    part_.rows.resize(kRows);
    std::iota(part_.rows.begin(), part_.rows.end(), 0U);
  }

  [[nodiscard]] BlockShuffle blocks() const { return {*part_.features, part_.rows, {kBlockRows, kBlocks}}; }
  [[nodiscard]] std::vector<std::uint32_t> order(std::uint64_t seed, int epoch = 0) const {
    Generator generator(GeneratorKind::kPcg64, seed);
    BlockShuffle shuffle = blocks();
    std::vector<std::uint32_t> taken;
    for (int i = 0; i <= epoch; ++i) shuffle.deal(taken, &generator);
    return taken;
  }

  test::TemporaryFolder folder_;
  Dataset part_;
};

TEST_F(BlockShuffleTest, AnEpochTakesEveryRowOnce) {
  std::vector<std::uint32_t> taken = order(1);
  std::ranges::sort(taken);
  EXPECT_EQ(taken, part_.rows);
}

TEST_F(BlockShuffleTest, TheSeedAndTheEpochMakeTheOrder) {
  EXPECT_EQ(order(1), order(1));
  EXPECT_NE(order(1), order(2));
  EXPECT_NE(order(1), order(1, 1));
}

// What a resumed run relies on: the generator's state alone decides, not the epochs that this object has seen.
TEST_F(BlockShuffleTest, AnEpochDoesNotDependOnThoseBeforeButForTheGenerator) {
  Generator generator(GeneratorKind::kPcg64, 5);
  BlockShuffle first = blocks();
  std::vector<std::uint32_t> taken;
  first.deal(taken, &generator);
  Generator copy = generator;
  first.deal(taken, &generator);
  std::vector<std::uint32_t> resumed;
  blocks().deal(resumed, &copy);
  EXPECT_EQ(taken, resumed);
}

TEST_F(BlockShuffleTest, AGroupConsistsOfWholeBlocksAndIsShuffledThrough) {
  const std::vector<std::uint32_t> taken = order(3);
  for (std::size_t begin = 0; begin < kRows; begin += kGroupRows) {
    const auto group = std::span(taken).subspan(begin, std::min(kGroupRows, kRows - begin));
    std::set<std::uint32_t> blocks;
    for (const std::uint32_t row : group) blocks.insert(row / kBlockRows);
    EXPECT_EQ(blocks.size() * kBlockRows, group.size());
    EXPECT_GT(*blocks.rbegin() - *blocks.begin(), group.size() / kBlockRows) << "neighbours only";
    EXPECT_FALSE(std::ranges::is_sorted(group));
  }
}

TEST_F(BlockShuffleTest, WithoutShufflingTheFilesOrderStays) {
  std::vector<std::uint32_t> taken;
  blocks().deal(taken, nullptr);
  EXPECT_EQ(taken, part_.rows);
}

// Blocks are of rows of the file: those of another part are gaps in them.
TEST_F(BlockShuffleTest, RowsOfOtherPartsLeaveGaps) {
  std::erase_if(part_.rows, [](std::uint32_t row) { return row % 3 == 1 || (row >= 100 && row < 200); });
  std::vector<std::uint32_t> taken = order(1);
  EXPECT_EQ(taken.size(), part_.rows.size());
  std::set<std::uint32_t> blocks;
  for (const std::uint32_t position : std::span(taken).first(150))
    blocks.insert(part_.rows[position] / kBlockRows);
  EXPECT_LE(blocks.size(), kBlocks);
  std::ranges::sort(taken);
  for (std::size_t i = 0; i < taken.size(); ++i) ASSERT_EQ(taken[i], i);
}

TEST_F(BlockShuffleTest, AnyPlaceOfTheOrderCanBeReached) {
  Generator generator(GeneratorKind::kPcg64, 1);
  BlockShuffle shuffle = blocks();
  std::vector<std::uint32_t> taken;
  shuffle.deal(taken, &generator);
  for (const std::size_t place : {std::size_t{0}, kRows - 1, kGroupRows, std::size_t{7}, kRows, kRows + 5}) {
    shuffle.reach(place);
    EXPECT_EQ(part_.features->at(part_.rows[taken[place % kRows]], 0), 'x');
  }
}

TEST(BlockShape, AGroupIsHalfTheWindow) {
  EXPECT_EQ(block_shape(500'000'000, 3136).rows, 311u);
  EXPECT_EQ(block_shape(500'000'000, 3136).blocks, 256u);
  EXPECT_EQ(block_shape(8'000'000, 784).rows, 79u) << "small windows have fewer blocks, not smaller ones";
  EXPECT_EQ(block_shape(8'000'000, 784).blocks, 64u);
  EXPECT_EQ(block_shape(8'000'000, 250'000).blocks, 16u);
  EXPECT_EQ(block_shape(8'000'000, 5'000'000).blocks, 0u);
}

}  // namespace
}  // namespace gradus
