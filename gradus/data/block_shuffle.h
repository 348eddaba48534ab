// The order of an epoch over rows that stay in their file: blocks of neighbouring rows in a new order, and within a
// group of blocks, half the window, all rows shuffled. docs/large-data.md tells how far that is from a full shuffle.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "gradus/core/random.h"
#include "gradus/data/transform.h"

namespace gradus {

// How a window is used: blocks of so many rows of the file, so many blocks in a group.
struct BlockShape {
  std::size_t rows = 0;
  std::size_t blocks = 0;
};

// With fewer blocks a group has too little of the file to stand for it.
inline constexpr std::size_t kLeastBlocks = 16;

// Groups of half the window in 256 blocks, fewer where these would be too small to be worth a read.
[[nodiscard]] constexpr BlockShape block_shape(std::size_t window, std::size_t row_bytes) {
  constexpr std::size_t kMostBlocks = 256;
  constexpr std::size_t kLeastBytes = 62'500;  // about what the system brings in at a touch
  const std::size_t bytes = std::max(window / 2 / kMostBlocks, kLeastBytes);
  const std::size_t rows = std::max<std::size_t>(bytes / row_bytes, 1);
  return {rows, window / 2 / (rows * row_bytes)};
}

// One owner; not thread-safe. The group that is trained on is in memory, the next is being read, and what lies behind
// is given back.
class BlockShuffle {
 public:
  // `rows` ascend; they and the features, whose window is active, must outlive it.
  BlockShuffle(const Features& features, std::span<const std::uint32_t> rows, const BlockShape& shape);

  // Positions in `rows`, one epoch of them: drawn from the generator, or of null as the file has them.
  void deal(std::vector<std::uint32_t>& order, Generator* generator);
  // The rows of that order from `place` on are used next.
  void reach(std::size_t place) {
    if (place < group_begin_ || place >= group_end_) enter(place);
  }

 private:
  struct Block {
    std::uint32_t begin = 0;  // positions in `rows`
    std::uint32_t end = 0;
  };

  void enter(std::size_t place);
  void read_ahead(std::size_t group) const;

  const Features& features_;
  std::span<const std::uint32_t> rows_;
  std::size_t group_blocks_;
  std::vector<Block> blocks_;            // as the epoch has them
  std::vector<std::size_t> group_ends_;  // places in the order
  std::size_t group_begin_ = 0;          // of the group that has been entered; none has where both are 0
  std::size_t group_end_ = 0;
};

}  // namespace gradus
