#include "gradus/core/byte_size.h"

#include <gtest/gtest.h>

namespace gradus {
namespace {

TEST(ByteSize, UnitsAreThoseOfThousandsAndOf1024) {
  EXPECT_EQ(parse_bytes("0"), 0u);
  EXPECT_EQ(parse_bytes("1000000"), 1'000'000u);
  EXPECT_EQ(parse_bytes("17B"), 17u);
  EXPECT_EQ(parse_bytes("500MB"), 500'000'000u);
  EXPECT_EQ(parse_bytes("2 GB"), 2'000'000'000u);
  EXPECT_EQ(parse_bytes("64MiB"), std::size_t{64} << 20);
  EXPECT_EQ(parse_bytes("3kib"), 3072u);
  EXPECT_EQ(parse_bytes("1TiB"), std::size_t{1} << 40);
}

TEST(ByteSize, OtherTextsAreNoSize) {
  for (const char* text : {"", "MB", "-1", "-5MB", "+5MB", "1.5GB", "5  MB", "5MBs", "5 M", " 5", "0x10",
                           "nan", "18446744073709551616", "9000000TB"}) {
    EXPECT_FALSE(parse_bytes(text)) << text;
  }
}

}  // namespace
}  // namespace gradus
