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

 private:
  void add_block();

  std::unique_ptr<double[]> block_;
  std::size_t held_ = 0;
  double blocks_ = 0;
};

}  // namespace gradus
