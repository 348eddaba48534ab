// The arithmetic of dual numbers, and the parser: one function for each line of the grammar.
#include "gradus/optim/expression.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/kernels/math.h"

namespace gradus {
namespace {

constexpr std::size_t kLongest = 400;
constexpr int kDeepest = 50;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

using Operation = Expression::Operation;

constexpr std::array<std::pair<std::string_view, Operation>, 7> kFunctions = {{{"sin", Operation::kSin},
                                                                               {"cos", Operation::kCos},
                                                                               {"exp", Operation::kExp},
                                                                               {"log", Operation::kLog},
                                                                               {"sqrt", Operation::kSqrt},
                                                                               {"abs", Operation::kAbs},
                                                                               {"tanh", Operation::kTanh}}};

// Whole exponents by products alone, so that x^2 has the bits of x * x.
double power(double base, double exponent) {
  constexpr double kMostFactors = 64;
  if (!std::isfinite(base) || !std::isfinite(exponent)) return kNan;
  const bool whole = exponent == std::floor(exponent);
  if (whole && std::abs(exponent) <= kMostFactors) {
    double product = 1;
    double square = base;
    for (auto left = static_cast<unsigned>(std::abs(exponent)); left != 0; left /= 2) {
      if (left % 2 == 1) product *= square;
      square *= square;
    }
    return exponent < 0 ? 1 / product : product;
  }
  if (base > 0) return math::pow(base, exponent);
  if (base == 0) return exponent > 0 ? 0 : std::numeric_limits<double>::infinity();
  if (!whole) return kNan;
  const bool odd = std::fmod(exponent, 2) != 0;
  return (odd ? -1 : 1) * math::pow(-base, exponent);
}

// What does not depend on a variable has slope 0, however steep the function is.
double times(double slope, double inner) {
  return inner == 0 ? 0 : slope * inner;
}

Dual2 through(const Dual2& inner, double value, double slope) {
  return {value, times(slope, inner.dx), times(slope, inner.dy)};
}

Dual2 operator+(const Dual2& a, const Dual2& b) {
  return {a.value + b.value, a.dx + b.dx, a.dy + b.dy};
}
Dual2 operator-(const Dual2& a, const Dual2& b) {
  return {a.value - b.value, a.dx - b.dx, a.dy - b.dy};
}
Dual2 operator-(const Dual2& a) {
  return {-a.value, -a.dx, -a.dy};
}
Dual2 operator*(const Dual2& a, const Dual2& b) {
  return {a.value * b.value, times(b.value, a.dx) + times(a.value, b.dx),
          times(b.value, a.dy) + times(a.value, b.dy)};
}
constexpr double kNothing = -0.0;  // added to -0 it leaves -0

Dual2 operator/(const Dual2& a, const Dual2& b) {
  const double quotient = a.value / b.value;
  const Dual2 by_a = through(a, quotient, 1 / b.value);
  return by_a + through(b, kNothing, -quotient / b.value);
}
Dual2 power(const Dual2& a, const Dual2& b) {
  const double value = power(a.value, b.value);
  const Dual2 by_base = through(a, value, b.value == 0 ? 0 : b.value * power(a.value, b.value - 1));
  return by_base + through(b, kNothing, value == 0 ? 0 : value * math::log(a.value));
}

double sine(double a) {
  return math::sin(a);
}
Dual2 sine(const Dual2& a) {
  return through(a, math::sin(a.value), math::cos(a.value));
}
double cosine(double a) {
  return math::cos(a);
}
Dual2 cosine(const Dual2& a) {
  return through(a, math::cos(a.value), -math::sin(a.value));
}
double exponential(double a) {
  return math::exp(a);
}
Dual2 exponential(const Dual2& a) {
  const double value = math::exp(a.value);
  return through(a, value, value);
}
double logarithm(double a) {
  return math::log(a);
}
Dual2 logarithm(const Dual2& a) {
  return through(a, math::log(a.value), 1 / a.value);
}
double root(double a) {
  return std::sqrt(a);
}
Dual2 root(const Dual2& a) {
  const double value = std::sqrt(a.value);
  return through(a, value, 1 / (2 * value));
}
double magnitude(double a) {
  return std::abs(a);
}
Dual2 magnitude(const Dual2& a) {
  return through(a, std::abs(a.value), (a.value > 0) - (a.value < 0));
}
double hyperbolic_tangent(double a) {
  return math::tanh(a);
}
Dual2 hyperbolic_tangent(const Dual2& a) {
  const double value = math::tanh(a.value);
  return through(a, value, 1 - value * value);
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

// Reads from left to right, adding nodes as it goes.
class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, std::vector<Expression::Node>& nodes)
      : text_(text), nodes_(nodes) {}

  void parse() {
    (void)sum();
    (void)peek();
    if (at_ < text_.size()) refuse("+, -, *, /, ^ or the end");
  }

 private:
  std::size_t sum() {
    std::size_t left = product();
    while (true) {
      if (take('+')) {
        left = add(Operation::kAdd, left, product());
      } else if (take('-')) {
        left = add(Operation::kSubtract, left, product());
      } else {
        return left;
      }
    }
  }

  std::size_t product() {
    std::size_t left = factor();
    while (true) {
      if (take('*')) {
        left = add(Operation::kMultiply, left, factor());
      } else if (take('/')) {
        left = add(Operation::kDivide, left, factor());
      } else if (is_letter(peek()) || peek() == '(') {
        left = add(Operation::kMultiply, left, power());
      } else {
        return left;
      }
    }
  }

  std::size_t factor() {
    if (++depth_ > kDeepest) refuse(fmt::format("at most {} levels of brackets, signs and powers", kDeepest));
    const bool negated = take('-');
    std::size_t node = 0;
    if (negated || take('+')) {
      node = factor();
      if (negated) node = add(Operation::kNegate, node);
    } else {
      node = power();
    }
    --depth_;
    return node;
  }

  std::size_t power() {
    const std::size_t base = atom();
    return take('^') ? add(Operation::kPower, base, factor()) : base;
  }

  std::size_t atom() {
    const char c = peek();
    if (is_digit(c) || c == '.') return number();
    if (is_letter(c)) return named();
    if (c != '(') refuse("a number, x, y, a function or (");
    return bracketed();
  }

  std::size_t bracketed() {
    if (!take('(')) refuse("(");
    const std::size_t inner = sum();
    if (!take(')')) refuse(") or an operator");
    return inner;
  }

  std::size_t number() {
    double value = 0;
    const char* end = text_.data() + text_.size();
    const auto [after, error] = std::from_chars(text_.data() + at_, end, value);
    if (error != std::errc()) refuse("a number that a double can hold");
    at_ = static_cast<std::size_t>(after - text_.data());
    return add(Operation::kNumber, 0, 0, value);
  }

  std::size_t named() {
    std::size_t end = at_;
    while (end < text_.size() && is_letter(text_[end])) ++end;
    const std::string_view name = text_.substr(at_, end - at_);
    for (const auto& [known, operation] : kFunctions) {
      if (name != known) continue;
      at_ = end;
      return add(operation, bracketed());
    }
    const bool constant = name == "pi";
    if (!constant && name != "x" && name != "y")
      refuse(
          "x, y, pi or one of sin, cos, exp, log, sqrt, abs, tanh; a product of two has a space or * between "
          "them");
    at_ = end;
    if (constant) return add(Operation::kNumber, 0, 0, std::numbers::pi);
    return add(name == "x" ? Operation::kX : Operation::kY);
  }

  std::size_t add(Operation operation, std::size_t left = 0, std::size_t right = 0, double number = 0) {
    nodes_.push_back({operation, left, right, number});
    return nodes_.size() - 1;
  }

  // The next character that is no space; 0 at the end.
  char peek() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  // The word or the character that was not expected, in ASCII.
  std::string what_came() {
    (void)peek();
    if (at_ == text_.size()) return "the end";
    std::size_t end = at_;
    while (end < text_.size() && is_letter(text_[end])) ++end;
    if (end > at_) return fmt::format("'{}'", text_.substr(at_, end - at_));
    const char c = text_[at_];
    return c > ' ' && c < '\x7f' ? fmt::format("'{}'", c) : "a character that no formula has";
  }

  [[noreturn]] void refuse(std::string_view expected) {
    const std::string came = what_came();
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("reading the function of x and y: {} at column {}; expected {}", came, at_ + 1,
                            expected));
  }

  std::string_view text_;
  std::vector<Expression::Node>& nodes_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

Expression::Expression(std::string_view text) {
  if (text.size() > kLongest) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("reading the function of x and y: {} characters; expected at most {}",
                            text.size(), kLongest));
  }
  ExpressionParser(text, nodes_).parse();
}

// T: double, or Dual2 with slopes. Each node is used once, so that the time is that of the formula's length.
template <class T>
T Expression::evaluate(std::size_t index, const T& x, const T& y) const {
  const Node& node = nodes_[index];
  const auto left = [&] { return evaluate(node.left, x, y); };
  const auto right = [&] { return evaluate(node.right, x, y); };
  switch (node.operation) {
    case Operation::kNumber:
      return T{node.number};
    case Operation::kX:
      return x;
    case Operation::kY:
      return y;
    case Operation::kAdd:
      return left() + right();
    case Operation::kSubtract:
      return left() - right();
    case Operation::kMultiply:
      return left() * right();
    case Operation::kDivide:
      return left() / right();
    case Operation::kPower:
      return power(left(), right());
    case Operation::kNegate:
      return -left();
    case Operation::kSin:
      return sine(left());
    case Operation::kCos:
      return cosine(left());
    case Operation::kExp:
      return exponential(left());
    case Operation::kLog:
      return logarithm(left());
    case Operation::kSqrt:
      return root(left());
    case Operation::kAbs:
      return magnitude(left());
    case Operation::kTanh:
      return hyperbolic_tangent(left());
  }
  GRADUS_ASSERT(false, static_cast<int>(node.operation));
  return T{};
}

double Expression::value(double x, double y) const {
  return evaluate(nodes_.size() - 1, x, y);
}

Dual2 Expression::with_slopes(double x, double y) const {
  return evaluate(nodes_.size() - 1, Dual2{x, 1, 0}, Dual2{y, 0, 1});
}

}  // namespace gradus
