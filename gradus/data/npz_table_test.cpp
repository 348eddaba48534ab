// X and y of a .npz as a table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "gradus/core/error.h"
#include "gradus/data/npz.h"
#include "gradus/data/npz_test_support.h"
#include "gradus/data/reader_test_support.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using test::bytes_of;
using test::npy;
using test::zip;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class NpzTableTest : public testing::Test {
 protected:
  Table read(const std::vector<test::ZipPart>& parts) {
    return read_npz_table(folder_.write("a.npz", zip(parts)));
  }
  std::string error_of(const std::vector<test::ZipPart>& parts) {
    return test::message_of([&] { (void)read(parts); }, folder_.path(), ErrorCode::kBadData);
  }
  std::string error_with_y(const std::string& y) { return error_of({{"X.npy", x_}, {"y.npy", y}}); }

  const std::string x_ = npy("<f4", "(3, 2)", bytes_of<float>({1, 2, 3, 4, 5, 6}));
  const std::string y_ = npy("<i8", "(3,)", bytes_of<std::int64_t>({0, 2, 1}));
  test::TemporaryFolder folder_;
};

TEST_F(NpzTableTest, XIsTheBlockAndYTheTarget) {
  const Table table = read({{"X.npy", x_}, {"y.npy", y_}});
  EXPECT_EQ(table.rows, 3u);
  EXPECT_EQ(table.default_target, "y");
  EXPECT_EQ(table.column_list(), "x0..x1, y");
  EXPECT_THAT(std::get<SharedArray<float>>(table.block->values), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(table.columns[0].numbers, ElementsAre(0, 2, 1));
  EXPECT_EQ(table.block->picture_rows, 0u);
  EXPECT_THAT(table.notes, IsEmpty());
}

TEST_F(NpzTableTest, BytesStayBytesAndOtherWholeNumbersBecomeDoubles) {
  const Table bytes = read({{"X.npy", npy("|u1", "(3, 1)", "abc")}});
  EXPECT_TRUE(std::holds_alternative<SharedArray<std::uint8_t>>(bytes.block->values));
  const Table whole = read({{"X.npy", npy("<i2", "(1, 2)", bytes_of<std::int16_t>({-1, 7}))}});
  EXPECT_THAT(std::get<SharedArray<double>>(whole.block->values), ElementsAre(-1, 7));
}

TEST_F(NpzTableTest, TextTargetsAreCategories) {
  const Table table = read({{"X.npy", x_}, {"y.npy", npy("|S3", "(3,)", std::string("dogcatdog"))}});
  EXPECT_EQ(table.columns[0].kind, ColumnKind::kCategory);
  EXPECT_THAT(table.columns[0].categories, ElementsAre("cat", "dog"));
  EXPECT_THAT(table.columns[0].codes, ElementsAre(1, 0, 1));
}

TEST_F(NpzTableTest, PicturesAreFlattenedAndKeepTheirSize) {
  const Table table = read({{"X.npy", npy("|u1", "(2, 2, 3)", "abcdefghijkl")}});
  EXPECT_EQ(table.rows, 2u);
  EXPECT_EQ(table.block->cols, 6u);
  EXPECT_EQ(table.block->picture_rows, 2u);
  EXPECT_EQ(table.block->picture_cols, 3u);
  EXPECT_THAT(table.notes, ElementsAre("X (2, 2, 3) is read as (2, 6)", "no array y: no target"));
}

TEST_F(NpzTableTest, YMayBeAColumnAndOtherArraysAreNamed) {
  const Table table =
      read({{"X.npy", x_}, {"y.npy", npy("<f8", "(3, 1)", bytes_of<double>({1, 2, 3}))}, {"w.npy", y_}});
  EXPECT_THAT(table.columns[0].numbers, ElementsAre(1, 2, 3));
  EXPECT_THAT(table.notes, ElementsAre("array w (3,) is left out"));
}

TEST_F(NpzTableTest, AMissingXListsWhatIsThere) {
  EXPECT_EQ(error_of({{"data.npy", x_}, {"labels.npy", y_}}),
            "reading a.npz: there is no array X; it has: data, labels; expected X (samples, features) and y "
            "(samples)");
  EXPECT_THAT(error_of({}), HasSubstr("it has: none;"));
}

TEST_F(NpzTableTest, NanAndInfinityNameArrayAndIndex) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(error_of({{"X.npy", npy("<f4", "(2, 2)", bytes_of<float>({1, 2, nan, 4}))}}),
            "reading a.npz: X[1, 0] is nan; expected finite numbers; fill or remove such rows first");
  EXPECT_EQ(
      error_with_y(npy("<f8", "(3,)", bytes_of<double>({1, 2, -std::numeric_limits<double>::infinity()}))),
      "reading a.npz: y[2] is -inf; expected finite numbers; fill or remove such rows first");
}

TEST_F(NpzTableTest, ShapesThatDoNotFitAreNamed) {
  EXPECT_EQ(error_with_y(npy("<i8", "(2,)", bytes_of<std::int64_t>({1, 2}))),
            "reading a.npz: y has shape (2,); expected (3,), one value per row of X");
  EXPECT_EQ(error_with_y(npy("|u1", "(3, 2)", "abcdef")),
            "reading a.npz: y has shape (3, 2); expected (3,), one value per row of X; one-hot rows become "
            "classes by "
            "argmax(axis=1)");
  EXPECT_EQ(error_of({{"X.npy", npy("<f8", "(0, 4)", "")}}),
            "reading a.npz: X has shape (0, 4); expected (samples, features), at least one of each");
  EXPECT_THAT(error_of({{"X.npy", npy("<f8", "()", bytes_of<double>({1}))}}), HasSubstr("X has shape ()"));
  EXPECT_EQ(error_of({{"X.npy", npy("|S1", "(2, 1)", "ab")}}), "reading a.npz: X is text; expected numbers");
}

}  // namespace
}  // namespace gradus
