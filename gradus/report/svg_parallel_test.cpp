#include "gradus/report/svg_parallel.h"

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

ParallelPicture search(std::size_t runs) {
  ParallelPicture picture;
  picture.title = "search <&>";
  picture.axes = {{"learning_rate", Scale::kLogarithmic, {}},
                  {"activation", Scale::kLinear, {"relu", "tanh"}},
                  {"units", Scale::kLinear, {}}};
  picture.result_title = "accuracy";
  picture.best = 2;
  for (std::size_t i = 0; i < runs; ++i) {
    const double t = static_cast<double>(i);
    picture.runs.push_back({"run " + std::to_string(i),
                            {std::pow(10, -t / 4), static_cast<double>(i % 2), 10 + t},
                            0.9 + 0.001 * t});
  }
  return picture;
}

TEST(SvgParallel, NamesTheBestRuns) {
  ParallelPicture picture = search(10);
  picture.runs[3].result = std::nan("");
  const std::string svg = svg_parallel(picture);
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_EQ(svg, svg_parallel(picture));
  for (const char* text : {"run 9: 0.909", "run 8: 0.908", ">7 others<", ">1 diverged<", ">relu<", ">tanh<",
                           "&lt;&amp;&gt;", "Best: run 9 with 0.909."}) {
    EXPECT_THAT(svg, HasSubstr(text));
  }
  picture.better = Better::kSmaller;
  EXPECT_THAT(svg_parallel(picture), HasSubstr("run 0: 0.9"));
}

TEST(SvgParallel, DrawsEveryRunOnce) {
  const std::string svg = svg_parallel(search(10));
  EXPECT_EQ(occurrences(svg, "class=\"faint\" stroke-opacity"), 8);
  EXPECT_EQ(occurrences(svg, "class=\"curve c"), 4);  // two runs, two samples
}

TEST(SvgParallel, NamesKeepApart) {
  for (const double width : {320.0, 500.0, 760.0, 1100.0}) {
    for (const std::size_t length : {1u, 12u, 60u}) {
      ParallelPicture picture = search(20);
      picture.width = width;
      for (ParallelAxis& axis : picture.axes) axis.name = std::string(length, 'n');
      picture.result_title = std::string(length, 'r');
      picture.axes[1].categories = {std::string(length, 'c'), std::string(length, 'd')};
      EXPECT_EQ(label_fault(svg_parallel(picture)), "") << width << " " << length;
    }
  }
}

TEST(SvgParallel, ExtremesAreDrawnWithoutFault) {
  EXPECT_THAT(svg_parallel({}), HasSubstr("no runs"));
  for (const double value : {0.0, -1.0, 1.0, 7.0, 1e301, HUGE_VAL, std::nan("")}) {
    ParallelPicture picture = search(3);
    picture.runs[1].values = {value, value, value};
    EXPECT_EQ(svg_fault(svg_parallel(picture)), "") << value;
    for (ParallelRun& run : picture.runs) run = {"<&>", {value, value, value}, value};
    EXPECT_EQ(svg_fault(svg_parallel(picture)), "") << value;
  }
  ParallelPicture one = search(1);
  one.axes.clear();
  one.runs[0].values.clear();
  EXPECT_EQ(svg_fault(svg_parallel(one)), "");
}

TEST(SvgParallel, ARunWithoutAValueForEachAxisIsABug) {
  ParallelPicture picture = search(3);
  picture.runs[1].values.pop_back();
  EXPECT_THROW((void)svg_parallel(picture), InternalError);
}

}  // namespace
}  // namespace gradus::report
