#include "gradus/core/sum.h"

#include <algorithm>

namespace gradus {
namespace {

double pairwise_sum(std::span<const double> values) {
  return pairwise_sum_of(values, [](double value) { return value; });
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
