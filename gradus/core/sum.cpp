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

NumpySum::NumpySum() {
  block_.reserve(kNumpyBlock);
}

void NumpySum::add_block() {
  blocks_ += pairwise_sum(block_);
  block_.clear();
}

double NumpySum::total() const {
  return blocks_ + pairwise_sum(block_);
}

}  // namespace gradus
