// Sums over data, in NumPy's order, so that means and deviations agree with numpy.mean and numpy.std to the
// last digit.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

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
    block_.push_back(value);
    if (block_.size() == kNumpyBlock) add_block();
  }
  // term(value) of each value in order, block by block: fast where the compiler makes vectors of `term`.
  template <class T, class Term>
  void add_each(std::span<const T> values, const Term& term) {
    while (!values.empty()) {
      const std::size_t done = block_.size();
      const std::size_t count = std::min(kNumpyBlock - done, values.size());
      block_.resize(done + count);
      double* const terms = block_.data() + done;
      for (std::size_t i = 0; i < count; ++i) terms[i] = term(static_cast<double>(values[i]));
      if (block_.size() == kNumpyBlock) add_block();
      values = values.subspan(count);
    }
  }
  [[nodiscard]] double total() const;  // may be called at any time

 private:
  void add_block();

  std::vector<double> block_;
  double blocks_ = 0;
};

}  // namespace gradus
