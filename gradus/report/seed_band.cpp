#include "gradus/report/seed_band.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace gradus::report {

namespace {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

}  // namespace

std::vector<SeedValues> values_by_x(std::span<const Curve> runs) {
  std::map<double, std::vector<double>> by_x;
  for (const Curve& run : runs) {
    for (std::size_t i = 0; i < run.x.size(); ++i) {
      if (!std::isfinite(run.x[i])) continue;
      std::vector<double>& values = by_x[run.x[i]];
      if (std::isfinite(run.y[i])) values.push_back(run.y[i]);
    }
  }
  std::vector<SeedValues> result;
  result.reserve(by_x.size());
  for (auto& [x, values] : by_x) result.push_back({x, std::move(values)});
  return result;
}

Curve median_band(std::string name, std::span<const Curve> runs) {
  Curve curve{std::move(name), {}, {}};
  for (const SeedValues& seeds : values_by_x(runs)) {
    const bool none = seeds.values.empty();
    const auto [low, high] = std::minmax_element(seeds.values.begin(), seeds.values.end());
    curve.x.push_back(seeds.x);
    curve.y.push_back(none ? std::nan("") : median(seeds.values));
    curve.low.push_back(none ? std::nan("") : *low);
    curve.high.push_back(none ? std::nan("") : *high);
  }
  return curve;
}

std::vector<double> smoothed(std::span<const double> y, double weight) {
  std::vector<double> result;
  result.reserve(y.size());
  double sum = 0;
  double total = 0;  // of the weights that went into it
  for (const double value : y) {
    if (!std::isfinite(value)) {
      result.push_back(value);
      continue;
    }
    sum = weight * sum + (1 - weight) * value;
    total = weight * total + (1 - weight);
    result.push_back(sum / total);
  }
  return result;
}

}  // namespace gradus::report
