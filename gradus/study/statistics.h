// Means, intervals, tests and effect sizes of a handful of numbers: the differences of paired replicates.
// docs/statistics.md has the formulas and the references; statistics_golden_test.cpp holds them against SciPy.
// Values are finite here; bootstrap.h and rank_tests.h stand beside.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace gradus::study {

// From low to high, both included.
struct Interval {
  double low = 0;
  double high = 0;

  friend bool operator==(const Interval&, const Interval&) = default;
};

// A sample in four numbers.
struct Summary {
  std::size_t n = 0;
  double mean = 0;                // NaN for n = 0
  double standard_deviation = 0;  // with n - 1; NaN for n < 2
  double standard_error = 0;      // of the mean; NaN for n < 2
};

// `overlap` is what n values that share training rows add to the variance of their mean: 1 / (k - 1) for the
// folds of a k-fold cross-validation (Nadeau and Bengio 2003), 0 for independent replicates.
// standard_error = sd sqrt(1 / n + overlap).
[[nodiscard]] Summary summarize(std::span<const double> values, double overlap = 0);

// mean -+ t(n - 1) standard_error; confidence such as 0.95. n >= 2.
[[nodiscard]] Interval t_interval(const Summary& summary, double confidence);

// P(T >= (mean - hypothesis) / standard_error), T of Student with n - 1 degrees of freedom: small where the
// mean lies above the hypothesis. n >= 2 and a standard error above 0.
[[nodiscard]] double p_above(const Summary& summary, double hypothesis);
[[nodiscard]] double p_below(const Summary& summary, double hypothesis);

// d_z, the mean in standard deviations of the differences (Cohen); infinite or NaN for a deviation of 0.
[[nodiscard]] double effect_size(const Summary& summary);
// d_z without its bias in small samples: times gamma(m/2) / (sqrt(m/2) gamma((m-1)/2)), m = n - 1 (Hedges 1981).
// n >= 3.
[[nodiscard]] double hedges_effect_size(const Summary& summary);

// p-values after Holm's step-down correction (1979), in the given order, at most 1.
[[nodiscard]] std::vector<double> holm(std::span<const double> p_values);

// The power of the two-sided paired t test with n pairs for a true effect d_z, by the noncentral t. n >= 2.
[[nodiscard]] double t_test_power(std::size_t n, double effect, double significance);

// The smallest number of pairs that reaches `power`; `limit` + 1 where that many do not.
[[nodiscard]] std::size_t required_pairs(double effect, double significance, double power, std::size_t limit);

}  // namespace gradus::study
