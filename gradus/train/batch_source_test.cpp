#include "gradus/train/batch_source.h"

#include <gtest/gtest.h>

#include <memory>
#include <numeric>

namespace gradus {
namespace {

// One row: every value of a byte.
constexpr std::size_t kBytes = 256;

Dataset row_of_bytes(const std::shared_ptr<Features>& features) {
  features->rows = 1;
  features->cols = kBytes;
  Dataset data;
  data.features = features;
  data.rows = {0};
  return data;
}

template <class T>
std::vector<T> gathered(const Dataset& data, const Transform& transform) {
  BatchSource<T> source(data, transform, 1);
  source.gather(0, 1);
  const std::span<const T> row = source.x().row(0);
  return {row.begin(), row.end()};
}

TEST(BatchSource, BytesAreScaledToTheBitsOfTheSameNumbersStoredAsDoubles) {
  auto bytes = std::make_shared<FeatureBlock>();
  std::vector<std::uint8_t> stored(kBytes);
  std::iota(stored.begin(), stored.end(), std::uint8_t{0});
  bytes->values = SharedArray<std::uint8_t>(std::move(stored));
  auto packed = std::make_shared<Features>();
  packed->block = bytes;
  auto wide = std::make_shared<Features>();
  wide->values.resize(kBytes);
  std::iota(wide->values.begin(), wide->values.end(), 0.0);

  Transform transform;
  transform.block_features = kBytes;
  transform.scaling = Scaling::kGlobal;
  transform.shift = {33.318421449829934};
  transform.scale = {78.56748998339798};
  EXPECT_EQ(gathered<double>(row_of_bytes(packed), transform),
            gathered<double>(row_of_bytes(wide), transform));

  // A scale for each feature: the table of bytes must not be taken.
  transform.shift.assign(kBytes, 33.0);
  transform.scale.assign(kBytes, 3.0);
  transform.scale.back() = 7;
  EXPECT_EQ(gathered<double>(row_of_bytes(packed), transform),
            gathered<double>(row_of_bytes(wide), transform));
}

}  // namespace
}  // namespace gradus
