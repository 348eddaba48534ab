// Sums over data, in NumPy's order, so that means and deviations agree with numpy.mean and numpy.std to the
// last digit.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace gradus {

inline constexpr std::size_t kNumpyBlock = 8192;  // values that NumPy's reduction takes at a time

// Blocks of 8,192 values are added in order. Inside a block: halves at multiples of 8, down to 128 values;
// there eight accumulators, ((0+1)+(2+3))+((4+5)+(6+7)), and the rest in order. Fewer than 8 values are added
// in order. An empty sum is 0.
[[nodiscard]] double numpy_sum(std::span<const double> values);

// Such a block: the sum of term(value), without storing the terms. The order of additions is the contract, so no loop here may be
// reordered.
template <class T, class Term>
[[nodiscard]] double pairwise_sum_of(std::span<const T> values, const Term& term) {
  const std::size_t n = values.size();
  if (n < 8) {
    double sum = 0;
    for (const T value : values) sum += term(static_cast<double>(value));
    return sum;
  }
  if (n <= 128) {
    double lane[8];
    for (std::size_t j = 0; j < 8; ++j) lane[j] = term(static_cast<double>(values[j]));
    std::size_t i = 8;
    for (; i + 8 <= n; i += 8) {
      for (std::size_t j = 0; j < 8; ++j) lane[j] += term(static_cast<double>(values[i + j]));
    }
    double sum = ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
    for (; i < n; ++i) sum += term(static_cast<double>(values[i]));
    return sum;
  }
  const std::size_t half = n / 2 / 8 * 8;
  return pairwise_sum_of(values.first(half), term) + pairwise_sum_of(values.subspan(half), term);
}

// The same sum over values that come one at a time (pixels as they are decoded, terms of a loss): equal bits,
// 64 KB of memory.
class NumpySum {
 public:
  NumpySum();
  void add(double value) {
    block_[held_++] = value;
    if (held_ == kNumpyBlock) add_block();
  }
  [[nodiscard]] double total() const;  // may be called at any time

  template <class Archive>
  void transfer(Archive& archive) {
    archive(held_, blocks_);
    archive.require(held_ < kNumpyBlock, "a sum of too many values");
    archive.values(std::span(block_.get(), held_));
  }

 private:
  void add_block();

  std::unique_ptr<double[]> block_;
  std::size_t held_ = 0;
  double blocks_ = 0;
};

}  // namespace gradus
