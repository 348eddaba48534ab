// Limited-memory BFGS for smooth functions of many variables whose value and gradient are exact: the whole data at once, no
// learning rate. Two-loop recursion (Nocedal 1980), initial step s'y / y'y, line search for the strong Wolfe conditions
// (Nocedal and Wright 2006, algorithms 7.4, 3.5 and 3.6, cubic interpolation).
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <span>
#include <vector>

namespace gradus {

struct LbfgsOptions {
  std::size_t memory = 10;              // pairs of steps and changes of the gradient
  std::size_t max_iterations = 200;     //
  std::size_t max_evaluations = 15000;  // of value and gradient
  double gradient_tolerance = 1e-4;     // ends where no entry of the gradient is larger
  double value_tolerance = 2.2e-9;      // ends where an iteration gains no more than this of max(|f|, 1)

  void validate() const;  // Error(kBadConfiguration)
};

enum class LbfgsEnd {
  kConverged,       // by either tolerance
  kMaxIterations,   //
  kMaxEvaluations,  //
  kNoProgress,  // the line search finds no lower point: the limit of the arithmetic, or no gradient of this function
  kCancelled,
};

struct LbfgsResult {
  LbfgsEnd end = LbfgsEnd::kConverged;
  double value = 0;
  std::size_t iterations = 0;
  std::size_t evaluations = 0;
};

// What a minimization knows between two iterations, beside x.
struct LbfgsState {
  // The last steps s and changes y of the gradient, oldest first.
  struct Pair {
    std::vector<double> step;
    std::vector<double> change;
    double inverse = 0;  // 1 / s'y

    template <class Archive>
    void transfer(Archive& archive) {
      archive(step, change, inverse);
    }
  };

  std::size_t iterations = 0;
  std::size_t evaluations = 0;  // 0: it has not begun
  double value = 0;
  double value_before = 0;  // the last iteration
  std::vector<double> gradient;
  std::deque<Pair> pairs;

  // Whether a minimization of so many variables with these options can come to it.
  [[nodiscard]] bool fits(std::size_t variables, const LbfgsOptions& options) const;

  template <class Archive>
  void transfer(Archive& archive) {
    archive(iterations, evaluations, value, value_before, gradient, pairs);
  }
};

// Returns the value at x (n) and writes the gradient there (n). A value that is not finite counts as too far.
using ValueAndGradient = std::function<double(std::span<const double> x, std::span<double> gradient)>;

// From x, which is left at the lowest point found. After each iteration `go_on(iteration, value)` may end it; empty: never.
// Sums run in the order of the variables, so that the same function gives the same bits. Throws Error(kInvalidArgument)
// where value or gradient is not finite at the start. `state`, where one is given, is that of the moment whenever go_on is asked;
// from such a state, and the x of that moment, it goes on as if it had not stopped.
LbfgsResult minimize_lbfgs(const ValueAndGradient& function, std::span<double> x,
                           const LbfgsOptions& options = {},
                           const std::function<bool(std::size_t iteration, double value)>& go_on = {},
                           LbfgsState* state = nullptr);

}  // namespace gradus
