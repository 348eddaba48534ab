#include "gradus/report/svg_chart.h"

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
using testing::Not;

Curve falling(const std::string& name, std::size_t points, double rate = 1) {
  Curve curve{name, {}, {}};
  for (std::size_t i = 0; i < points; ++i) {
    curve.x.push_back(static_cast<double>(i));
    curve.y.push_back(std::exp(-rate * static_cast<double>(i) / 20) +
                      0.01 * std::sin(static_cast<double>(i * i)));
  }
  return curve;
}

Chart loss_and_accuracy() {
  Chart chart;
  chart.title = "digits <&> \"more\"";
  chart.subtitle = "64-32-1";
  chart.x_title = "epoch";
  chart.panels = {{"loss (nats)", {falling("train", 50), falling("test", 50, 0.3)}},
                  {"accuracy", {falling("train", 50), falling("test", 50, 0.3)}}};
  chart.markers = {{12, "best epoch 12"}};
  return chart;
}

TEST(SvgChart, IsWellFormedAndTheSameEveryTime) {
  const std::string svg = svg_chart(loss_and_accuracy());
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_EQ(svg, svg_chart(loss_and_accuracy()));
  for (const char* text :
       {"digits &lt;&amp;&gt; &quot;more&quot;", "loss (nats)", "epoch", "best epoch 12", "train", "test"}) {
    EXPECT_THAT(svg, HasSubstr(text));
  }
}

TEST(SvgChart, ACurveLooksTheSameInEveryPanel) {
  const std::string svg = svg_chart(loss_and_accuracy());
  EXPECT_EQ(occurrences(svg, "class=\"curve c0\""), 4);  // two curves, two samples beside their names
  EXPECT_EQ(occurrences(svg, "class=\"curve c1\" stroke-dasharray"), 4);
  EXPECT_THAT(svg, Not(HasSubstr("class=\"curve c2\"")));
}

TEST(SvgChart, ExtremesAreDrawnWithoutFault) {
  const double nan = std::nan("");
  const std::vector<std::vector<Curve>> cases = {
      {},
      {{"empty", {}, {}}},
      {{"one point", {0}, {0.25}}},
      {{"constant", {0, 1, 2}, {0.5, 0.5, 0.5}}},
      {{"nothing", {0, 1}, {nan, INFINITY}}},
      {{"gap", {0, 1, nan, 3}, {1, nan, 2, 3}}},
      {{"huge", {0, 1, 2, 3}, {1e-12, 1e12, -1e12, 1e300}}, {"low", {1}, {-1e300}}},
      {falling(std::string(300, 'n'), 10), falling("<&>", 10)},
      {falling("a", 1), falling("b", 20), falling("c", 20), falling("d", 20), falling("e", 20),
       falling("f", 20), falling("g", 20), falling("h", 20), falling("i", 20), falling("j", 20),
       falling("k", 20), falling("l", 20)}};
  for (const auto& curves : cases) {
    for (const Scale scale : {Scale::kLinear, Scale::kLogarithmic}) {
      for (const Arrangement arrangement : {Arrangement::kStacked, Arrangement::kSideBySide}) {
        Chart chart;
        chart.panels = {{"value", curves, scale}, {"value again", curves, scale}};
        chart.arrangement = arrangement;
        chart.width = 320;
        chart.markers = {{nan, "nowhere"}, {1, "here"}};
        EXPECT_EQ(svg_fault(svg_chart(chart)), "") << (curves.empty() ? "no curves" : curves[0].name);
      }
    }
  }
  EXPECT_EQ(svg_fault(svg_chart({})), "");
}

TEST(SvgChart, SaysWhereThereIsNothingToDraw) {
  Chart chart;
  chart.panels = {{"loss", {{"train", {0, 1}, {std::nan(""), std::nan("")}}}}};
  EXPECT_THAT(svg_chart(chart), HasSubstr("no finite values"));
}

TEST(SvgChart, ALonePointIsACircle) {
  Chart chart;
  chart.panels = {{"loss", {{"train", {0}, {0.5}}}}};
  EXPECT_EQ(occurrences(svg_chart(chart), "<circle"), 1);
}

TEST(SvgChart, ManyPointsAreThinnedToWhatPixelsShow) {
  Chart chart;
  chart.panels = {{"loss", {falling("train", 100000)}}};
  const std::string svg = svg_chart(chart);
  EXPECT_LT(svg.size(), 60000u);
  EXPECT_GT(occurrences(svg, "L"), 1000);
}

TEST(SvgChart, ThinningKeepsASinglePeak) {
  Chart chart;
  Curve curve{"train", {}, {}};
  for (int i = 0; i < 100000; ++i) {
    curve.x.push_back(i);
    curve.y.push_back(i == 54321 ? 1 : 0);
  }
  chart.panels = {{"loss", {curve}}};
  chart.panel_height = 200;
  // Without titles the panel reaches from 48 to 248: the path must touch its top.
  const std::string svg = svg_chart(chart);
  EXPECT_THAT(svg, HasSubstr(" 248L"));
  EXPECT_THAT(svg, HasSubstr(" 48L"));
}

Chart banded(std::size_t curves) {
  Chart chart;
  chart.title = "five seeds";
  chart.band_label = "smallest to largest";
  Panel panel{"accuracy", {}};
  panel.levels = {{0.5, "printed 0.5"}};
  for (std::size_t i = 0; i < curves; ++i) {
    Curve curve = falling("contender " + std::to_string(i), 30, 0.2 + 0.1 * static_cast<double>(i));
    for (const double y : curve.y) {
      curve.low.push_back(y - 0.05);
      curve.high.push_back(y + 0.05);
    }
    curve.stopped_at = 20 + static_cast<double>(i % 5);
    panel.curves.push_back(curve);
  }
  chart.panels = {panel, panel};
  chart.panels[1].y_scale = Scale::kLogarithmic;
  return chart;
}

TEST(SvgChart, BandsStopsAndLevelsAreDrawnAndExplained) {
  const std::string svg = svg_chart(banded(3));
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_EQ(occurrences(svg, "fill-opacity=\"0.18\""), 6);
  EXPECT_EQ(occurrences(svg, "class=\"ring c1\""), 2);
  for (const char* text : {">smallest to largest<", ">stopped early<", ">printed 0.5<"}) {
    EXPECT_THAT(svg, HasSubstr(text));
  }
  EXPECT_THAT(svg_chart(loss_and_accuracy()), Not(HasSubstr("stopped early")));
}

TEST(SvgChart, ABandWithGapsOrBelowZeroIsNoFault) {
  Chart chart = banded(2);
  for (Panel& panel : chart.panels) {
    panel.curves[0].low[3] = std::nan("");
    panel.curves[0].high[9] = INFINITY;
    panel.curves[0].low.assign(30, -1e300);
    panel.curves[1].low.clear();
    panel.curves[1].stopped_at = -5;
    panel.levels.push_back({std::nan(""), "nowhere"});
    panel.levels.push_back({-1, "under zero"});
  }
  EXPECT_EQ(svg_fault(svg_chart(chart)), "");
}

TEST(SvgChart, ALowerEdgeNearZeroDoesNotStretchALogarithmicAxis) {
  Chart chart;
  chart.panels = {{"loss", {{"train", {0, 1}, {1, 0.5}, {1e-9, 1e-9}, {2, 2}}}, Scale::kLogarithmic}};
  EXPECT_THAT(svg_chart(chart), Not(HasSubstr("1e")));
}

TEST(SvgChart, SmoothingLeavesTheRawLineBehind) {
  Chart chart;
  chart.panels = {{"loss", {falling("train", 300)}}};
  EXPECT_EQ(occurrences(svg_chart(chart), "stroke-opacity"), 0);
  chart.smoothing = 0.9;
  const std::string svg = svg_chart(chart);
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_EQ(occurrences(svg, "stroke-opacity=\"0.25\""), 1);
  EXPECT_THAT(svg, HasSubstr("before smoothing"));
}

TEST(SvgChart, LabelsKeepApartForOneToTwelveCurves) {
  for (const double width : {320.0, 360.0, 760.0, 1200.0}) {
    for (const std::size_t curves : {1u, 2u, 5u, 12u}) {
      Chart chart = banded(curves);
      chart.width = width;
      EXPECT_EQ(label_fault(svg_chart(chart)), "") << width << " " << curves;
      for (Panel& panel : chart.panels) {
        for (Curve& curve : panel.curves) curve.name += " with a name that goes on and on";
      }
      chart.title = "a title that goes on and on until it needs a second line";
      chart.subtitle = "a subtitle that goes on and on until it needs a second line, or a third one";
      EXPECT_EQ(label_fault(svg_chart(chart)), "") << width << " " << curves;
    }
  }
}

}  // namespace
}  // namespace gradus::report
