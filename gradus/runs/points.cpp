#include "gradus/runs/points.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "gradus/core/error.h"
#include "gradus/runs/run_series.h"

namespace gradus::internal {

static_assert(std::endian::native == std::endian::little, "points are stored as they lie in memory");

namespace {

constexpr std::size_t kPointBytes = sizeof(std::uint64_t) + sizeof(double);

}  // namespace

std::vector<std::byte> pack_points(const Series& series) {
  GRADUS_ASSERT(series.steps.size() == series.values.size(), series.name, series.steps.size(),
                series.values.size());
  const auto steps = std::as_bytes(std::span(series.steps));
  const auto values = std::as_bytes(std::span(series.values));
  std::vector<std::byte> bytes(steps.begin(), steps.end());
  bytes.insert(bytes.end(), values.begin(), values.end());
  return bytes;
}

std::optional<Series> unpack_points(const std::string& name, std::span<const std::byte> bytes) {
  if (bytes.size() % kPointBytes != 0) return std::nullopt;
  const std::size_t count = bytes.size() / kPointBytes;
  Series series{name, std::vector<std::uint64_t>(count), std::vector<double>(count)};
  if (count > 0) {
    std::memcpy(series.steps.data(), bytes.data(), count * sizeof(std::uint64_t));
    std::memcpy(series.values.data(), bytes.data() + count * sizeof(std::uint64_t), count * sizeof(double));
  }
  return series;
}

SeriesFigures figures_of(const Series& series, std::optional<double> final) {
  SeriesFigures figures;
  figures.count = series.values.size();
  figures.final = final;
  if (series.values.empty()) {
    figures.last = figures.best = figures.minimum = figures.maximum = final;
    return figures;
  }
  figures.last = series.values.back();
  const double direction = higher_is_better(series.name) ? -1 : 1;
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    const double value = series.values[i];
    if (!std::isfinite(value)) continue;
    figures.minimum = std::min(figures.minimum.value_or(value), value);
    figures.maximum = std::max(figures.maximum.value_or(value), value);
    if (!figures.best || direction * value < direction * *figures.best) {
      figures.best = value;
      figures.best_step = series.steps[i];
    }
  }
  return figures;
}

}  // namespace gradus::internal
