// Sums in NumPy's order (gradus/core/sum.h) of what a vector computes in double; they stay in double.
// Included by kernel_set-inl.h, once per set: no include guard.

GRADUS_BEGIN_SET

template <class T>
HWY_INLINE hn::Vec<hn::ScalableTag<double>> load_as_double(const T* from) {
  const hn::ScalableTag<double> d;
  if constexpr (std::is_same_v<T, double>) {
    return hn::LoadU(d, from);
  } else {
    return hn::PromoteTo(d, hn::LoadU(hn::Rebind<T, hn::ScalableTag<double>>(), from));
  }
}

// At most 128 values and at least 8: the eight accumulators are lanes.
template <class T>
HWY_INLINE double leaf_of_squares(const T* values, std::size_t count) {
  constexpr std::size_t kAccumulators = 8;
  constexpr std::size_t kVectors = kAccumulators / kLanes<double>;
  const hn::ScalableTag<double> d;
  hn::Vec<hn::ScalableTag<double>> sums[kVectors];
  GRADUS_UNROLL
  for (std::size_t v = 0; v < kVectors; ++v) {
    const auto value = load_as_double(values + v * kLanes<double>);
    sums[v] = value * value;
  }
  std::size_t i = kAccumulators;
  for (; i + kAccumulators <= count; i += kAccumulators) {
    GRADUS_UNROLL
    for (std::size_t v = 0; v < kVectors; ++v) {
      const auto value = load_as_double(values + i + v * kLanes<double>);
      sums[v] = sums[v] + value * value;
    }
  }
  double lane[kAccumulators];
  GRADUS_UNROLL
  for (std::size_t v = 0; v < kVectors; ++v) hn::StoreU(sums[v], d, lane + v * kLanes<double>);
  double sum = ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
  for (; i < count; ++i) sum += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  return sum;
}

template <class T>
double block_of_squares(const T* values, std::size_t count) {
  if (count < 8) {
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i)
      sum += static_cast<double>(values[i]) * static_cast<double>(values[i]);
    return sum;
  }
  if (count <= 128) return leaf_of_squares(values, count);
  const std::size_t half = count / 2 / 8 * 8;
  return block_of_squares(values, half) + block_of_squares(values + half, count - half);
}

GRADUS_END_SET
