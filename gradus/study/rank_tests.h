// Tests of paired differences that need their order alone: infinite differences (a run diverged) are welcome,
// NaN are not.
#pragma once

#include <cstddef>
#include <span>

namespace gradus::study {

// Wilcoxon's test of paired differences.
struct SignedRankTest {
  std::size_t n = 0;          // differences other than 0: zeros are left out, as Wilcoxon does
  double positive_ranks = 0;  // sum of the ranks of the positive ones; ties share the mean of their ranks
  double p = 1;               // two-sided
  bool exact = true;          // else the normal approximation with the correction for ties
};

// Wilcoxon's signed-rank test (1945) of a distribution symmetric about 0. Exact up to 50 differences, ties
// included: all 2^n signs are counted.
[[nodiscard]] SignedRankTest wilcoxon_signed_rank(std::span<const double> differences);

// Two-sided, exact: P of so uneven a number of positive and negative differences; zeros are left out.
[[nodiscard]] double sign_test(std::span<const double> differences);

}  // namespace gradus::study
