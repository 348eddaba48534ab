#include "gradus/data/block_shuffle.h"

#include <algorithm>
#include <numeric>
#include <variant>

#include "gradus/core/error.h"

namespace gradus {

BlockShuffle::BlockShuffle(const Features& features, std::span<const std::uint32_t> rows,
                           const BlockShape& shape)
    : features_(features), rows_(rows), group_blocks_(shape.blocks) {
  GRADUS_ASSERT(features.window().active() && shape.rows > 0 && shape.blocks > 0, shape.rows, shape.blocks);
  for (std::size_t begin = 0; begin < rows.size();) {
    const std::size_t behind = (rows[begin] / shape.rows + 1) * shape.rows;
    const auto end =
        static_cast<std::size_t>(std::ranges::lower_bound(rows.subspan(begin), behind) - rows.begin());
    blocks_.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
    begin = end;
  }
}

void BlockShuffle::deal(std::vector<std::uint32_t>& order, Generator* generator) {
  // From the same blocks in each epoch, so that its order does not depend on the order before.
  std::ranges::sort(blocks_, {}, &Block::begin);
  if (generator != nullptr) generator->shuffle(std::span(blocks_));
  order.resize(rows_.size());
  group_ends_.clear();
  std::size_t place = 0;
  for (std::size_t first = 0; first < blocks_.size(); first += group_blocks_) {
    const std::size_t begin = place;
    for (const Block& block :
         std::span(blocks_).subspan(first, std::min(group_blocks_, blocks_.size() - first))) {
      const std::size_t count = block.end - block.begin;
      const auto at = order.begin() + static_cast<std::ptrdiff_t>(place);
      std::iota(at, at + static_cast<std::ptrdiff_t>(count), block.begin);
      place += count;
    }
    if (generator != nullptr) generator->shuffle(std::span(order).subspan(begin, place - begin));
    group_ends_.push_back(place);
  }
  group_begin_ = group_end_ = 0;
}

void BlockShuffle::enter(std::size_t place) {
  if (place >= rows_.size()) return;
  const auto end = std::ranges::upper_bound(group_ends_, place);
  const auto group = static_cast<std::size_t>(end - group_ends_.begin());
  group_begin_ = group == 0 ? 0 : group_ends_[group - 1];
  group_end_ = *end;
  features_.window().file->release();
  if (group == 0) read_ahead(group);
  if (group + 1 < group_ends_.size()) read_ahead(group + 1);
}

void BlockShuffle::read_ahead(std::size_t group) const {
  const std::size_t first = group * group_blocks_;
  const std::size_t row_bytes = features_.row_bytes();
  const auto* data =
      std::visit([](const auto& stored) { return reinterpret_cast<const char*>(stored.data()); },
                 features_.block->values);
  for (const Block& block :
       std::span(blocks_).subspan(first, std::min(group_blocks_, blocks_.size() - first))) {
    const std::size_t begin = rows_[block.begin];
    const std::size_t end = rows_[block.end - 1] + std::size_t{1};
    features_.window().file->read_ahead(data + begin * row_bytes, (end - begin) * row_bytes);
  }
}

}  // namespace gradus
