#include "gradus/report/terminal_chart.h"

#include <gmock/gmock.h>

#include <cmath>
#include <regex>
#include <sstream>

#include "gradus/report/display_text.h"

namespace gradus::report {
namespace {

using testing::HasSubstr;

std::string without_colours(const std::string& text) {
  return std::regex_replace(text, std::regex("\x1b\\[[0-9;]*m"), "");
}

std::vector<Curve> falling_curves(std::size_t count, std::size_t points) {
  std::vector<Curve> curves;
  for (std::size_t c = 0; c < count; ++c) {
    Curve curve{"curve number " + std::to_string(c), {}, {}};
    for (std::size_t i = 0; i < points; ++i) {
      curve.x.push_back(static_cast<double>(i));
      curve.y.push_back(std::exp(-static_cast<double>(i * (c + 1)) / static_cast<double>(points)));
    }
    curves.push_back(std::move(curve));
  }
  return curves;
}

TEST(TerminalChart, DrawsAStraightLineInBraille) {
  const std::vector<Curve> curves = {{"train", {0, 1, 2}, {0, 1, 2}}};
  EXPECT_EQ(terminal_chart(curves, {.title = "loss", .x_title = "epoch", .width = 24, .height = 4}),
            "loss\n"
            "2 ┤                ⢀⡠⠤⠒⠉\n"
            "  │           ⢀⡠⠤⠒⠉⠁\n"
            "  │     ⢀⣀⠤⠔⠒⠉⠁\n"
            "0 ┤⣀⠤⠔⠒⠉⠁\n"
            "  └┬─────────┬─────────┬\n"
            "   0         1         2\n"
            "           epoch\n"
            "   ⠒⠒⠒⠒ train\n");
}

TEST(TerminalChart, AsciiTellsCurvesApartByTheirCharacters) {
  const std::vector<Curve> curves = {{"train", {0, 1}, {0, 2}}, {"test", {0, 1}, {2, 0}}};
  EXPECT_EQ(terminal_chart(curves, {.width = 24, .height = 5, .unicode = false}),
            "2 +ooo               ***\n"
            "  |   ooooo     *****\n"
            "  |        *****\n"
            "  |   *****     ooooo\n"
            "0 +***               ooo\n"
            "  ++-------------------+\n"
            "   0                   1\n"
            "   * train   o test\n");
}

TEST(TerminalChart, NoLineIsWiderThanAsked) {
  for (const std::size_t count : {1u, 2u, 12u}) {
    for (const std::size_t points : {1u, 2u, 100u, 10000u}) {
      const auto curves = falling_curves(count, points);
      for (const int width : {24, 40, 80, 120}) {
        for (const bool unicode : {true, false}) {
          const std::string chart = terminal_chart(curves, {.title = std::string(100, 't'),
                                                            .x_title = "epoch",
                                                            .width = width,
                                                            .colour = true,
                                                            .unicode = unicode});
          std::istringstream lines(without_colours(chart));
          for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), width) << line;
        }
      }
    }
  }
}

TEST(TerminalChart, ColoursChangeNothingButColours) {
  const std::vector<Curve> curves = falling_curves(1, 50);
  EXPECT_EQ(without_colours(terminal_chart(curves, {.colour = true})), terminal_chart(curves, {}));
}

TEST(TerminalChart, PlainAsciiStaysPlain) {
  for (const char c : terminal_chart(falling_curves(12, 30), {.unicode = false})) {
    EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7F)) << static_cast<int>(c);
  }
}

TEST(TerminalChart, ValuesThatAreNotFiniteAreGaps) {
  const double nan = std::nan("");
  const std::vector<Curve> curves = {{"", {0, 1, 2, 3, 4}, {1, 1, nan, 1, 1}}};
  const std::string chart = terminal_chart(curves, {.width = 26, .height = 3, .unicode = false});
  EXPECT_THAT(chart, HasSubstr("|*******          ******\n")) << chart;
}

TEST(TerminalChart, NothingToDrawIsSaid) {
  const double nan = std::nan("");
  EXPECT_THAT(terminal_chart(std::vector<Curve>{{"c", {0, 1}, {nan, INFINITY}}}, {}),
              HasSubstr("no finite values"));
  EXPECT_THAT(terminal_chart({}, {}), HasSubstr("no finite values"));
}

TEST(TerminalChart, ExtremeValuesStayInTheChart) {
  const std::vector<Curve> curves = {{"c", {0, 1, 2, 3}, {1e-12, 1e12, -1e12, 1e300}}, {"d", {5}, {-1e300}}};
  for (const Scale scale : {Scale::kLinear, Scale::kLogarithmic}) {
    const std::string chart = terminal_chart(curves, {.width = 40, .y_scale = scale});
    EXPECT_THAT(chart, testing::Not(HasSubstr("nan")));
    EXPECT_THAT(chart, testing::Not(HasSubstr("inf")));
  }
}

}  // namespace
}  // namespace gradus::report
