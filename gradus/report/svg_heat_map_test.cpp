#include "gradus/report/svg_heat_map.h"

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
using testing::Not;

HeatMap grid(std::size_t rows, std::size_t columns, const std::string& name = "") {
  HeatMap map;
  map.title = "grid <&>";
  map.x_title = "learning_rate";
  map.y_title = "units";
  map.value_title = "accuracy";
  for (std::size_t i = 0; i < columns; ++i) map.columns.push_back(name + std::to_string(i));
  for (std::size_t i = 0; i < rows; ++i) map.rows.push_back(name + std::to_string(10 * i));
  for (std::size_t i = 0; i < rows * columns; ++i)
    map.cells.push_back({0.9 + 0.001 * static_cast<double>(i)});
  return map;
}

TEST(SvgHeatMap, WritesValuesAndFramesTheBest) {
  HeatMap map = grid(2, 3);
  const std::string svg = svg_heat_map(map);
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_EQ(svg, svg_heat_map(map));
  for (const char* text : {">0.9000<", ">0.9050<", ">best<", "Best: 0.9050 at 2, 10.", "&lt;&amp;&gt;"}) {
    EXPECT_THAT(svg, HasSubstr(text));
  }
  map.better = Better::kSmaller;
  EXPECT_THAT(svg_heat_map(map), HasSubstr("Best: 0.9000 at 0, 0."));
}

TEST(SvgHeatMap, CellsWithoutAValueAreHatchedAndExplained) {
  HeatMap map = grid(2, 3);
  EXPECT_THAT(svg_heat_map(map), Not(HasSubstr("class=\"hatch\"")));
  map.cells[0].state = CellState::kDiverged;
  map.cells[1].value = std::nan("");
  map.cells[2].state = CellState::kMissing;
  const std::string svg = svg_heat_map(map);
  EXPECT_EQ(occurrences(svg, "class=\"hatch\""), 5);  // three cells, two samples
  EXPECT_THAT(svg, HasSubstr(">diverged<"));
  EXPECT_THAT(svg, HasSubstr(">not run<"));
}

TEST(SvgHeatMap, LabelsKeepApart) {
  for (const double width : {320.0, 760.0}) {
    for (const std::size_t k : {1u, 2u, 7u, 12u}) {
      for (const char* name : {"", "a rather long value "}) {
        HeatMap map = grid(k, k, name);
        map.width = width;
        EXPECT_EQ(label_fault(svg_heat_map(map)), "") << width << " " << k << " " << name;
      }
    }
  }
}

TEST(SvgHeatMap, ExtremesAreDrawnWithoutFault) {
  for (const Scale scale : {Scale::kLinear, Scale::kLogarithmic}) {
    for (const double value : {0.0, -1.0, 1e300, 1e-300, 5e-324, HUGE_VAL, std::nan("")}) {
      HeatMap map = grid(2, 2);
      map.scale = scale;
      map.cells[3].value = value;
      EXPECT_EQ(svg_fault(svg_heat_map(map)), "") << value;
      for (HeatCell& cell : map.cells) cell.value = value;
      EXPECT_EQ(svg_fault(svg_heat_map(map)), "") << value;
    }
  }
  EXPECT_THAT(svg_heat_map({}), HasSubstr("no cells"));
  EXPECT_EQ(svg_fault(svg_heat_map(grid(40, 40))), "");
}

TEST(SvgHeatMap, CellsThatDoNotFillTheGridAreABug) {
  HeatMap map = grid(2, 2);
  map.cells.pop_back();
  EXPECT_THROW((void)svg_heat_map(map), InternalError);
}

}  // namespace
}  // namespace gradus::report
