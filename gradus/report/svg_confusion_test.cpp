#include "gradus/report/svg_confusion.h"

#include <gmock/gmock.h>

#include "gradus/core/error.h"
#include "gradus/report/svg_checker.h"

namespace gradus::report {
namespace {

using test::occurrences;
using test::svg_fault;
using testing::HasSubstr;
using testing::Not;

ConfusionTable diagonal(std::size_t k, const std::string& name) {
  ConfusionTable table;
  table.counts.assign(k * k, 0);
  for (std::size_t i = 0; i < k; ++i) {
    table.classes.push_back(name + std::to_string(i));
    table.counts[i * k + i] = 1234;
  }
  return table;
}

TEST(SvgConfusion, ShowsCountsNamesAndSummary) {
  const ConfusionPicture picture = {"Penguins", "", {{"<&>", "Gentoo"}, {151, 3, 0, 124}}};
  const std::string svg = svg_confusion(picture);
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_EQ(svg, svg_confusion(picture));
  for (const char* text :
       {">151<", ">3<", ">124<", "&lt;&amp;&gt;", "275 of 278 right, 98.9 %", "predicted class"}) {
    EXPECT_THAT(svg, HasSubstr(text));
  }
  EXPECT_EQ(occurrences(svg, "class=\"wrong\""), 1);
  EXPECT_EQ(occurrences(svg, "class=\"right\""), 2);
}

TEST(SvgConfusion, LeavesFiguresOutWhereCellsAreSmall) {
  EXPECT_THAT(svg_confusion({"", "", diagonal(10, "")}), HasSubstr(">1,234<"));
  EXPECT_THAT(svg_confusion({"", "", diagonal(60, "")}), Not(HasSubstr(">1,234<")));
}

TEST(SvgConfusion, DrawsAnyNumberOfClassesAndLongNames) {
  for (const std::size_t k : {0u, 1u, 2u, 26u, 100u}) {
    EXPECT_EQ(svg_fault(svg_confusion({"title", "", diagonal(k, "a rather long name of a class ")})), "")
        << k;
  }
}

TEST(SvgConfusion, AClassWithoutSamplesIsNoFault) {
  EXPECT_EQ(svg_fault(svg_confusion({"", "", {{"a", "b"}, {0, 0, 0, 0}}})), "");
}

TEST(SvgConfusion, CountsThatAreNotSquareAreABug) {
  EXPECT_THROW((void)svg_confusion({"", "", {{"a", "b"}, {1}}}), InternalError);
}

}  // namespace
}  // namespace gradus::report
