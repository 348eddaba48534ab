#include "gradus/data/generated.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gradus/core/error.h"

namespace gradus::internal {
namespace {

const SharedArray<double>& points_of(const Table& table) {
  return std::get<SharedArray<double>>(table.block->values);
}

TEST(GeneratedTest, SynthIsTheEllipticSetOfReport003) {
  const Table table = generate("synth", 0, 0).value();
  ASSERT_EQ(table.rows, 70'000U);
  EXPECT_EQ(table.given_test_rows, 10'000U);
  EXPECT_NEAR(points_of(table)[0], 1.76405235, 5e-9);
  EXPECT_NEAR(points_of(table)[1], 0.40015721, 5e-9);
  const SharedArray<double>& labels = table.columns[0].numbers;
  EXPECT_EQ(std::accumulate(labels.begin(), labels.begin() + 60'000, 0.0) / 60'000, 0.55823333333333336);
  EXPECT_EQ(std::accumulate(labels.begin() + 60'000, labels.end(), 0.0) / 10'000, 0.5622);
}

TEST(GeneratedTest, EverySetHasBalancedClassesAndFiniteFeatures) {
  for (const char* name : {"xor", "spirals", "moons", "circles", "blobs"}) {
    const Table table = generate(name, 0, 0).value();
    const SharedArray<double>& labels = table.columns[0].numbers;
    EXPECT_EQ(labels.size(), table.rows) << name;
    EXPECT_EQ(points_of(table).size(), 2 * table.rows) << name;
    EXPECT_EQ(table.column_list(), "x0..x1, label");
    EXPECT_EQ(table.default_target, "label");
    const double classes = *std::ranges::max_element(labels) + 1;
    for (double label = 0; label < classes; ++label) {
      EXPECT_EQ(static_cast<double>(std::ranges::count(labels, label)),
                static_cast<double>(table.rows) / classes)
          << name;
    }
    for (const double value : points_of(table)) ASSERT_LT(std::abs(value), 8) << name;
  }
}

TEST(GeneratedTest, SamplesAndSeedAreObeyed) {
  EXPECT_EQ(generate("moons", 30, 0)->rows, 30U);
  EXPECT_EQ(points_of(*generate("moons", 30, 5)), points_of(*generate("moons", 30, 5)));
  EXPECT_NE(points_of(*generate("moons", 30, 5)), points_of(*generate("moons", 30, 6)));
  EXPECT_EQ(generate("synth", 700, 0)->given_test_rows, 100U);
  EXPECT_THROW(static_cast<void>(generate("moons", ~std::size_t{0}, 0)), Error);
}

TEST(GeneratedTest, XorDiffersWhereTheCoordinatesDo) {
  const Table table = generate("xor", 0, 0).value();
  int odd = 0;
  for (std::size_t i = 0; i < table.rows; ++i) {
    const bool differ = (points_of(table)[2 * i] > 0.5) != (points_of(table)[2 * i + 1] > 0.5);
    if (differ != (table.columns[0].numbers[i] == 1)) ++odd;
  }
  EXPECT_LE(odd, 4) << "noise of 0.15 crosses the middle in 1 of 600 coordinates or so";
}

TEST(GeneratedTest, CirclesLieInsideEachOther) {
  const Table table = generate("circles", 400, 0).value();
  double radius[2] = {};
  for (std::size_t i = 0; i < table.rows; ++i) {
    radius[static_cast<int>(table.columns[0].numbers[i])] +=
        std::hypot(points_of(table)[2 * i], points_of(table)[2 * i + 1]) / 200;
  }
  EXPECT_NEAR(radius[0], 1, 0.05);
  EXPECT_NEAR(radius[1], 0.5, 0.05);
}

TEST(GeneratedTest, OtherNamesGiveNothing) {
  EXPECT_FALSE(generate("digits", 0, 0).has_value());
}

}  // namespace
}  // namespace gradus::internal
