// Pairwise summation as NumPy does it: the order of additions is the contract, so no loop here may be
// reordered.
#include "gradus/core/sum.h"

#include <algorithm>
#include <cstddef>

namespace gradus {
namespace {

double pairwise_sum(std::span<const double> values) {
  const std::size_t n = values.size();
  if (n < 8) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum;
  }
  if (n <= 128) {
    double lane[8];
    std::copy_n(values.begin(), 8, lane);
    std::size_t i = 8;
    for (; i + 8 <= n; i += 8) {
      for (std::size_t j = 0; j < 8; ++j) lane[j] += values[i + j];
    }
    double sum = ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
    for (; i < n; ++i) sum += values[i];
    return sum;
  }
  const std::size_t half = n / 2 / 8 * 8;
  return pairwise_sum(values.first(half)) + pairwise_sum(values.subspan(half));
}

}  // namespace

double numpy_sum(std::span<const double> values) {
  double sum = 0;
  while (!values.empty()) {
    const std::size_t count = std::min(kNumpyBlock, values.size());
    sum += pairwise_sum(values.first(count));
    values = values.subspan(count);
  }
  return sum;
}

NumpySum::NumpySum() : block_(std::make_unique_for_overwrite<double[]>(kNumpyBlock)) {}

void NumpySum::add_block() {
  blocks_ += pairwise_sum({block_.get(), held_});
  held_ = 0;
}

double NumpySum::total() const {
  return blocks_ + pairwise_sum({block_.get(), held_});
}

}  // namespace gradus
