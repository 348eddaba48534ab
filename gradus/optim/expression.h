// Formulas of x and y as people type them, with exact slopes: every operation carries the two partial derivatives along
// (dual numbers).
//
//   sum      product {+|- product}
//   product  factor {*|/ factor, or a power that follows directly: 2 x (y + 1)}
//   factor   -factor, +factor, or a power
//   power    atom, or atom ^ factor: from the right, and before a sign: -x^2 = -(x^2)
//   atom     number, x, y, pi, (sum), or one of sin cos exp log sqrt abs tanh and (sum)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace gradus {

// A value with its slopes along x and y.
struct Dual2 {
  double value = 0;
  double dx = 0;
  double dy = 0;
};

// Immutable; any number of threads. Where a formula has no value (the root of -1) it is NaN or infinite; abs has slope 0
// at 0.
class Expression {
 public:
  // Throws Error(kInvalidArgument) that says at which column what was expected: at most 400 characters, and nested at most
  // 50 deep.
  explicit Expression(std::string_view text);

  [[nodiscard]] double value(double x, double y) const;
  [[nodiscard]] Dual2 with_slopes(double x, double y) const;

  enum class Operation : std::uint8_t {
    kNumber,
    kX,
    kY,
    kAdd,
    kSubtract,
    kMultiply,
    kDivide,
    kPower,
    kNegate,
    kSin,
    kCos,
    kExp,
    kLog,
    kSqrt,
    kAbs,
    kTanh
  };

 private:
  friend class ExpressionParser;
  struct Node {
    Operation operation = Operation::kNumber;
    std::size_t left = 0;  // places of the operands among the nodes
    std::size_t right = 0;
    double number = 0;
  };

  template <class T>
  T evaluate(std::size_t node, const T& x, const T& y) const;

  std::vector<Node> nodes_;  // operands before what uses them; the whole is the last
};

}  // namespace gradus
