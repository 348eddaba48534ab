#include "gradus/core/matrix.h"

#include <gmock/gmock.h>

#include <numeric>
#include <vector>

namespace gradus {
namespace {

using testing::ElementsAre;

class MatrixViewTest : public testing::Test {
 protected:
  MatrixViewTest() : data(12) { std::iota(data.begin(), data.end(), 0); }
  std::vector<int> data;
};

TEST_F(MatrixViewTest, FindsElementsByItsStride) {
  const MatrixView<int> view(data.data(), 3, 2, 4);
  EXPECT_EQ(view(2, 1), 9);
  EXPECT_THAT(view.row(1), ElementsAre(4, 5));
  view(1, 0) = 40;
  EXPECT_EQ(data[4], 40);
}

TEST_F(MatrixViewTest, IsDenseWithoutAStride) {
  const MatrixView<int> view(data.data(), 3, 4);
  EXPECT_EQ(view.stride, 4u);
  EXPECT_THAT(view.row(2), ElementsAre(8, 9, 10, 11));
}

TEST_F(MatrixViewTest, ServesWhereAReadOnlyViewIsWanted) {
  const MatrixView<const int> view = MatrixView<int>(data.data(), 3, 2, 4);
  EXPECT_EQ(view(2, 1), 9);
  EXPECT_EQ(view.stride, 4u);
}

TEST_F(MatrixViewTest, FirstRowsKeepTheStride) {
  const MatrixView<int> view = MatrixView<int>(data.data(), 3, 2, 4).first_rows(2);
  EXPECT_EQ(view.rows, 2u);
  EXPECT_EQ(view(1, 1), 5);
}

TEST_F(MatrixViewTest, IsEmptyWithoutDataRowsOrColumns) {
  EXPECT_TRUE(MatrixView<int>().empty());
  EXPECT_TRUE(MatrixView<int>(data.data(), 0, 4).empty());
  EXPECT_TRUE(MatrixView<int>(data.data(), 3, 0).empty());
  EXPECT_FALSE(MatrixView<int>(data.data(), 3, 4).empty());
}

}  // namespace
}  // namespace gradus
