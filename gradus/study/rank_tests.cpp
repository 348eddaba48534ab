#include "gradus/study/rank_tests.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <vector>

#include "gradus/core/error.h"

namespace gradus::study {
namespace {

constexpr std::size_t kMostExact = 50;  // 2^50 signs are counted exactly in double

// Ranks of the absolute values, doubled so that means of ties are whole; `ties` is the sum of t^3 - t over groups.
struct Ranks {
  std::vector<std::size_t> doubled;
  double ties = 0;
};

Ranks rank_by_size(std::vector<double>& differences) {
  const auto size = [](double value) { return std::abs(value); };
  std::ranges::sort(differences, {}, size);
  Ranks ranks;
  for (std::size_t first = 0; first < differences.size();) {
    std::size_t end = first;
    while (end < differences.size() && size(differences[end]) == size(differences[first])) ++end;
    ranks.doubled.insert(ranks.doubled.end(), end - first, first + 1 + end);  // of (first + 1 + end) / 2
    const auto tied = static_cast<double>(end - first);
    ranks.ties += tied * tied * tied - tied;
    first = end;
  }
  return ranks;
}

// Two-sided: twice the smaller tail, over all signs, of the doubled sum of positive ranks.
double exact_p(const std::vector<std::size_t>& doubled_ranks, std::size_t doubled_sum) {
  std::vector<double> ways = {1};  // of each doubled sum
  for (const std::size_t rank : doubled_ranks) {
    ways.resize(ways.size() + rank, 0);
    for (std::size_t sum = ways.size(); sum-- > rank;) ways[sum] += ways[sum - rank];
  }
  const std::size_t tail =
      std::min(doubled_sum, ways.size() - 1 - doubled_sum);  // the distribution is symmetric
  double count = 0;
  for (std::size_t sum = 0; sum <= tail; ++sum) count += ways[sum];
  return std::min(1.0, 2 * count / std::exp2(static_cast<double>(doubled_ranks.size())));
}

double normal_p(std::size_t count, double positive_ranks, double ties) {
  const auto n = static_cast<double>(count);
  const double mean = n * (n + 1) / 4;
  const double variance = (n * (n + 1) * (2 * n + 1) - ties / 2) / 24;
  const double z = std::abs(positive_ranks - mean) / std::sqrt(variance);
  return 2 * boost::math::cdf(boost::math::complement(boost::math::normal(), z));
}

}  // namespace

SignedRankTest wilcoxon_signed_rank(std::span<const double> differences) {
  std::vector<double> values;
  for (const double value : differences) {
    GRADUS_ASSERT(!std::isnan(value));
    if (value != 0) values.push_back(value);
  }
  SignedRankTest test{.n = values.size(), .exact = values.size() <= kMostExact};
  if (values.empty()) return test;
  const Ranks ranks = rank_by_size(values);
  std::size_t doubled_sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] > 0) doubled_sum += ranks.doubled[i];
  }
  test.positive_ranks = static_cast<double>(doubled_sum) / 2;
  test.p =
      test.exact ? exact_p(ranks.doubled, doubled_sum) : normal_p(test.n, test.positive_ranks, ranks.ties);
  return test;
}

double sign_test(std::span<const double> differences) {
  const auto positive = std::ranges::count_if(differences, [](double value) { return value > 0; });
  const auto negative = std::ranges::count_if(differences, [](double value) { return value < 0; });
  if (positive + negative == 0) return 1;
  const boost::math::binomial signs(static_cast<double>(positive + negative), 0.5);
  return std::min(1.0, 2 * boost::math::cdf(signs, static_cast<double>(std::min(positive, negative))));
}

}  // namespace gradus::study
