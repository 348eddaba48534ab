#include "gradus/report/svg_histograms.h"

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

HistogramPicture network(std::size_t columns, std::size_t layers, const std::string& name) {
  HistogramPicture picture;
  picture.title = "weights <&>";
  for (std::size_t c = 0; c < columns; ++c) {
    HistogramColumn column{"weights", "weight", {}};
    for (std::size_t i = 0; i < layers; ++i) column.histograms.push_back({name, -1, 1, {1, 4, 2}, "sd 0.1"});
    picture.columns.push_back(column);
  }
  return picture;
}

TEST(SvgHistograms, DrawsOneHillForEachLayer) {
  const std::string svg = svg_histograms(network(3, 4, "dense <1>"));
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_EQ(svg, svg_histograms(network(3, 4, "dense <1>")));
  EXPECT_EQ(occurrences(svg, "class=\"mark c0\""), 12);
  EXPECT_EQ(occurrences(svg, "dense &lt;1&gt;</text>"), 4);  // once for all columns
  EXPECT_EQ(occurrences(svg, ">sd 0.1<"), 12);
}

TEST(SvgHistograms, ColumnsStandBelowEachOtherWhereThereIsNoRoom) {
  HistogramPicture picture = network(3, 4, "dense");
  picture.width = 340;
  EXPECT_EQ(occurrences(svg_histograms(picture), ">dense</text>"), 12);
}

TEST(SvgHistograms, LabelsKeepApart) {
  for (const double width : {320.0, 500.0, 760.0}) {
    for (const char* name : {"", "dense", "a layer with a very long name"}) {
      HistogramPicture picture = network(3, 5, name);
      picture.width = width;
      EXPECT_EQ(label_fault(svg_histograms(picture)), "") << width << " " << name;
    }
  }
}

TEST(SvgHistograms, SaysWhereThereIsNothingToDraw) {
  const double nan = std::nan("");
  const std::vector<Histogram> odd = {{"empty", 0, 1, {}},
                                      {"zeros", 0, 1, {0, 0}},
                                      {"nan", nan, 1, {1}},
                                      {"backwards", 1, 0, {1}},
                                      {"nan counts", 0, 1, {nan}}};
  for (const Histogram& histogram : odd) {
    HistogramPicture picture;
    picture.columns = {{"", "", {histogram}}};
    const std::string svg = svg_histograms(picture);
    EXPECT_EQ(svg_fault(svg), "") << histogram.name;
    EXPECT_THAT(svg, HasSubstr("no values")) << histogram.name;
  }
  HistogramPicture zeros;
  zeros.columns = {{"", "", {{"of one value", 0, 0, {100}}}}};
  EXPECT_EQ(svg_fault(svg_histograms(zeros)), "");
  EXPECT_THAT(svg_histograms(zeros), HasSubstr("all 0"));
  EXPECT_EQ(svg_fault(svg_histograms({})), "");
  HistogramPicture mixed;
  mixed.columns = {{"", "", {{"one bad count", 0, 1, {1, nan, INFINITY, -3}}}}};
  EXPECT_EQ(svg_fault(svg_histograms(mixed)), "");
}

}  // namespace
}  // namespace gradus::report
