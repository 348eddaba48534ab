#include "gradus/core/shared_array.h"

#include <gmock/gmock.h>

namespace gradus {
namespace {

using testing::ElementsAre;

TEST(SharedArray, TakesAVectorOverWithoutCopying) {
  std::vector<float> values = {1, 2, 3};
  const float* place = values.data();
  const SharedArray<float> array = std::move(values);
  EXPECT_EQ(array.data(), place);
  EXPECT_THAT(array, ElementsAre(1, 2, 3));
}

TEST(SharedArray, KeepsTheOwnerOfItsValuesAliveAndCopiesShareThem) {
  auto owner = std::make_shared<const std::vector<int>>(std::vector{1, 2, 3, 4});
  const std::weak_ptr<const std::vector<int>> watched = owner;
  SharedArray<int> copy;
  {
    const SharedArray<int> array(owner, std::span(*owner).subspan(1, 2));
    copy = array;
  }
  owner.reset();
  EXPECT_FALSE(watched.expired());
  EXPECT_THAT(copy, ElementsAre(2, 3));
  copy = {};
  EXPECT_TRUE(watched.expired());
  EXPECT_TRUE(copy.empty());
}

TEST(SharedArray, IsEqualWhereItsValuesAre) {
  EXPECT_EQ(SharedArray<int>({1, 2}), SharedArray<int>({1, 2}));
  EXPECT_NE(SharedArray<int>({1, 2}), SharedArray<int>({1, 3}));
  EXPECT_NE(SharedArray<int>({1, 2}), SharedArray<int>({1}));
}

}  // namespace
}  // namespace gradus
