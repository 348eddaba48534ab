#include "gradus/optim/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <utility>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/optim/setting.h"

namespace gradus {

namespace {

constexpr double kSufficientDecrease = 1e-4;  // of the strong Wolfe conditions
constexpr double kCurvature = 0.9;
constexpr std::size_t kMostTrials = 40;  // of one line search

using Vector = std::vector<double>;

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double largest(std::span<const double> values) {
  double most = 0;
  for (const double value : values) most = std::max(most, std::abs(value));
  return most;
}

bool all_finite(std::span<const double> values) {
  return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
}

// What the pairs tell.
class Curvature {
 public:
  using Pair = LbfgsState::Pair;

  Curvature(std::deque<Pair>& pairs, std::size_t memory) : memory_(memory), pairs_(pairs) {}

  // Pairs without positive curvature would spoil the matrix, and are left out.
  void add(Vector step, Vector change) {
    const double curvature = dot(step, change);
    if (!(curvature > std::numeric_limits<double>::epsilon() * dot(change, change))) return;
    if (pairs_.size() == memory_) pairs_.pop_front();
    pairs_.push_back({std::move(step), std::move(change), 1 / curvature});
  }

  [[nodiscard]] bool empty() const { return pairs_.empty(); }
  void clear() { pairs_.clear(); }

  // -H gradient
  [[nodiscard]] Vector direction(std::span<const double> gradient) const {
    Vector q(gradient.begin(), gradient.end());
    Vector weights(pairs_.size());
    for (std::size_t i = pairs_.size(); i-- > 0;) {
      weights[i] = pairs_[i].inverse * dot(pairs_[i].step, q);
      add_scaled(q, -weights[i], pairs_[i].change);
    }
    if (!pairs_.empty()) {
      const Pair& last = pairs_.back();
      const double scale = 1 / (last.inverse * dot(last.change, last.change));
      for (double& value : q) value *= scale;
    }
    for (std::size_t i = 0; i < pairs_.size(); ++i)
      add_scaled(q, weights[i] - pairs_[i].inverse * dot(pairs_[i].change, q), pairs_[i].step);
    for (double& value : q) value = -value;
    return q;
  }

 private:
  static void add_scaled(Vector& to, double factor, std::span<const double> values) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += factor * values[i];
  }

  std::size_t memory_;
  std::deque<Pair>& pairs_;
};

// A point on the line x + step * direction.
struct Trial {
  double step = 0;
  double value = 0;
  double slope = 0;  // along the direction
};

// The minimum of the cubic through two points with their slopes (Nocedal and Wright, 3.59), held off the ends; the middle where
// there is none.
double interpolate(const Trial& a, const Trial& b) {
  const double low = std::min(a.step, b.step);
  const double high = std::max(a.step, b.step);
  const double margin = 0.1 * (high - low);
  const double d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step);
  const double square = d1 * d1 - a.slope * b.slope;
  const double d2 = std::copysign(std::sqrt(square), b.step - a.step);
  const double step = b.step - (b.step - a.step) * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
  return step >= low + margin && step <= high - margin ? step : (low + high) / 2;  // also of a NaN
}

// One minimization: the current point, and the trial points of its line search.
class Minimization {
 public:
  Minimization(const ValueAndGradient& function, std::span<double> x, const LbfgsOptions& options,
               LbfgsState& state)
      : function_(function),
        x_(x),
        options_(options),
        value_(state.value),
        evaluations_(state.evaluations),
        gradient_(state.gradient),
        point_(x.size()),
        trial_gradient_(x.size()) {
    if (evaluations_ > 0) return;
    gradient_.resize(x.size());
    value_ = function_(x_, gradient_);
    evaluations_ = 1;
    if (!std::isfinite(value_) || !all_finite(gradient_)) {
      throw Error(ErrorCode::kInvalidArgument,
                  "minimizing: value or gradient at the start is not finite; start from smaller weights");
    }
  }

  // Moves x to a lower point that meets the conditions, or to the lowest that was tried; false where there was none.
  bool search(const Vector& direction, double first_step) {
    const Trial start{0, value_, dot(gradient_, direction)};
    if (!(start.slope < 0)) return false;
    Trial before = start;
    double step = first_step;
    for (std::size_t i = 0; i < kMostTrials && evaluations_ < options_.max_evaluations; ++i) {
      const Trial trial = evaluate(direction, step);
      if (too_high(start, trial) || (i > 0 && trial.value >= before.value))
        return zoom(start, before, trial, direction);
      if (std::abs(trial.slope) <= -kCurvature * start.slope) return accept(trial);
      if (trial.slope >= 0) return zoom(start, trial, before, direction);
      before = trial;
      step *= 2;
    }
    return accept(before);  // the last that was tried
  }

 private:
  static bool too_high(const Trial& start, const Trial& trial) {
    return !(trial.value <= start.value + kSufficientDecrease * trial.step * start.slope);
  }

  Trial evaluate(const Vector& direction, double step) {
    for (std::size_t i = 0; i < x_.size(); ++i) point_[i] = x_[i] + step * direction[i];
    ++evaluations_;
    const double value = function_(point_, trial_gradient_);
    if (!std::isfinite(value) || !all_finite(trial_gradient_))
      return {step, std::numeric_limits<double>::infinity(), 0};
    return {step, value, dot(trial_gradient_, direction)};
  }

  // Between `low`, the lowest point so far, and `high`, where the function is higher or rises.
  bool zoom(const Trial& start, Trial low, Trial high, const Vector& direction) {
    for (std::size_t i = 0; i < kMostTrials && evaluations_ < options_.max_evaluations; ++i) {
      const Trial trial = evaluate(direction, interpolate(low, high));
      if (too_high(start, trial) || trial.value >= low.value) {
        high = trial;
      } else {
        if (std::abs(trial.slope) <= -kCurvature * start.slope) return accept(trial);
        if (trial.slope * (high.step - low.step) >= 0) high = low;
        low = trial;
      }
    }
    if (low.step == 0 || low.value == start.value) return false;
    return accept(evaluate(direction, low.step));
  }

  // The last trial becomes the current point.
  bool accept(const Trial& trial) {
    std::ranges::copy(point_, x_.begin());
    std::swap(gradient_, trial_gradient_);
    value_ = trial.value;
    return true;
  }

  const ValueAndGradient& function_;
  std::span<double> x_;
  const LbfgsOptions& options_;
  double& value_;
  std::size_t& evaluations_;
  Vector& gradient_;
  Vector point_;  // of the last trial
  Vector trial_gradient_;
};

}  // namespace

void LbfgsOptions::validate() const {
  const auto check = [](std::string_view field, double value, const internal::SettingRange& range) {
    internal::check_setting("lbfgs", field, value, range);
  };
  check("memory", static_cast<double>(memory), internal::kPositive);
  check("gradient_tolerance", gradient_tolerance, internal::kNotNegative);
  check("value_tolerance", value_tolerance, internal::kNotNegative);
}

bool LbfgsState::fits(std::size_t variables, const LbfgsOptions& options) const {
  return iterations <= options.max_iterations && pairs.size() <= options.memory &&
         (evaluations == 0 || gradient.size() == variables) &&
         std::ranges::all_of(pairs, [&](const Pair& pair) {
           return pair.step.size() == variables && pair.change.size() == variables;
         });
}

LbfgsResult minimize_lbfgs(const ValueAndGradient& function, std::span<double> x, const LbfgsOptions& options,
                           const std::function<bool(std::size_t, double)>& go_on, LbfgsState* state) {
  options.validate();
  LbfgsState own;
  LbfgsState& at = state != nullptr ? *state : own;
  Minimization minimization(function, x, options, at);
  Curvature curvature(at.pairs, options.memory);
  const auto finish = [&](LbfgsEnd end) { return LbfgsResult{end, at.value, at.iterations, at.evaluations}; };
  const auto gained_little = [&] {
    const double scale = std::max({std::abs(at.value_before), std::abs(at.value), 1.0});
    return at.iterations > 0 && at.value_before - at.value <= options.value_tolerance * scale;
  };
  while (!gained_little() && largest(at.gradient) > options.gradient_tolerance) {
    if (at.iterations == options.max_iterations) return finish(LbfgsEnd::kMaxIterations);
    if (at.evaluations >= options.max_evaluations) return finish(LbfgsEnd::kMaxEvaluations);
    const Vector x_before(x.begin(), x.end());
    Vector change = at.gradient;
    const double value_before = at.value;
    const double norm = std::sqrt(dot(change, change));
    // Without curvature there is no scale: a step of length 1 at most.
    if (!minimization.search(curvature.direction(at.gradient),
                             curvature.empty() ? std::min(1.0, 1 / norm) : 1.0)) {
      if (at.evaluations >= options.max_evaluations) return finish(LbfgsEnd::kMaxEvaluations);
      if (curvature.empty()) return finish(LbfgsEnd::kNoProgress);
      curvature.clear();  // what it learned misleads here: once more along the gradient
      continue;
    }
    ++at.iterations;
    at.value_before = value_before;
    Vector step(x.begin(), x.end());
    for (std::size_t i = 0; i < step.size(); ++i) {
      step[i] -= x_before[i];
      change[i] = at.gradient[i] - change[i];
    }
    curvature.add(std::move(step), std::move(change));
    if (go_on && !go_on(at.iterations, at.value)) return finish(LbfgsEnd::kCancelled);
  }
  return finish(LbfgsEnd::kConverged);
}

}  // namespace gradus
