#include "gradus/data/gzip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/data/reader_test_support.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using ::testing::HasSubstr;

// Reads in pieces of `piece` bytes, as callers do that know a part of the content only.
std::string read_all(GzipReader reader, std::size_t piece) {
  std::string content;
  std::vector<std::byte> buffer(piece);
  while (true) {
    const std::size_t count = reader.read(buffer);
    content.append(reinterpret_cast<const char*>(buffer.data()), count);
    if (count < piece) return content;
  }
}

std::string message_of(const std::string& bytes) {
  try {
    const std::string content = read_all(GzipReader(bytes, "t.gz"), 100);
    return "read " + std::to_string(content.size()) + " bytes";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadData);
    return error.what();
  }
}

std::string long_text() {
  std::string text;
  for (int i = 0; text.size() < 300'000; ++i) text += std::to_string(i * 7919 % 100'003) + ",";
  return text;
}

TEST(GzipTest, ReadsWhatWasCompressedInPiecesOfAnySize) {
  const std::string text = long_text();
  const std::string packed = test::gzip(text);
  for (const std::size_t piece : {1u, 7u, 65'536u, 1'000'000u}) {
    EXPECT_EQ(read_all(GzipReader(packed, "t.gz"), piece), text) << "pieces of " << piece;
  }
}

TEST(GzipTest, PassesRawBytesThrough) {
  const std::string text = long_text();
  GzipReader reader(text, "t");
  EXPECT_FALSE(reader.compressed());
  EXPECT_EQ(reader.capacity(), text.size());
  EXPECT_EQ(read_all(std::move(reader), 1000), text);
  for (const std::size_t piece : {65'535u, 65'536u, 100'000u, 1'000'000u}) {
    EXPECT_EQ(read_all(GzipReader(text, "t"), piece), text) << "pieces of " << piece;
  }
  EXPECT_EQ(read_all(GzipReader("", "t"), 10), "");
  EXPECT_EQ(read_all(GzipReader("\x1f", "t"), 10), "\x1f");
  EXPECT_EQ(read_all(GzipReader("\x1f\x8c", "t"), 10), "\x1f\x8c");
}

TEST(GzipTest, ReadsSeveralMembersAsOneContent) {
  EXPECT_EQ(read_all(GzipReader(test::gzip("one ") + test::gzip("") + test::gzip("two"), "t.gz"), 3),
            "one two");
}

TEST(GzipTest, ReadsFilesLikeMemory) {
  const test::TemporaryFolder folder;
  const std::string text = long_text();
  GzipReader reader(folder.write("t.gz", test::gzip(text)));
  EXPECT_TRUE(reader.compressed());
  EXPECT_GE(reader.capacity(), text.size());
  EXPECT_EQ(read_all(std::move(reader), 12'345), text);
  EXPECT_EQ(read_all(GzipReader(folder.write("t", text)), 200'000), text) << "raw";
}

TEST(GzipTest, AMissingFileIsNotFoundAndAFolderCannotBeRead) {
  const test::TemporaryFolder folder;
  try {
    GzipReader reader(folder.path() / "absent.gz");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_THAT(error.what(), HasSubstr("absent.gz: No such file"));
  }
  try {
    GzipReader reader(folder.path());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kFile);
    EXPECT_THAT(error.what(), HasSubstr("Is a directory"));
  }
}

TEST(GzipTest, EveryCutIsNoticedWhereverItFalls) {
  const std::string packed = test::gzip("the quick brown fox jumps over the lazy dog");
  for (std::size_t length = 2; length < packed.size(); ++length) {
    EXPECT_EQ(message_of(packed.substr(0, length)), "reading t.gz: the gzip data are cut short at byte " +
                                                        std::to_string(length) + "; get the file again");
  }
}

TEST(GzipTest, AFlippedBitIsNoticedByTheChecksum) {
  std::string packed = test::gzip(long_text());
  packed[packed.size() - 6] ^= 1;  // in the CRC
  EXPECT_THAT(message_of(packed), HasSubstr("the gzip data are damaged near byte"));
  EXPECT_THAT(message_of(packed), HasSubstr("incorrect data check"));
}

TEST(GzipTest, BytesBehindTheDataAreAnError) {
  EXPECT_THAT(message_of(test::gzip("abc") + "junk"),
              HasSubstr("other bytes follow the gzip data at byte 23"));
}

TEST(GzipTest, RawDeflateHasToGiveExactlyTheDeclaredSize) {
  const std::string text = long_text();
  const std::string packed = test::deflate_raw(text);
  std::string out;
  EXPECT_TRUE(inflate_raw(packed, text.size(), out));
  EXPECT_EQ(out, text);
  EXPECT_FALSE(inflate_raw(packed, text.size() - 1, out));
  EXPECT_FALSE(inflate_raw(packed, text.size() + 1, out));
  EXPECT_FALSE(inflate_raw(packed.substr(0, packed.size() / 2), text.size(), out));
  EXPECT_FALSE(inflate_raw(packed + "x", text.size(), out));
  EXPECT_FALSE(inflate_raw("", text.size(), out));
}

}  // namespace
}  // namespace gradus
