#include "gradus/report/svg_weight_images.h"

#include <gmock/gmock.h>

#include <cmath>

#include "gradus/core/error.h"
#include "gradus/report/svg_checker.h"
#include "gradus/report/svg_labels.h"

namespace gradus::report {
namespace {

using test::label_fault;
using test::occurrences;
using test::svg_fault;
using testing::HasSubstr;

WeightImages layer(std::size_t side, std::size_t units) {
  WeightImages images;
  images.title = "first layer <&>";
  images.image_width = images.image_height = side;
  for (std::size_t i = 0; i < side * side * units; ++i) {
    images.weights.push_back(static_cast<float>(std::sin(static_cast<double>(i))));
  }
  return images;
}

TEST(SvgWeightImages, DrawsOneTileForEachUnitAndTheScale) {
  const std::string svg = svg_weight_images(layer(8, 16));
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_EQ(svg, svg_weight_images(layer(8, 16)));
  EXPECT_EQ(occurrences(svg, "<image "), 17);
  EXPECT_THAT(svg, HasSubstr("≥ 1<"));
  EXPECT_THAT(svg, HasSubstr(">16 units<"));
}

TEST(SvgWeightImages, AUnitIsAColumnOfTheWeights) {
  WeightImages images = layer(2, 2);
  images.weights = {0, 1, 0, 1, 0, 1, 0, 1};  // unit 0 all zero, unit 1 all one
  WeightImages other = images;
  other.weights = {1, 0, 1, 0, 1, 0, 1, 0};
  const auto tiles = [](const WeightImages& of) {
    const std::string svg = svg_weight_images(of);
    std::vector<std::string> found;
    for (std::size_t at = svg.find("base64,"); at != std::string_view::npos;
         at = svg.find("base64,", at + 1)) {
      found.push_back(svg.substr(at, svg.find('"', at) - at));
    }
    return found;
  };
  ASSERT_EQ(tiles(images).size(), 3u);
  EXPECT_NE(tiles(images)[1], tiles(images)[2]);
  EXPECT_EQ(tiles(images)[1], tiles(other)[2]);
  EXPECT_EQ(tiles(images)[2], tiles(other)[1]);
}

TEST(SvgWeightImages, SaysHowManyUnitsWereLeftOut) {
  WeightImages images = layer(2, 300);
  images.most_units = 20;
  const std::string svg = svg_weight_images(images);
  EXPECT_EQ(occurrences(svg, "<image "), 21);
  EXPECT_THAT(svg, HasSubstr("the first 20 of 300 units"));
}

TEST(SvgWeightImages, LabelsKeepApartAtEverySize) {
  for (const double width : {320.0, 760.0}) {
    for (const std::size_t units : {1u, 10u, 64u, 100u}) {
      WeightImages images = layer(4, units);
      images.width = width;
      images.names.assign(units, "a unit with a long name");
      EXPECT_EQ(label_fault(svg_weight_images(images)), "") << width << " " << units;
    }
  }
}

TEST(SvgWeightImages, ExtremesAreDrawnWithoutFault) {
  for (const float value : {0.0f, 1e-45f, 3e38f, INFINITY, std::nanf("")}) {
    WeightImages images = layer(3, 2);
    images.weights.assign(images.weights.size(), value);
    EXPECT_EQ(svg_fault(svg_weight_images(images)), "") << value;
  }
  EXPECT_THAT(svg_weight_images(layer(3, 0)), HasSubstr("no units"));
  WeightImages colour = layer(4, 3);
  colour.image_height = 2;
  colour.channels = 2;
  EXPECT_EQ(svg_fault(svg_weight_images(colour)), "");
}

TEST(SvgWeightImages, WeightsThatAreNoImagesAreABug) {
  WeightImages images = layer(3, 2);
  images.weights.pop_back();
  EXPECT_THROW((void)svg_weight_images(images), InternalError);
  EXPECT_THROW((void)svg_weight_images({}), InternalError);
}

}  // namespace
}  // namespace gradus::report
