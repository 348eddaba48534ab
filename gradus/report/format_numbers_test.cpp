#include "gradus/report/format_numbers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace gradus::report {
namespace {

TEST(FormatNumbers, ThousandsAreGrouped) {
  for (const auto& [number, grouped] :
       {std::pair("0", "0"), std::pair("-123", "-123"), std::pair("1234", "1,234"),
        std::pair("-1234567.25", "-1,234,567.25"), std::pair("0.12345", "0.12345"),
        std::pair("1.5e12", "1.5e12"), std::pair("inf", "inf"), std::pair("", "")})
    EXPECT_EQ(grouped_digits(number), grouped);
}

TEST(FormatNumbers, ExactReadsBackAsTheSameDouble) {
  EXPECT_EQ(format_exact(0.1), "0.1");
  EXPECT_EQ(format_exact(0.6931471805599453), "0.6931471805599453");
  std::mt19937_64 bits(1);
  for (int i = 0; i < 1000; ++i) {
    const double value = std::ldexp(static_cast<double>(bits()), static_cast<int>(bits() % 600) - 300);
    EXPECT_EQ(std::stod(format_exact(value)), value);
  }
}

TEST(FormatNumbers, FixedNeverShowsANegativeZero) {
  EXPECT_EQ(format_fixed(0.12345, 4), "0.1235");
  EXPECT_EQ(format_fixed(-0.00001, 4), "0.0000");
  EXPECT_EQ(format_fixed(-1.5, 0), "-2");
  EXPECT_EQ(format_fixed(std::nan(""), 2), "nan");
}

TEST(FormatNumbers, SignificantKeepsTheLeadingDigits) {
  EXPECT_EQ(format_significant(0.12344), "0.1234");
  EXPECT_EQ(format_significant(12.3456), "12.35");
  EXPECT_EQ(format_significant(9.99996), "10");
  EXPECT_EQ(format_significant(12345.6), "12346");
  EXPECT_EQ(format_significant(1.23e-7), "1.23e-7");
  EXPECT_EQ(format_significant(-4.5e12), "-4.5e12");
  EXPECT_EQ(format_significant(0), "0");
  EXPECT_EQ(format_significant(-std::numeric_limits<double>::infinity()), "-inf");
}

TEST(FormatNumbers, CountsAreGroupedByThousands) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(31200), "31,200");
  EXPECT_EQ(format_count(1234567), "1,234,567");
}

TEST(FormatNumbers, PercentOfAShare) {
  EXPECT_EQ(format_percent(0.975), "97.5 %");
  EXPECT_EQ(format_percent(1, 0), "100 %");
}

TEST(FormatNumbers, DurationsTakeTheUnitThatFits) {
  EXPECT_EQ(format_duration(0.00035), "350 µs");
  EXPECT_EQ(format_duration(0.012), "12 ms");
  EXPECT_EQ(format_duration(0.8), "0.8 s");
  EXPECT_EQ(format_duration(59.94), "59.9 s");
  EXPECT_EQ(format_duration(59.97), "1:00");
  EXPECT_EQ(format_duration(65), "1:05");
  EXPECT_EQ(format_duration(7390), "2:03:10");
  EXPECT_EQ(format_duration(std::nan("")), "-");
}

TEST(FormatNumbers, ClockKeepsItsFormBelowAMinute) {
  EXPECT_EQ(format_clock(12.2), "0:12");
  EXPECT_EQ(format_clock(65), "1:05");
  EXPECT_EQ(format_clock(7390), "2:03:10");
  EXPECT_EQ(format_clock(-1), "0:00");
  EXPECT_EQ(format_clock(1e300), "-");
}

TEST(FormatNumbers, SizesAreDecimal) {
  EXPECT_EQ(format_size(999), "999 B");
  EXPECT_EQ(format_size(1500), "1.5 kB");
  EXPECT_EQ(format_size(999960), "1.0 MB");
  EXPECT_EQ(format_size(std::numeric_limits<std::uint64_t>::max()), "18.4 EB");
}

}  // namespace
}  // namespace gradus::report
