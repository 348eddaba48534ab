// X.npy and y.npy of a folder as a table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "gradus/core/error.h"
#include "gradus/data/npz.h"
#include "gradus/data/npz_test_support.h"
#include "gradus/data/reader_test_support.h"
#include "gradus/data/source.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using test::bytes_of;
using test::npy_with_header;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// As numpy.save writes it: the values begin at a multiple of 64.
std::string saved(const std::string& descr, const std::string& shape, const std::string& data,
                  const std::string& order = "False") {
  std::string header = "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
  header.resize(64 * 3 - 10 - 1, ' ');
  return npy_with_header(header + "\n", data);
}

class NpyFolderTest : public testing::Test {
 protected:
  Table read(const std::string& x, const std::string& y) {
    folder_.write("X.npy", x);
    folder_.write("y.npy", y);
    return load_table(folder_.path().string());
  }
  std::string error_of(const std::string& x, const std::string& y, ErrorCode code = ErrorCode::kBadData) {
    return in_folder(test::message_of([&] { (void)read(x, y); }, folder_.path(), code));
  }
  std::string load_error(ErrorCode code) {
    return in_folder(
        test::message_of([&] { (void)load_table(folder_.path().string()); }, folder_.path(), code));
  }
  std::string in_folder(std::string message) {
    const std::string path = folder_.path().string();
    if (const std::size_t at = message.find(path); at != message.npos)
      message.replace(at, path.size(), "DATA");
    return message;
  }

  const std::string x_ = saved("<f4", "(3, 2)", bytes_of<float>({1, 2, 3, 4, 5, 6}));
  const std::string y_ = saved("<i8", "(3,)", bytes_of<std::int64_t>({0, 2, 1}));
  test::TemporaryFolder folder_;
};

TEST_F(NpyFolderTest, XIsTheBlockAndYTheTarget) {
  const Table table = read(x_, y_);
  EXPECT_EQ(table.rows, 3u);
  EXPECT_EQ(table.default_target, "y");
  EXPECT_EQ(table.column_list(), "x0..x1, y");
  EXPECT_THAT(std::get<SharedArray<float>>(table.block->values), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(table.columns[0].numbers, ElementsAre(0, 2, 1));
}

TEST_F(NpyFolderTest, XStaysInItsFile) {
  const Table table = read(x_, y_);
  const std::string changed = bytes_of<float>({7});
  std::fstream file(folder_.path() / "X.npy", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(x_.size() - sizeof(float)));
  file << changed << std::flush;
  EXPECT_THAT(std::get<SharedArray<float>>(table.block->values), ElementsAre(1, 2, 3, 4, 5, 7));
}

TEST_F(NpyFolderTest, DoublesBytesAndTextLabelsAreRead) {
  const Table doubles = read(saved("<f8", "(2, 1)", bytes_of<double>({1.5, -2})), saved("|S1", "(2,)", "ba"));
  EXPECT_THAT(std::get<SharedArray<double>>(doubles.block->values), ElementsAre(1.5, -2));
  EXPECT_THAT(doubles.columns[0].categories, ElementsAre("a", "b"));
  const Table bytes = read(saved("|u1", "(3, 1)", "abc"), y_);
  EXPECT_THAT(std::get<SharedArray<std::uint8_t>>(bytes.block->values), ElementsAre('a', 'b', 'c'));
}

TEST_F(NpyFolderTest, XThatCannotBeUsedWhereItLiesSaysHowToSaveIt) {
  const auto error = [&](const std::string& x) { return error_of(x, y_, ErrorCode::kUnsupported); };
  for (const std::string type : {"<i8", "<i2", ">f4", "|b1"}) {
    EXPECT_EQ(error(saved(type, "(1, 8)", std::string(8 * static_cast<std::size_t>(type[2] - '0'), '\0'))),
              "reading X.npy: its type is '" + type +
                  "'; it is used where it lies, so expected little-endian float32, float64 or uint8; save it "
                  "with astype(\"float32\")");
  }
  EXPECT_EQ(error(saved("<f4", "(3, 2)", bytes_of<float>({1, 2, 3, 4, 5, 6}), "True")),
            "reading X.npy: its values are in Fortran order; it is used where it lies, so expected C order; "
            "save it with numpy.ascontiguousarray");
  EXPECT_EQ(error(npy_with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1) }\n", "1234")),
            "reading X.npy: its values begin at byte 69, no multiple of their 4 bytes; save it again with "
            "numpy.save");
}

TEST_F(NpyFolderTest, ShapesThatDoNotFitAreNamed) {
  EXPECT_EQ(error_of(x_, saved("<i8", "(2,)", bytes_of<std::int64_t>({0, 1}))),
            "reading DATA: y has shape (2,); expected (3,), one value per row of X");
  EXPECT_EQ(error_of(saved("<f4", "(0, 2)", ""), y_),
            "reading DATA: X has shape (0, 2); expected (samples, features), at least one of each");
  EXPECT_THAT(error_of(saved("<f4", "()", bytes_of<float>({1})), y_), HasSubstr("X has shape ()"));
}

// A file with a hole takes no place on the disk.
TEST_F(NpyFolderTest, MoreRowsThanAreCountedAreRefused) {
  const std::string header = saved("|u1", "(4294967296, 1)", "");
  const std::filesystem::path path = folder_.write("X.npy", header);
  std::filesystem::resize_file(path, header.size() + (std::uintmax_t{1} << 32));
  EXPECT_EQ(load_error(ErrorCode::kBadData),
            "reading DATA: X has 4294967296 rows; at most 4294967295 are read");
}

TEST_F(NpyFolderTest, LargerThanItsWindowXIsReadThroughIt) {
  folder_.write("X.npy", x_);
  folder_.write("y.npy", y_);
  for (const std::size_t window : {0u, 8u, 24u}) {
    const Table table = read_npy_folder(folder_.path(), window);
    EXPECT_THAT(std::get<SharedArray<float>>(table.block->values), ElementsAre(1, 2, 3, 4, 5, 6));
    EXPECT_EQ(table.block->window.bytes, window == 8 ? 8u : 0u) << window;
  }
}

TEST_F(NpyFolderTest, NanInXIsAnError) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(error_of(saved("<f4", "(3, 2)", bytes_of<float>({1, 2, 3, nan, 5, 6})), y_),
            "reading DATA: X[1, 1] is nan; expected finite numbers; fill or remove such rows first");
}

TEST_F(NpyFolderTest, FilesThatAreCutShortOrLieAreRefusedBeforeTheyAreUsed) {
  for (std::size_t size = 0; size < x_.size(); ++size) {
    EXPECT_THAT(error_of(x_.substr(0, size), y_), StartsWith("reading X.npy: it")) << size << " bytes";
  }
  for (std::size_t size = 0; size < y_.size(); ++size) {
    EXPECT_THAT(error_of(x_, y_.substr(0, size)), StartsWith("reading y.npy: it")) << size << " bytes";
  }
  for (const char* shape :
       {"(4611686018427387904, 4)", "(4294967296, 4294967296)", "(3, 3)", "(1000000000000, 20)"}) {
    EXPECT_THAT(error_of(saved("<f4", shape, bytes_of<float>({1, 2, 3, 4, 5, 6})), y_),
                HasSubstr("the file is damaged"))
        << shape;
  }
}

TEST_F(NpyFolderTest, OneArrayWithoutTheOther) {
  folder_.write("X.npy", x_);
  const Table table = load_table(folder_.path().string());
  EXPECT_THAT(table.columns, ElementsAre());
  EXPECT_THAT(table.notes, ElementsAre("no y.npy: no target"));

  std::filesystem::rename(folder_.path() / "X.npy", folder_.path() / "y.npy");
  EXPECT_EQ(load_error(ErrorCode::kNotFound),
            "reading DATA: there is y.npy but no X.npy; put the features beside it");
}

TEST_F(NpyFolderTest, BesideIdxFilesNothingIsGuessed) {
  folder_.write("X.npy", x_);
  folder_.write("train-images-idx3-ubyte.gz", "");
  EXPECT_EQ(load_error(ErrorCode::kBadData),
            "reading DATA: it holds both X.npy and train-images-idx3-ubyte.gz; expected NumPy arrays or IDX "
            "files; move one kind to another folder");
}

}  // namespace
}  // namespace gradus
