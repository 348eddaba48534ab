#include "gradus/report/estimate_text.h"

#include <gmock/gmock.h>

#include <cmath>

namespace gradus::report {
namespace {

EstimateText text_of(double estimate, double low, double high) {
  EstimateText text;
  text.add(estimate, low, high);
  return text;
}

TEST(EstimateText, ShowsTwoDigitsOfTheHalfWidth) {
  const EstimateText accuracy = text_of(0.93, 0.928, 0.932);
  EXPECT_EQ(accuracy.estimate(0.93), "0.9300");
  EXPECT_EQ(accuracy.interval(0.928, 0.932), "[0.9280, 0.9320]");
  EXPECT_EQ(text_of(-6.2, -8.4, -4).interval(-8.4, -4), "[−8.4, −4.0]");
  EXPECT_EQ(text_of(1234, 1100, 1368).interval(1100, 1368), "[1,100, 1,368]");
}

TEST(EstimateText, TheNarrowestIntervalDecidesForAll) {
  EstimateText text = text_of(0.5, 0.1, 0.9);
  text.add(0.25, 0.249, 0.251);
  EXPECT_EQ(text.estimate(0.5), "0.5000");
}

TEST(EstimateText, CountsStayWhole) {
  EXPECT_EQ(text_of(29876, NAN, NAN).estimate(29876), "29,876");
  EXPECT_EQ(text_of(-704, NAN, NAN).estimate(-704), "−704");
  EXPECT_EQ(text_of(-704.5, NAN, NAN).estimate(-704.5), "−704.5");
}

TEST(EstimateText, WithoutIntervalsFourDigitsStay) {
  const double nan = std::nan("");
  EXPECT_EQ(text_of(0.97212, nan, nan).estimate(0.97212), "0.9721");
  EXPECT_EQ(text_of(nan, nan, nan).estimate(nan), "no value");
  EXPECT_EQ(text_of(1, nan, nan).interval(nan, 2), "");
  EXPECT_EQ(text_of(1, 1, 1).interval(1, 1), "[1, 1]");
}

TEST(EstimateText, TinyAndHugeFiguresKeepTheirDigits) {
  EXPECT_EQ(text_of(1.5e-9, 1e-9, 2e-9).interval(1e-9, 2e-9), "[1e−9, 2e−9]");
  EXPECT_EQ(text_of(2.5e12, 2e12, 3e12).estimate(2.5e12), "2.5e12");
}

}  // namespace
}  // namespace gradus::report
