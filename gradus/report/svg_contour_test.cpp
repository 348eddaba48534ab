#include "gradus/report/svg_contour.h"

#include <gmock/gmock.h>

#include <cmath>

#include "gradus/report/svg_checker.h"

namespace gradus::report {
namespace {

using test::occurrences;
using test::svg_fault;
using testing::HasSubstr;
using testing::Not;

ContourPicture bowl() {
  ContourPicture picture;
  picture.title = "f(x, y) = x² + y² + x(y + 2) + cos 3x";
  picture.grid = {-5, 5, -5, 5, 50, 50, {}};
  for (int row = 0; row < 50; ++row) {
    for (int column = 0; column < 50; ++column) {
      const double x = -5 + column * 10 / 49.0;
      const double y = -5 + row * 10 / 49.0;
      picture.grid.values.push_back(x * x + y * y + x * (y + 2) + std::cos(3 * x));
    }
  }
  picture.paths = {{"step 0.1 <&>", {{3, 2}, {2.123636, 1.3}, {1.5, 0.9}}, 14.20398}};
  return picture;
}

TEST(SvgContour, IsWellFormedAndTheSameEveryTime) {
  const std::string svg = svg_contour(bowl());
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_EQ(svg, svg_contour(bowl()));
  EXPECT_THAT(svg, HasSubstr("step 0.1 &lt;&amp;&gt;"));
  EXPECT_THAT(svg, HasSubstr("f = 14.20398 after 2 steps"));
}

TEST(SvgContour, DrawsEveryLevelOnce) {
  EXPECT_EQ(occurrences(svg_contour(bowl()), "fill-rule=\"evenodd\""), 50);
  ContourPicture lines = bowl();
  lines.filled = false;
  lines.levels = 10;
  EXPECT_EQ(occurrences(svg_contour(lines), "stroke-width=\"1.1\""), 10);
}

TEST(SvgContour, DrawsPathsOfEveryKindWithoutFault) {
  ContourPicture picture = bowl();
  const double nan = std::nan("");
  picture.paths = {{"empty", {}, nan},
                   {"start only", {{0, 0}}, 1},
                   {"diverges", {{1, 1}, {-4, 3}, {1e6, -1e6}, {1e300, 1e300}, {INFINITY, nan}}, INFINITY},
                   {"outside", {{40, 40}, {50, 50}}, 2},
                   {"nan at once", {{nan, nan}, {0, 0}}, nan}};
  const std::string svg = svg_contour(picture);
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_THAT(svg, Not(HasSubstr("e+")));
}

TEST(SvgContour, DrawsFlatHoledAndSteepGroundWithoutFault) {
  for (const LevelSpacing spacing : {LevelSpacing::kEven, LevelSpacing::kLogarithmic}) {
    for (const std::vector<double>& values : {std::vector<double>{1, 1, 1, 1},
                                              {std::nan(""), std::nan(""), std::nan(""), std::nan("")},
                                              {0, 1e-12, 1e12, -1e12},
                                              {0, std::nan(""), INFINITY, 5}}) {
      ContourPicture picture;
      picture.grid = {0, 1, 0, 4, 2, 2, values};
      picture.spacing = spacing;
      EXPECT_EQ(svg_fault(svg_contour(picture)), "") << values[0] << " " << values[1];
    }
  }
}

}  // namespace
}  // namespace gradus::report
