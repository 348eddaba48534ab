#include "gradus/data/idx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "gradus/core/checksum.h"
#include "gradus/core/error.h"
#include "gradus/data/reader_test_support.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string idx_header(const std::vector<std::uint32_t>& shape, char type = 0x08) {
  std::string header = {0, 0, type, static_cast<char>(shape.size())};
  for (const std::uint32_t size : shape) {
    for (int shift = 24; shift >= 0; shift -= 8) header += static_cast<char>(size >> shift);
  }
  return header;
}

std::string counting(std::size_t count) {
  std::string values;
  for (std::size_t i = 0; i < count; ++i) values += static_cast<char>(i % 251);
  return values;
}

class IdxTest : public testing::Test {
 protected:
  std::string error_of(const std::string& content, ErrorCode code = ErrorCode::kBadData) {
    const std::filesystem::path path = folder_.write("a-ubyte", content);
    return test::message_of([&] { (void)read_idx(path); }, folder_.path(), code);
  }
  void write_pair(const std::string& part, std::uint32_t pictures, std::uint32_t labels,
                  std::uint32_t rows = 2) {
    folder_.write(part + "-images-idx3-ubyte",
                  idx_header({pictures, rows, 3}) + counting(std::size_t{pictures} * rows * 3));
    folder_.write(part + "-labels-idx1-ubyte", idx_header({labels}) + counting(labels));
  }
  std::string folder_error(ErrorCode code = ErrorCode::kBadData) {
    return test::message_of([&] { (void)read_idx_folder(folder_.path()); }, folder_.path(), code);
  }

  test::TemporaryFolder folder_;
};

TEST_F(IdxTest, ReadsRawAndGzipAlike) {
  const std::string content = idx_header({2, 3, 4}) + counting(24);
  for (const auto& path : {folder_.write("raw", content), folder_.write("a.gz", test::gzip(content))}) {
    const IdxArray array = read_idx(path);
    EXPECT_THAT(array.shape, ElementsAre(2, 3, 4));
    EXPECT_EQ(std::string(array.values.begin(), array.values.end()), counting(24)) << path;
  }
}

TEST_F(IdxTest, AMissingFileIsNotFound) {
  EXPECT_THAT(
      test::message_of([&] { (void)read_idx(folder_.path() / "b"); }, folder_.path(), ErrorCode::kNotFound),
      StartsWith("reading b: No such file"));
}

TEST_F(IdxTest, AnEmptyFileSaysSo) {
  EXPECT_EQ(error_of(""), "reading a-ubyte: the file is empty; expected IDX; get the file again");
  EXPECT_EQ(error_of(test::gzip("")), "reading a-ubyte: the file is empty; expected IDX; get the file again");
}

TEST_F(IdxTest, AWrongMagicIsShown) {
  EXPECT_EQ(error_of("<html>Not found</html>"),
            "reading a-ubyte: it begins with 3c 68 74 6d; expected the IDX magic 00 00 08 and the number of "
            "dimensions");
  EXPECT_THAT(error_of(std::string("\0\0\x08\0", 4)), HasSubstr("begins with 00 00 08 00"));
  EXPECT_THAT(error_of(std::string("\0\x01\x08\x01", 4)), HasSubstr("begins with 00 01 08 01"));
  EXPECT_THAT(error_of(std::string("\0", 1)), HasSubstr("begins with 00;"));
}

TEST_F(IdxTest, OtherTypesAreRefused) {
  EXPECT_EQ(error_of(idx_header({2}, 0x0d) + "12345678"),
            "reading a-ubyte: the type at byte 2 is 0x0d; only unsigned bytes (0x08) are read");
}

TEST_F(IdxTest, AHeaderCutShortNamesTheSize) {
  EXPECT_EQ(error_of(idx_header({2, 3}).substr(0, 10)),
            "reading a-ubyte: it ends inside the header, in size 2 of 2; get the file again");
}

TEST_F(IdxTest, ATruncatedFileNamesBothSizes) {
  EXPECT_EQ(error_of(idx_header({2, 3}) + "12345"),
            "reading a-ubyte: it ends at byte 17; its header (2, 3) promises 18 bytes; get the file again");
  EXPECT_EQ(error_of(test::gzip(idx_header({2, 3}) + "12345")),
            "reading a-ubyte: it ends at byte 17; its header (2, 3) promises 18 bytes; get the file again");
}

TEST_F(IdxTest, AnOversizedFileIsNotReadToItsEnd) {
  const std::string expected =
      "reading a-ubyte: more bytes follow the 18 that its header (2, 3) promises; get the file again";
  EXPECT_EQ(error_of(idx_header({2, 3}) + "1234567"), expected);
  std::string bomb = idx_header({2, 3});
  bomb.resize(10'000'000, 'x');
  EXPECT_EQ(error_of(test::gzip(bomb)), expected);
}

TEST_F(IdxTest, AGzipCutShortNamesTheByte) {
  const std::string packed = test::gzip(idx_header({100, 100}) + counting(10'000));
  EXPECT_EQ(error_of(packed.substr(0, 100)),
            "reading a-ubyte: the gzip data are cut short at byte 100; get the file again");
  EXPECT_THAT(error_of(packed.substr(0, packed.size() - 1)), HasSubstr("cut short"));
}

TEST_F(IdxTest, AHeaderThatPromisesMoreThanTheFileCanHoldCostsNoMemory) {
  EXPECT_EQ(error_of(idx_header({60'000, 28, 28}) + "1234"),
            "reading a-ubyte: its header (60000, 28, 28) promises 47040000 bytes; the file can hold 20 at "
            "most; get the file "
            "again");
  EXPECT_THAT(error_of(test::gzip(idx_header({0xffffffff, 0xffff}) + "1234")),
              HasSubstr("promises 281470681677825 bytes; the file can hold"));
}

TEST_F(IdxTest, AProductThatWrapsIsNoticed) {
  // 2^32-sized products wrap to a small number in 64 bits.
  EXPECT_THAT(error_of(idx_header({0x80000000, 0x80000000, 4}) + "1234"),
              HasSubstr("promises too many bytes"));
}

TEST_F(IdxTest, AFolderGivesOneBlockWithTheTestPartAtItsEnd) {
  write_pair("train", 5, 5);
  write_pair("t10k", 2, 2);
  const Table table = read_idx_folder(folder_.path());
  EXPECT_EQ(table.rows, 7u);
  EXPECT_EQ(table.given_test_rows, 2u);
  EXPECT_EQ(table.default_target, "label");
  ASSERT_NE(table.block, nullptr);
  EXPECT_EQ(table.block->cols, 6u);
  EXPECT_EQ(table.block->picture_rows, 2u);
  EXPECT_EQ(table.block->picture_cols, 3u);
  EXPECT_EQ(table.column_list(), "pixel0..pixel5, label");
  const auto& pixels = std::get<SharedArray<std::uint8_t>>(table.block->values);
  EXPECT_EQ(std::string(pixels.begin(), pixels.end()), counting(30) + counting(12));
  EXPECT_THAT(table.columns[0].numbers, ElementsAre(0, 1, 2, 3, 4, 0, 1));
}

TEST_F(IdxTest, AFolderNeedsNoTestPartAndTakesDotsAndGzip) {
  folder_.write("train-images.idx3-ubyte", idx_header({2, 1, 2}) + "abcd");
  folder_.write("train-labels.idx1-ubyte.gz", test::gzip(idx_header({2}) + "\x01\x02"));
  const Table table = read_idx_folder(folder_.path());
  EXPECT_EQ(table.rows, 2u);
  EXPECT_EQ(table.given_test_rows, 0u);
}

TEST_F(IdxTest, CountsThatDisagreeNameBoth) {
  write_pair("train", 5, 4);
  EXPECT_EQ(folder_error(),
            "reading train-images-idx3-ubyte: it has 5 pictures; train-labels-idx1-ubyte has 4 labels; take "
            "both files from one "
            "source");
}

TEST_F(IdxTest, PictureSizesThatDisagreeNameBoth) {
  write_pair("train", 5, 5);
  write_pair("t10k", 2, 2, 4);
  EXPECT_EQ(folder_error(),
            "reading t10k-images-idx3-ubyte: its pictures are 4x3; those for training are 2x3; take both "
            "from one source");
}

TEST_F(IdxTest, SwappedFilesAreNoticedByTheirDimensions) {
  folder_.write("train-images-idx3-ubyte", idx_header({2}) + "12");
  folder_.write("train-labels-idx1-ubyte", idx_header({2, 1, 1}) + "12");
  EXPECT_EQ(folder_error(),
            "reading train-images-idx3-ubyte: its shape is (2,); expected (pictures, rows, columns)");
  folder_.write("train-images-idx3-ubyte", idx_header({2, 1, 1}) + "12");
  EXPECT_EQ(folder_error(), "reading train-labels-idx1-ubyte: its shape is (2, 1, 1); expected (labels,)");
}

TEST_F(IdxTest, AFileOfNoPicturesSaysSo) {
  write_pair("train", 0, 0);
  EXPECT_EQ(folder_error(), "reading train-images-idx3-ubyte: its shape is (0, 2, 3); it holds no pictures");
}

TEST_F(IdxTest, MissingFilesAreNamed) {
  EXPECT_THAT(folder_error(ErrorCode::kNotFound),
              HasSubstr("it has no training files; expected train-images-idx3-ubyte[.gz]"));
  write_pair("train", 5, 5);
  folder_.write("t10k-images-idx3-ubyte", idx_header({1, 2, 3}) + "123456");
  EXPECT_THAT(folder_error(ErrorCode::kNotFound),
              HasSubstr("there is t10k-images-idx3-ubyte but no t10k-labels-idx1-ubyte[.gz]"));
  std::filesystem::rename(folder_.path() / "t10k-images-idx3-ubyte",
                          folder_.path() / "t10k-labels-idx1-ubyte");
  EXPECT_THAT(folder_error(ErrorCode::kNotFound),
              HasSubstr("there is t10k-labels-idx1-ubyte but no t10k-images-idx3-ubyte[.gz]"));
  EXPECT_THAT(test::message_of([] { (void)read_idx_folder("/absent"); }, "", ErrorCode::kNotFound),
              HasSubstr("no such folder"));
}

TEST(MnistTest, IsReadToTheLastByte) {
  GRADUS_REQUIRE_FILE(folder, data_path, "mnist");
  const Table table = read_idx_folder(folder);
  EXPECT_EQ(table.rows, 70'000u);
  EXPECT_EQ(table.given_test_rows, 10'000u);
  const auto& pixels = std::get<SharedArray<std::uint8_t>>(table.block->values);
  Sha256 checksum;  // of the test part, as its uncompressed file has it
  checksum.add(idx_header({10'000, 28, 28}));
  checksum.add(std::as_bytes(std::span(pixels).last(7'840'000)));
  EXPECT_EQ(checksum.hex(), "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7");
  EXPECT_EQ(table.columns[0].numbers[0], 5);
  EXPECT_EQ(table.columns[0].numbers[60'000], 7);
}

}  // namespace
}  // namespace gradus
