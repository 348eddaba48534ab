#include "gradus/report/svg.h"

#include <gmock/gmock.h>

#include <cmath>

#include "gradus/core/error.h"
#include "gradus/report/svg_checker.h"
#include "gradus/report/svg_theme.h"

namespace gradus::report {
namespace {

using test::svg_fault;
using testing::HasSubstr;

TEST(Svg, WritesNumbersWithAtMostTwoDecimals) {
  EXPECT_EQ(svg_number(12.3456), "12.35");
  EXPECT_EQ(svg_number(12), "12");
  EXPECT_EQ(svg_number(-0.5), "-0.5");
  EXPECT_EQ(svg_number(100), "100");
  EXPECT_EQ(svg_number(-0.001), "0");
}

TEST(Svg, RefusesNumbersThatAreNotFinite) {
  EXPECT_THROW((void)svg_number(std::nan("")), InternalError);
  EXPECT_THROW((void)svg_number(INFINITY), InternalError);
}

TEST(Svg, EscapesMarkupAndReplacesWhatXmlForbids) {
  EXPECT_EQ(svg_escape("a<b> & \"c\""), "a&lt;b&gt; &amp; &quot;c&quot;");
  EXPECT_EQ(svg_escape(std::string_view("\x01\xFF", 2)), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(svg_escape("Größe ×"), "Größe ×");
}

TEST(Svg, DocumentIsWellFormedAndNamesItself) {
  Svg svg(100.2, 50, "a < b", "\"description\" & more");
  svg.open_group("class=\"grid\"");
  svg.open_clip(1, 2, 3, 4);
  svg.text(1, 2, "<&>", "class=\"muted\"");
  svg.circle(1, 2, 3, "class=\"axis\"");
  SvgPath path;
  path.move_to(0, 1);
  path.line_to(2.5, 3);
  path.close();
  svg.path(path, "class=\"axis\"");
  svg.close_clip();
  svg.close_group();
  const std::string document = svg.finish();
  EXPECT_EQ(svg_fault(document), "");
  EXPECT_THAT(document, HasSubstr("width=\"101\" height=\"50\""));
  EXPECT_THAT(document, HasSubstr("<title>a &lt; b</title>"));
  EXPECT_THAT(document, HasSubstr("<path d=\"M0 1L2.5 3Z\" class=\"axis\"/>"));
  EXPECT_THAT(document, HasSubstr("prefers-color-scheme:dark"));
}

TEST(Svg, AGroupLeftOpenIsABug) {
  Svg svg(10, 10, "", "");
  svg.open_group("class=\"grid\"");
  EXPECT_THROW((void)svg.finish(), InternalError);
}

TEST(Svg, TheCheckerOfTheseTestsFindsFaults) {
  EXPECT_NE(svg_fault("<svg><g></svg>"), "");
  EXPECT_NE(svg_fault("<svg>"), "");
  EXPECT_NE(svg_fault("<svg><text>a & b</text></svg>"), "");
  EXPECT_NE(svg_fault("<svg x=\"nan\"></svg>"), "");
  EXPECT_NE(svg_fault("<svg x=1></svg>"), "");
  EXPECT_EQ(svg_fault("<svg x=\"1\"><g/></svg>"), "");
}

TEST(SvgTheme, FirstThirtyFiveCurvesAllLookDifferent) {
  for (std::size_t a = 0; a < 35; ++a) {
    for (std::size_t b = 0; b < a; ++b)
      EXPECT_NE(svg_curve_attributes(a), svg_curve_attributes(b)) << a << " " << b;
  }
}

TEST(SvgTheme, ViridisRunsFromVioletToYellow) {
  EXPECT_EQ(viridis(0), "#440154");
  EXPECT_EQ(viridis(1), "#fde725");
  EXPECT_EQ(viridis(-3), viridis(0));
  EXPECT_EQ(viridis(7), viridis(1));
}

}  // namespace
}  // namespace gradus::report
