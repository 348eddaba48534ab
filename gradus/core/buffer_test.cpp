#include "gradus/core/buffer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <new>

namespace gradus {
namespace {

TEST(AlignedBuffer, IsAlignedZeroFilledAndPaddedToWholeCacheLines) {
  for (const std::size_t size : {1u, 15u, 16u, 17u, 1000u}) {
    const AlignedBuffer<float> buffer(size);
    ASSERT_EQ(buffer.size(), size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % kAlignment, 0u) << "size " << size;
    const std::size_t padded = (size + 15) / 16 * 16;
    for (std::size_t i = 0; i < padded; ++i)
      ASSERT_EQ(buffer.data()[i], 0.0f) << "size " << size << ", element " << i;
  }
}

TEST(AlignedBuffer, OfNothingHoldsNothing) {
  EXPECT_EQ(AlignedBuffer<double>().data(), nullptr);
  EXPECT_EQ(AlignedBuffer<double>(0).data(), nullptr);
  EXPECT_TRUE(AlignedBuffer<double>(0).span().empty());
}

TEST(AlignedBuffer, MovesItsMemoryAndIsEmptyAfterwards) {
  AlignedBuffer<int> first(3);
  first[2] = 7;
  const int* memory = first.data();
  AlignedBuffer<int> second(std::move(first));
  EXPECT_EQ(second.data(), memory);
  EXPECT_EQ(second[2], 7);
  EXPECT_EQ(first.data(), nullptr);  // NOLINT(bugprone-use-after-move): the state after a move is promised
  EXPECT_EQ(first.size(), 0u);

  AlignedBuffer<int> third(5);
  third = std::move(second);
  EXPECT_EQ(third.data(), memory);
  EXPECT_EQ(third.size(), 3u);
  EXPECT_EQ(second.size(), 0u);  // NOLINT(bugprone-use-after-move)
}

TEST(AlignedBuffer, RefusesSizesThatOverflow) {
  constexpr std::size_t kMax = std::numeric_limits<std::size_t>::max();
  EXPECT_THROW(AlignedBuffer<double>(kMax / 8 + 1), std::bad_alloc);  // the product overflows
  EXPECT_THROW(AlignedBuffer<char>{kMax}, std::bad_alloc);            // the padding overflows
  EXPECT_THROW(AlignedBuffer<double>(kMax / 8), std::bad_alloc);
}

}  // namespace
}  // namespace gradus
