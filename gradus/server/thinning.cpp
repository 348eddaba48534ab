#include "gradus/server/thinning.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gradus::server {
namespace {

// Of values[begin, end).
void add_extremes(std::span<const double> values, std::size_t begin, std::size_t end,
                  std::vector<std::size_t>& kept) {
  std::size_t least = end;
  std::size_t largest = end;
  for (std::size_t i = begin; i < end; ++i) {
    if (!std::isfinite(values[i])) continue;
    if (least == end || values[i] < values[least]) least = i;
    if (largest == end || values[i] > values[largest]) largest = i;
  }
  if (least == end) least = largest = begin;
  kept.push_back(std::min(least, largest));
  if (least != largest) kept.push_back(std::max(least, largest));
}

}  // namespace

std::vector<std::size_t> thinned(std::span<const double> values, std::size_t most) {
  std::vector<std::size_t> kept;
  if (values.size() <= most) {
    kept.resize(values.size());
    std::iota(kept.begin(), kept.end(), std::size_t{0});
    return kept;
  }
  const std::size_t pieces = (most - 2) / 2;
  const std::size_t inner = values.size() - 2;
  kept.push_back(0);
  for (std::size_t piece = 0; piece < pieces; ++piece)
    add_extremes(values, 1 + inner * piece / pieces, 1 + inner * (piece + 1) / pieces, kept);
  kept.push_back(values.size() - 1);
  return kept;
}

}  // namespace gradus::server
