// Vectors of FIPS 180-4 and of NIST's examples.
#include "gradus/core/checksum.h"

#include <gtest/gtest.h>

#include <vector>

#include "gradus/core/checksum_blocks.h"

namespace gradus {
namespace {

std::string sha256(std::string_view text) {
  Sha256 hash;
  hash.add(text);
  return hash.hex();
}

TEST(Sha256, AgreesWithThePublishedVectors) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
                   "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"),
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnHowTheTextIsCut) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>('0' + i % 71);
  const std::string whole = sha256(text);
  for (std::size_t piece = 1; piece <= 130; ++piece) {
    Sha256 hash;
    for (std::size_t at = 0; at < text.size(); at += piece)
      hash.add(std::string_view(text).substr(at, piece));
    ASSERT_EQ(hash.hex(), whole) << "in pieces of " << piece;
  }
}

TEST(Sha256, TellsTheHashOfEveryLengthAsItGrows) {
  Sha256 growing;
  std::string text;
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(growing.hex(), sha256(text)) << text.size() << " bytes";
    growing.add("x");
    text += 'x';
  }
}

TEST(Sha256, TheProcessorsInstructionsGiveTheSameState) {
  if (!internal::has_sha_instructions()) GTEST_SKIP() << "this processor has none";
  std::vector<std::byte> blocks(std::size_t{20} * 64);
  std::uint32_t value = 1;
  for (std::byte& byte : blocks) byte = static_cast<std::byte>((value = value * 1664525 + 1013904223) >> 24);
  for (std::size_t count = 0; count <= 20; ++count) {
    internal::Sha256State plain = {1, 2, 3, 0xffffffff, 5, 6, 7, 8};
    internal::Sha256State quick = plain;
    internal::add_blocks_plainly(plain, std::span(blocks).first(count * 64));
    internal::add_blocks_by_instructions(quick, std::span(blocks).first(count * 64));
    ASSERT_EQ(plain, quick) << count << " blocks";
  }
}

}  // namespace
}  // namespace gradus
