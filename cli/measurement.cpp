#include "cli/measurement.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

namespace gradus::cli {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double kBurstSeconds = 1e-3;
constexpr std::size_t kPeakRounds = 10000;  // some 30 microseconds
constexpr std::size_t kFewestBursts = 5;

double quantile(std::vector<double>& values, double share) {
  const auto index = static_cast<std::size_t>(std::lround(share * static_cast<double>(values.size() - 1)));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(index), values.end());
  return values[index];
}

}  // namespace

Measurement measure(const std::function<double(std::size_t)>& peak,
                    const std::function<double(std::size_t)>& work, double flops, double seconds) {
  std::vector<double> times;
  std::vector<double> peaks;
  std::vector<double> shares;
  const auto calls =
      static_cast<std::size_t>(std::clamp(kBurstSeconds / std::max(work(2) / 2, 1e-9), 1.0, 1e5));
  const auto begin = Clock::now();
  while (times.size() < kFewestBursts || Clock::now() - begin < std::chrono::duration<double>(seconds)) {
    const auto start = Clock::now();
    const double done = peak(kPeakRounds);
    peaks.push_back(done / std::chrono::duration<double>(Clock::now() - start).count());
    times.push_back(work(calls) / static_cast<double>(calls));
    shares.push_back(flops / times.back() / peaks.back());
  }
  Measurement result;
  result.seconds = quantile(times, 0.5);
  result.spread = (quantile(times, 0.75) - quantile(times, 0.25)) / result.seconds;
  result.flops = flops / result.seconds;
  result.share = quantile(shares, 0.5);
  result.peak = quantile(peaks, 0.5);
  return result;
}

}  // namespace gradus::cli
