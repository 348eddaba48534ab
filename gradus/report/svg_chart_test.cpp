#include "gradus/report/svg_chart.h"

#include <gmock/gmock.h>

#include <cmath>

#include "gradus/report/svg_checker.h"

namespace gradus::report {
namespace {

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

}  // namespace
}  // namespace gradus::report
