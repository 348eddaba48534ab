// Bootstrap intervals of a mean, without an assumption of normality. The draws are those of NumPy's
// default_rng(seed).integers(0, n, (resamples, n)), so that scipy.stats.bootstrap gives the same intervals.
#pragma once

#include <cstdint>
#include <span>

#include "gradus/study/statistics.h"

namespace gradus::study {

struct BootstrapOptions {
  double confidence = 0.95;
  std::size_t resamples = 9999;
  std::uint64_t seed = 0;
};

// Quantiles of the resampled means. Finite values, at least one.
[[nodiscard]] Interval percentile_bootstrap(std::span<const double> values, const BootstrapOptions& options);

// Bias-corrected and accelerated (Efron 1987). At least two finite values that are not all equal.
[[nodiscard]] Interval bca_bootstrap(std::span<const double> values, const BootstrapOptions& options);

}  // namespace gradus::study
