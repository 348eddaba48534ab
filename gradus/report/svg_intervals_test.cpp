#include "gradus/report/svg_intervals.h"

#include <gmock/gmock.h>

#include <cmath>

#include "gradus/report/svg_checker.h"
#include "gradus/report/svg_labels.h"

namespace gradus::report {
namespace {

using test::label_fault;
using test::occurrences;
using test::svg_fault;
using testing::HasSubstr;

const double kNan = std::nan("");
const double kInfinity = HUGE_VAL;

IntervalPicture claims() {
  IntervalPicture picture;
  picture.title = "claims <&>";
  IntervalPanel panel;
  panel.x_title = "difference of accuracy (points)";
  panel.reference = IntervalReference{0, "no difference"};
  panel.rows = {{"128 beats 64", 0.62, 0.41, 0.83, {0.5, 0.7}, VerdictMark::kSupported, ""},
                {"<script>", -1.9, -2.4, -1.4, {}, VerdictMark::kRefuted, ""},
                {"sigmoid", 0.11, -0.09, 0.31, {}, VerdictMark::kCannotTell, "14 more seeds"},
                {"nothing", kNan, kNan, kNan, {}, VerdictMark::kNotJudged, ""}};
  picture.panels = {panel, panel};
  return picture;
}

TEST(SvgIntervals, SaysEveryVerdictAndFigureInWords) {
  const std::string svg = svg_intervals(claims());
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_EQ(svg, svg_intervals(claims()));
  for (const char* text : {">supported<", ">refuted<", ">cannot tell<", ">not judged<", ">no value<",
                           ">0.62 [0.41, 0.83]<", "&lt;script&gt;", "no difference", "14 more seeds"}) {
    EXPECT_THAT(svg, HasSubstr(text));
  }
}

TEST(SvgIntervals, VerdictsDifferInShape) {
  const std::string svg = svg_intervals(claims());
  EXPECT_EQ(occurrences(svg, "class=\"open\""), 2);              // a ring in each panel
  EXPECT_EQ(occurrences(svg, "style=\"stroke-width:3px\""), 2);  // a cross in each panel
  EXPECT_EQ(occurrences(svg, "class=\"seed\""), 4);
}

TEST(SvgIntervals, LabelsKeepApartAtEveryWidth) {
  for (const double width : {0.0, 320.0, 400.0, 520.0, 760.0, 1200.0}) {
    for (const std::size_t length : {0u, 3u, 40u, 300u}) {
      IntervalPicture picture = claims();
      picture.width = width;
      picture.subtitle = std::string(length, 's');
      for (IntervalPanel& panel : picture.panels) {
        panel.x_title = std::string(length, 'x');
        for (IntervalRow& row : panel.rows) row.name = std::string(length, 'n');
        panel.rows.back().note = std::string(length, 'm');
      }
      const std::string svg = svg_intervals(picture);
      EXPECT_EQ(svg_fault(svg), "") << width << " " << length;
      EXPECT_EQ(label_fault(svg), "") << width << " " << length;
    }
  }
}

TEST(SvgIntervals, ExtremesAreDrawnWithoutFault) {
  const std::vector<IntervalRow> rows = {{"inf", kInfinity, -kInfinity, kInfinity},
                                         {"huge", 1e300, -1e300, 1e300, {1e301}},
                                         {"point", 3, 3, 3, {3}},
                                         {"half", 1, kNan, 2, {kNan, kInfinity}},
                                         {"zero", 0, 0, 0},
                                         {"negative", -1, -2, 0}};
  for (const Scale scale : {Scale::kLinear, Scale::kLogarithmic}) {
    for (const IntervalRow& row : rows) {
      IntervalPicture picture;
      picture.panels = {{"x", scale, {row}, IntervalReference{kNan, "nowhere"}}};
      EXPECT_EQ(svg_fault(svg_intervals(picture)), "") << row.name;
    }
    IntervalPicture all;
    all.panels = {{"x", scale, rows, {}}};
    EXPECT_EQ(svg_fault(svg_intervals(all)), "");
  }
  EXPECT_EQ(svg_fault(svg_intervals({})), "");
  IntervalPicture empty;
  empty.panels = {{}};
  EXPECT_THAT(svg_intervals(empty), HasSubstr("no rows"));
}

}  // namespace
}  // namespace gradus::report
