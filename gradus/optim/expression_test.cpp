// Typed formulas against C++ and central differences; what cannot be read, and where that is said to be.
#include "gradus/optim/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/optim/minimize.h"

namespace gradus {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct Case {
  std::string text;
  double (*value)(double x, double y);
};

const std::vector<Case>& cases() {
  static const std::vector<Case> list = {
      {"x^2 + 3*y^2", [](double x, double y) { return x * x + 3 * y * y; }},
      {"-x^2", [](double x, double) { return -(x * x); }},
      {"(-x)^3", [](double x, double) { return -(x * x * x); }},
      {"2^3^x", [](double x, double) { return std::pow(2, std::pow(3, x)); }},
      {"2^-x", [](double x, double) { return std::pow(2, -x); }},
      {"x - y - 1", [](double x, double y) { return x - y - 1; }},
      {"8 / x / y", [](double x, double y) { return 8 / x / y; }},
      {"2 x y (x + 1) (y - 1)", [](double x, double y) { return 2 * x * y * (x + 1) * (y - 1); }},
      {"x (y + 2) + cos(3 x)", [](double x, double y) { return x * (y + 2) + std::cos(3 * x); }},
      {"1/2 x", [](double x, double) { return x / 2; }},
      {"2 pi x", [](double x, double) { return 2 * std::numbers::pi * x; }},
      {".5e1*x + +y - -1", [](double x, double y) { return 5 * x + y + 1; }},
      {"x^0.5 + y^-2", [](double x, double y) { return std::sqrt(x) + 1 / (y * y); }},
      {"x^y", [](double x, double y) { return std::pow(x, y); }},
      {"exp(-x^2) log(y) sqrt(x y)",
       [](double x, double y) { return std::exp(-x * x) * std::log(y) * std::sqrt(x * y); }},
      {"abs(x - 9) tanh(y/3) sin(x + y)",
       [](double x, double y) { return std::abs(x - 9) * std::tanh(y / 3) * std::sin(x + y); }},
  };
  return list;
}

const std::vector<Point2>& places() {
  static const std::vector<Point2> list = {{2, 3}, {0.5, 1.25}, {3.75, 0.125}};
  return list;
}

TEST(Expression, ReadsWhatPeopleWrite) {
  for (const Case& one : cases()) {
    const Expression expression(one.text);
    for (const auto& [x, y] : places()) {
      const double wanted = one.value(x, y);
      EXPECT_NEAR(expression.value(x, y), wanted, 1e-13 * (1 + std::abs(wanted))) << one.text;
      EXPECT_EQ(expression.with_slopes(x, y).value, expression.value(x, y)) << one.text;
    }
  }
}

TEST(Expression, SlopesAgreeWithCentralDifferences) {
  constexpr double kHalf = 1e-5;
  for (const Case& one : cases()) {
    const Expression expression(one.text);
    for (const auto& [x, y] : places()) {
      const Dual2 exact = expression.with_slopes(x, y);
      const double dx = (one.value(x + kHalf, y) - one.value(x - kHalf, y)) / (2 * kHalf);
      const double dy = (one.value(x, y + kHalf) - one.value(x, y - kHalf)) / (2 * kHalf);
      const double bound = 1e-7 * (1 + std::abs(exact.value) + std::abs(exact.dx) + std::abs(exact.dy));
      EXPECT_NEAR(exact.dx, dx, bound) << one.text << " at " << x << ", " << y;
      EXPECT_NEAR(exact.dy, dy, bound) << one.text << " at " << x << ", " << y;
    }
  }
}

// Their formulas are written by hand and so are their gradients: two ways to the same numbers.
TEST(Expression, TheBuiltInFunctionsAreTheirFormulas) {
  for (const Function2& f : functions_of_two_variables()) {
    const Expression expression(f.formula);
    for (int i = 0; i <= 10; ++i) {
      for (int j = 0; j <= 10; ++j) {
        const Point2 p{f.low + (f.high - f.low) * i / 10.3, f.low + (f.high - f.low) * j / 10.3};
        const Dual2 typed = expression.with_slopes(p.x, p.y);
        const Point2 slope = f.gradient(p);
        const double bound = 1e-12 * (1 + std::abs(f.value(p)) + std::abs(slope.x) + std::abs(slope.y));
        EXPECT_NEAR(typed.value, f.value(p), bound) << f.name;
        EXPECT_NEAR(typed.dx, slope.x, bound) << f.name;
        EXPECT_NEAR(typed.dy, slope.y, bound) << f.name;
      }
    }
  }
}

TEST(Expression, SquaresAreProducts) {
  EXPECT_EQ(Expression("x^2").value(0.1, 0), 0.1 * 0.1);
  EXPECT_EQ(Expression("x^-1").value(3, 0), 1.0 / 3);
  EXPECT_EQ(Expression("x^3").value(-2, 0), -8);
  EXPECT_EQ(Expression("x^101").value(-1, 0), -1);
  EXPECT_EQ(Expression("x^0").value(0, 0), 1);
}

TEST(Expression, PowersBeyondProductsKeepSignAndZero) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const struct {
    const char* text;
    double x;
    double value;
  } powers[] = {{"x^100", -1, 1},    {"x^101", -1, -1},   {"x^100", 0, 0}, {"x^0.5", 0, 0},
                {"x^-0.5", 0, kInf}, {"x^-101", 0, kInf}, {"x^0.5", 4, 2}};
  for (const auto& power : powers)
    EXPECT_EQ(Expression(power.text).value(power.x, 0), power.value) << power.text;
}

TEST(Expression, APowerOfZeroIsFlat) {
  const Dual2 there = Expression("x^0 + y").with_slopes(0, 3);
  EXPECT_EQ(there.value, 4);
  EXPECT_EQ(there.dx, 0);
  EXPECT_EQ(there.dy, 1);
}

TEST(Expression, AKinkOrASteepPlaceDoesNotSpoilTheOtherSlope) {
  EXPECT_EQ(Expression("abs(x)").with_slopes(0, 0).dx, 0);
  const Dual2 steep = Expression("sqrt(x) + 2 y").with_slopes(0, 1);
  EXPECT_EQ(steep.dx, std::numeric_limits<double>::infinity());
  EXPECT_EQ(steep.dy, 2);
  const Dual2 square = Expression("x^2").with_slopes(0, 0);
  EXPECT_EQ(square.dx, 0);
  EXPECT_EQ(square.dy, 0);
}

TEST(Expression, TheValueBesideSlopesKeepsTheSignOfZero) {
  for (const char* text : {"1 / (0 / -x)", "1 / ((0 / -x)^1)", "1 / (0 * -x)", "1 / (-(x - x))"}) {
    const Expression expression(text);
    EXPECT_EQ(expression.with_slopes(0.5, -2).value, expression.value(0.5, -2)) << text;
  }
}

TEST(Expression, WhereThereIsNoValueItSaysSo) {
  for (const char* text :
       {"sqrt(-1 - x^2)", "log(-1 - x^2)", "(-1 - x^2)^0.5", "0/0", "(1/(x - 1))^2", "2^(1/(x - 1))"})
    EXPECT_TRUE(std::isnan(Expression(text).value(1, 1))) << text;
  EXPECT_EQ(Expression("1/x").value(0, 0), std::numeric_limits<double>::infinity());
}

std::string refusal_of(const std::string& text) {
  try {
    (void)Expression(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.what();
  }
  ADD_FAILURE() << "'" << text << "' was read";
  return "";
}

TEST(Expression, RefusesWithThePlace) {
  EXPECT_EQ(refusal_of("x^2 + z"),
            "reading the function of x and y: 'z' at column 7; expected x, y, pi or one of sin, cos, exp, "
            "log, sqrt, "
            "abs, tanh; a product of two has a space or * between them");
  EXPECT_THAT(refusal_of("3*xy"), HasSubstr("'xy' at column 3"));
  EXPECT_THAT(refusal_of("sin x"), AllOf(HasSubstr("'x' at column 5"), HasSubstr("expected (")));
  EXPECT_THAT(refusal_of("(x + 1"), AllOf(HasSubstr("the end at column 7"), HasSubstr("expected )")));
  EXPECT_THAT(refusal_of("x + 1)"), HasSubstr("')' at column 6"));
  EXPECT_THAT(refusal_of(""), HasSubstr("the end at column 1"));
  EXPECT_THAT(refusal_of("x 2"), HasSubstr("'2' at column 3"));
  EXPECT_THAT(refusal_of("x = 2"), HasSubstr("'=' at column 3"));
  EXPECT_THAT(refusal_of("x**2"), HasSubstr("'*' at column 3"));
  EXPECT_THAT(refusal_of("x + 1e999"), HasSubstr("a number that a double can hold"));
  EXPECT_THAT(refusal_of("x + \xc3\xa4"), HasSubstr("a character that no formula has at column 5"));
  EXPECT_THAT(refusal_of("x + \x7f"), HasSubstr("a character that no formula has at column 5"));
  EXPECT_THAT(refusal_of("x + {y}"), HasSubstr("'{' at column 5"));
  EXPECT_THAT(refusal_of("X^2"), HasSubstr("'X' at column 1"));
  EXPECT_THAT(refusal_of("x_1"), HasSubstr("'x_' at column 1"));
  EXPECT_THAT(refusal_of(std::string("x\0y", 3)), HasSubstr("column 2"));
  EXPECT_THAT(refusal_of(std::string("sin\0", 4)), AllOf(HasSubstr("column 4"), HasSubstr("expected (")));
}

TEST(Expression, LengthAndDepthAreCapped) {
  EXPECT_THAT(refusal_of(std::string(401, 'x')), HasSubstr("401 characters"));
  for (const char* piece : {"(", "-", "x^", "sin("}) {
    std::string text;
    while (text.size() < 390) text += piece;
    EXPECT_THAT(refusal_of(text), HasSubstr("at most 50 levels")) << piece;
  }
  std::string flat = "x";
  while (flat.size() < 398) flat += "+x";
  EXPECT_EQ(Expression(flat).value(1, 0), 200);
}

}  // namespace
}  // namespace gradus
