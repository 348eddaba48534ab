// Batches out of a part of the data: rows gathered from their own storage, scaled on the way.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gradus/core/buffer.h"
#include "gradus/core/matrix.h"
#include "gradus/data/dataset.h"
#include "gradus/nn/loss.h"

namespace gradus {

// Scaling is one fma(x, 1/scale, -shift/scale) in float (of uint8 and float storage; in double, rounded once,
// of double storage) and (x - shift) / scale in double. The data set must outlive the source. Not
// thread-safe.
template <class T>
class BatchSource {
 public:
  BatchSource(const Dataset& data, const Transform& transform, std::size_t max_rows);

  // samples: positions within the part, at most max_rows. The views live until the next call.
  void gather(std::span<const std::uint32_t> samples);
  // A run of positions first, first + 1, ...
  void gather(std::size_t first, std::size_t count);

  [[nodiscard]] MatrixView<const T> x() const { return {x_.data(), count_, width_}; }
  [[nodiscard]] Targets<T> targets() const;

 private:
  template <class Stored>
  void fill(std::span<const std::uint32_t> samples, const Stored* stored);
  template <class Stored>
  [[nodiscard]] T scaled(Stored value, std::size_t feature) const;

  const Dataset& data_;
  std::size_t cols_ = 0;   // stored features
  std::size_t width_ = 0;  // with the column of ones
  bool is_scaled_ = false;
  std::vector<double> shift_;
  std::vector<double> scale_;
  std::vector<T> factor_;       // float: 1 / scale
  std::vector<T> offset_;       // float: -shift / scale
  std::vector<T> byte_values_;  // uint8 with one scaling for all features: the scaled value of each byte
  AlignedBuffer<T> x_;
  std::vector<std::int32_t> labels_;
  std::vector<T> values_;
  std::vector<T> weights_;
  std::vector<std::uint32_t> positions_;
  std::size_t count_ = 0;
};

extern template class BatchSource<float>;
extern template class BatchSource<double>;

}  // namespace gradus
