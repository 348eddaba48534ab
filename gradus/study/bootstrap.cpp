#include "gradus/study/bootstrap.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/core/random.h"
#include "gradus/core/sum.h"

namespace gradus::study {
namespace {

double mean(std::span<const double> values) {
  return numpy_sum(values) / static_cast<double>(values.size());
}

// Means of the resamples, ascending.
std::vector<double> resampled_means(std::span<const double> values, const BootstrapOptions& options) {
  GRADUS_ASSERT(!values.empty() && options.resamples > 0, values.size(), options.resamples);
  Pcg64 generator(options.seed);
  std::vector<double> resample(values.size());
  std::vector<double> means(options.resamples);
  for (double& result : means) {
    for (double& drawn : resample)
      drawn =
          values[static_cast<std::size_t>(generator.integers(0, static_cast<std::int64_t>(values.size())))];
    result = mean(resample);
  }
  std::ranges::sort(means);
  return means;
}

// numpy.quantile's default: linear between the order statistics.
double quantile(std::span<const double> sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  if (below + 1 >= sorted.size()) return sorted.back();
  const double rest = place - static_cast<double>(below);
  return sorted[below] + rest * (sorted[below + 1] - sorted[below]);
}

// Skewness of the jackknife's means over 6.
double acceleration(std::span<const double> values) {
  std::vector<double> means;
  for (std::size_t left_out = 0; left_out < values.size(); ++left_out) {
    std::vector<double> rest(values.begin(), values.end());
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(left_out));
    means.push_back(mean(rest));
  }
  const double center = mean(means);
  double squares = 0;
  double cubes = 0;
  for (const double value : means) {
    const double deviation = center - value;
    squares += deviation * deviation;
    cubes += deviation * deviation * deviation;
  }
  return cubes / (6 * std::pow(squares, 1.5));
}

}  // namespace

Interval percentile_bootstrap(std::span<const double> values, const BootstrapOptions& options) {
  const std::vector<double> means = resampled_means(values, options);
  const double tail = (1 - options.confidence) / 2;
  return {quantile(means, tail), quantile(means, 1 - tail)};
}

Interval bca_bootstrap(std::span<const double> values, const BootstrapOptions& options) {
  GRADUS_ASSERT(std::ranges::adjacent_find(values, std::not_equal_to<>()) != values.end(), values.size());
  const std::vector<double> means = resampled_means(values, options);
  const auto [first, last] = std::equal_range(means.begin(), means.end(), mean(values));
  const auto below = static_cast<double>(first - means.begin());
  const auto not_above = static_cast<double>(last - means.begin());
  const double share = (below + not_above) / (2 * static_cast<double>(means.size()));
  // All resamples on one side: no correction can be told from them.
  if (!(share > 0 && share < 1)) return percentile_bootstrap(values, options);

  const boost::math::normal normal;
  const double bias = boost::math::quantile(normal, share);
  const double skew = acceleration(values);
  const double tail = boost::math::quantile(normal, (1 - options.confidence) / 2);
  const auto corrected = [&](double z) {
    const double shifted = bias + z;
    return boost::math::cdf(normal, bias + shifted / (1 - skew * shifted));
  };
  return {quantile(means, corrected(tail)), quantile(means, corrected(-tail))};
}

}  // namespace gradus::study
