#include "gradus/study/statistics.h"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "gradus/core/error.h"
#include "gradus/core/sum.h"

namespace gradus::study {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double t_value(const Summary& summary, double hypothesis) {
  GRADUS_ASSERT(summary.n >= 2 && summary.standard_error > 0, summary.n, summary.standard_error);
  return (summary.mean - hypothesis) / summary.standard_error;
}

boost::math::students_t student(std::size_t n) {
  return boost::math::students_t(static_cast<double>(n - 1));
}

}  // namespace

Summary summarize(std::span<const double> values, double overlap) {
  const auto n = static_cast<double>(values.size());
  Summary summary{.n = values.size(), .mean = kNaN, .standard_deviation = kNaN, .standard_error = kNaN};
  if (values.empty()) return summary;
  summary.mean = numpy_sum(values) / n;
  if (values.size() < 2) return summary;
  std::vector<double> squares;
  squares.reserve(values.size());
  for (const double value : values) squares.push_back((value - summary.mean) * (value - summary.mean));
  summary.standard_deviation = std::sqrt(numpy_sum(squares) / (n - 1));
  summary.standard_error = summary.standard_deviation * std::sqrt(1 / n + overlap);
  return summary;
}

Interval t_interval(const Summary& summary, double confidence) {
  GRADUS_ASSERT(summary.n >= 2, summary.n);
  const double t = boost::math::quantile(boost::math::complement(student(summary.n), (1 - confidence) / 2));
  return {summary.mean - t * summary.standard_error, summary.mean + t * summary.standard_error};
}

double p_above(const Summary& summary, double hypothesis) {
  return boost::math::cdf(boost::math::complement(student(summary.n), t_value(summary, hypothesis)));
}

double p_below(const Summary& summary, double hypothesis) {
  return boost::math::cdf(student(summary.n), t_value(summary, hypothesis));
}

double effect_size(const Summary& summary) {
  return summary.mean / summary.standard_deviation;
}

double hedges_effect_size(const Summary& summary) {
  GRADUS_ASSERT(summary.n >= 3, summary.n);
  const double m = static_cast<double>(summary.n) - 1;
  const double log_correction = boost::math::lgamma(m / 2) - boost::math::lgamma((m - 1) / 2);
  return effect_size(summary) * std::exp(log_correction) / std::sqrt(m / 2);
}

std::vector<double> holm(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p_values[i]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const double corrected = static_cast<double>(order.size() - rank) * p_values[order[rank]];
    largest = std::min(1.0, std::max(largest, corrected));
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

double t_test_power(std::size_t n, double effect, double significance) {
  GRADUS_ASSERT(n >= 2, n);
  const double bound = boost::math::quantile(boost::math::complement(student(n), significance / 2));
  const double shift = std::abs(effect) * std::sqrt(static_cast<double>(n));
  constexpr double kFar = 1000;  // the series of the noncentral t end; a shift's own chance no longer counts
  if (!(shift < kFar)) {
    const double ratio = std::min(shift / bound, 1e100);
    const auto freedom = static_cast<double>(n - 1);
    return boost::math::cdf(boost::math::chi_squared(freedom), freedom * ratio * ratio);
  }
  const boost::math::non_central_t shifted(static_cast<double>(n - 1), shift);
  return boost::math::cdf(boost::math::complement(shifted, bound)) + boost::math::cdf(shifted, -bound);
}

std::size_t required_pairs(double effect, double significance, double power, std::size_t limit) {
  const auto reached = [&](std::size_t n) { return t_test_power(n, effect, significance) >= power; };
  std::size_t enough = 2;
  while (enough <= limit && !reached(enough)) enough *= 2;
  std::size_t too_few = enough / 2;  // power grows with n
  enough = std::min(enough, limit + 1);
  while (enough - too_few > 1) {
    const std::size_t middle = too_few + (enough - too_few) / 2;
    (reached(middle) ? enough : too_few) = middle;
  }
  return enough;
}

}  // namespace gradus::study
