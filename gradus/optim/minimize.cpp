// The six functions with their gradients, typed ones, and the descent.
#include "gradus/optim/minimize.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numbers>

#include "gradus/core/buffer.h"
#include "gradus/core/error.h"
#include "gradus/core/names.h"
#include "gradus/kernels/math.h"
#include "gradus/optim/expression.h"

namespace gradus {
namespace {

double square(double v) {
  return v * v;
}

double radboud(Point2 p) {
  return square(p.x) + square(p.y) + p.x * (p.y + 2) + math::cos(3 * p.x);
}
Point2 radboud_gradient(Point2 p) {
  return {2 * p.x - 3 * math::sin(3 * p.x) + p.y + 2, p.x + 2 * p.y};
}

double rosenbrock(Point2 p) {
  return square(1 - p.x) + 100 * square(p.y - square(p.x));
}
Point2 rosenbrock_gradient(Point2 p) {
  const double valley = p.y - square(p.x);
  return {-2 * (1 - p.x) - 400 * p.x * valley, 200 * valley};
}

double himmelblau(Point2 p) {
  return square(square(p.x) + p.y - 11) + square(p.x + square(p.y) - 7);
}
Point2 himmelblau_gradient(Point2 p) {
  const double a = square(p.x) + p.y - 11;
  const double b = p.x + square(p.y) - 7;
  return {4 * p.x * a + 2 * b, 2 * a + 4 * p.y * b};
}

// The sum over k = 1, 2, 3 of (c_k - x (1 - y^k))^2.
constexpr std::array<double, 3> kBeale = {1.5, 2.25, 2.625};

double beale(Point2 p) {
  double sum = 0;
  double power = 1;
  for (const double c : kBeale) {
    power *= p.y;
    sum += square(c - p.x * (1 - power));
  }
  return sum;
}
Point2 beale_gradient(Point2 p) {
  Point2 gradient;
  double power = 1;  // y^(k-1)
  for (std::size_t k = 1; k <= kBeale.size(); ++k) {
    const double slope = static_cast<double>(k) * power;
    power *= p.y;
    const double term = 2 * (kBeale[k - 1] - p.x * (1 - power));
    gradient.x -= term * (1 - power);
    gradient.y += term * p.x * slope;
  }
  return gradient;
}

double booth(Point2 p) {
  return square(p.x + 2 * p.y - 7) + square(2 * p.x + p.y - 5);
}
Point2 booth_gradient(Point2 p) {
  return {10 * p.x + 8 * p.y - 34, 8 * p.x + 10 * p.y - 38};
}

constexpr double kTwoPi = 2 * std::numbers::pi;

double rastrigin(Point2 p) {
  return 20 + square(p.x) + square(p.y) - 10 * (math::cos(kTwoPi * p.x) + math::cos(kTwoPi * p.y));
}
Point2 rastrigin_gradient(Point2 p) {
  return {2 * p.x + 10 * kTwoPi * math::sin(kTwoPi * p.x), 2 * p.y + 10 * kTwoPi * math::sin(kTwoPi * p.y)};
}

const std::array<Function2, 6>& functions() {
  static const std::array<Function2, 6> table = {{
      {"radboud",
       "x^2 + y^2 + x (y + 2) + cos(3 x)",
       radboud,
       radboud_gradient,
       -5,
       5,
       {3, 2},
       {{-1.0881624098395095, 0.5440812049197548},
        {-2.853721942622276, 1.426860971311138},
        {0.6059463371623211, -0.3029731685811605}}},
      {"rosenbrock",
       "(1 - x)^2 + 100 (y - x^2)^2",
       rosenbrock,
       rosenbrock_gradient,
       -2,
       2,
       {-1.2, 1},
       {{1, 1}}},
      {"himmelblau",
       "(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
       himmelblau,
       himmelblau_gradient,
       -5,
       5,
       {0, 0},
       {{3, 2},
        {-2.8051180869527448, 3.131312518250573},
        {-3.779310253377747, -3.2831859912861694},
        {3.5844283403304917, -1.8481265269644036}}},
      {"beale",
       "(1.5 - x + x y)^2 + (2.25 - x + x y^2)^2 + (2.625 - x + x y^3)^2",
       beale,
       beale_gradient,
       -4.5,
       4.5,
       {1, 1},
       {{3, 0.5}}},
      {"booth", "(x + 2 y - 7)^2 + (2 x + y - 5)^2", booth, booth_gradient, -10, 10, {-5, -5}, {{1, 3}}},
      {"rastrigin",
       "20 + x^2 + y^2 - 10 (cos(2 pi x) + cos(2 pi y))",
       rastrigin,
       rastrigin_gradient,
       -5.12,
       5.12,
       {1.8, -2.2},
       {{0, 0}}},
  }};
  return table;
}

OptimizerSpec optimizer_of(const DescentSpec& spec) {
  OptimizerSpec optimizer = default_optimizer(optimizer_from_name(spec.optimizer));
  optimizer.learning_rate = spec.learning_rate;
  optimizer.momentum = spec.momentum;
  return optimizer;
}

ScheduleSpec schedule_of(const DescentSpec& spec) {
  ScheduleSpec schedule;
  if (spec.decay != 1) {
    schedule.kind = ScheduleKind::kExponential;
    schedule.decay = spec.decay;
  }
  return schedule;
}

bool finite(Point2 p, double value) {
  return std::isfinite(p.x) && std::isfinite(p.y) && std::isfinite(value);
}

double value_at_start(const Function2& function, Point2 start) {
  const double value = function.value(start);
  if (finite(start, value)) return value;
  throw Error(ErrorCode::kInvalidArgument, fmt::format("descending {}: its value at the start ({}, {}) is "
                                                       "{}; expected finite numbers; start nearer to 0",
                                                       function.name, start.x, start.y, value));
}

}  // namespace

std::span<const Function2> functions_of_two_variables() {
  return functions();
}

const Function2& function_from_name(std::string_view name) {
  const auto found = std::ranges::find(functions(), name, &Function2::name);
  if (found != functions().end()) return *found;
  std::vector<std::string_view> names;
  for (const Function2& function : functions()) names.push_back(function.name);
  throw Error(ErrorCode::kInvalidArgument, unknown_name_message("function", name, names));
}

Function2 function_from_text(std::string_view text) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
  const bool word = !text.empty() && text.find_first_not_of(kLetters) == std::string_view::npos;
  if (word && text != "x" && text != "y" && text != "pi") return function_from_name(text);
  const auto expression = std::make_shared<const Expression>(text);
  Function2 function;
  function.name = function.formula = text;
  function.value = [expression](Point2 p) { return expression->value(p.x, p.y); };
  function.gradient = [expression](Point2 p) {
    const Dual2 there = expression->with_slopes(p.x, p.y);
    return Point2{there.dx, there.dy};
  };
  function.start = {3, 2};
  return function;
}

Descent minimize(const Function2& function, Point2 start, std::size_t steps,
                 const OptimizerSpec& optimizer_spec, const ScheduleSpec& schedule_spec) {
  const double start_value = value_at_start(function, start);
  Optimizer<double> optimizer(optimizer_spec, 2);
  Schedule schedule(schedule_spec, steps);
  AlignedBuffer<double> point(2);
  AlignedBuffer<double> gradient(2);
  point[0] = start.x;
  point[1] = start.y;

  Descent descent;
  descent.path.push_back({0, start, start_value, 0});
  for (std::size_t step = 0; step < steps; ++step) {
    const double learning_rate = optimizer_spec.learning_rate * schedule.factor(step, step);
    const Point2 slope = function.gradient(descent.path.back().point);
    gradient[0] = slope.x;
    gradient[1] = slope.y;
    optimizer.step(point.span(), gradient.span(), learning_rate);

    const Point2 reached{point[0], point[1]};
    const double value = function.value(reached);
    if (!finite(reached, value)) {
      descent.outcome = DescentOutcome::kDiverged;
      break;
    }
    schedule.epoch_ended(value);
    descent.path.push_back({step + 1, reached, value, learning_rate});
  }
  return descent;
}

void DescentSpec::validate() const {
  const Function2 f = function_from_text(function);
  (void)value_at_start(f, start.value_or(f.start));
  optimizer_of(*this).validate();
  schedule_of(*this).validate();
}

Descent minimize(const DescentSpec& spec) {
  const Function2 function = function_from_text(spec.function);
  return minimize(function, spec.start.value_or(function.start), spec.steps, optimizer_of(spec),
                  schedule_of(spec));
}

std::string rate_text(const DescentSpec& spec) {
  return spec.decay == 1 ? fmt::format("{}", spec.learning_rate)
                         : fmt::format("{} * {}^t", spec.learning_rate, spec.decay);
}

}  // namespace gradus
