// Descent on a function of two variables with any optimizer and schedule: exact gradients, every step kept.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/optim/optimizer.h"
#include "gradus/optim/schedule.h"

namespace gradus {

// A point of the plane.
struct Point2 {
  double x = 0;
  double y = 0;
};

// A function of two variables with its exact gradient.
struct Function2 {
  std::string name;
  std::string formula;
  std::function<double(Point2)> value;
  std::function<Point2(Point2)> gradient;
  double low = -5;  // of the square that the picture shows
  double high = 5;
  Point2 start;                // used when none is given
  std::vector<Point2> minima;  // known ones, the global first
};

// radboud rosenbrock himmelblau beale booth rastrigin
[[nodiscard]] std::span<const Function2> functions_of_two_variables();
// Throws Error(kInvalidArgument) with the nearest name.
[[nodiscard]] const Function2& function_from_name(std::string_view name);
// One of those by its name, or a formula of x and y as "x^2 + 3*y^2", which is its own name (its grammar:
// gradus/optim/expression.h); of that no minimum is known. Throws Error(kInvalidArgument).
[[nodiscard]] Function2 function_from_text(std::string_view text);

// A point of the path, and what led there.
struct DescentStep {
  std::size_t step = 0;
  Point2 point;
  double value = 0;
  double learning_rate = 0;  // that led here; 0 for the start
};

// Diverged: a coordinate or the value left the finite numbers.
enum class DescentOutcome { kFinished, kDiverged };

// A path, and how it ended.
struct Descent {
  std::vector<DescentStep> path;  // the start first: steps + 1 points, fewer when it diverged
  DescentOutcome outcome = DescentOutcome::kFinished;
};

// Both partial derivatives are taken at the old point. Stops before a point where a coordinate or the value
// is no longer finite. To schedules each step is an epoch too, and its value the loss. Throws
// Error(kInvalidArgument) where the start or the value there is not finite, and like the specs' validate().
[[nodiscard]] Descent minimize(const Function2& function, Point2 start, std::size_t steps,
                               const OptimizerSpec& optimizer, const ScheduleSpec& schedule = {});

// A descent as people ask for one, on the command line and in study files.
struct DescentSpec {
  std::string function = {};         // a name or a formula
  std::optional<Point2> start = {};  // nullopt: the function's own
  std::string optimizer = "sgd";
  double learning_rate = 0.1;
  double decay = 1;       // the rate of step t is learning_rate decay^t
  double momentum = 0.9;  // of momentum and nesterov
  std::size_t steps = 20;

  void validate() const;  // Error(kBadConfiguration), of an unknown name kInvalidArgument too
};
[[nodiscard]] Descent minimize(const DescentSpec& spec);
// "0.2" or "0.2 * 0.95^t"
[[nodiscard]] std::string rate_text(const DescentSpec& spec);

}  // namespace gradus
