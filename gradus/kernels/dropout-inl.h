// Dropout, and the limit on the norms of incoming weights (max-norm).
// Included by kernel_set-inl.h, once per set: no include guard.

GRADUS_BEGIN_SET

template <class T>
struct DropoutRow {
  const T* x;
  T* y;
  T scale;
  std::uint64_t key;
  std::uint32_t threshold;

  using BitsTag = hn::Rebind<std::uint32_t, hn::ScalableTag<T>>;  // as many lanes as T's, of 32 bits each
  using Bits = hn::Vec<BitsTag>;
  Bits lane_numbers;  // 0, 1, ...

  template <class Chunk>
  HWY_INLINE void operator()(Chunk chunk, std::size_t c) const {
    const hn::ScalableTag<T> d;
    const hn::RebindToUnsigned<hn::ScalableTag<T>> as_unsigned;
    const BitsTag of_bits;
    Bits x32 =
        lane_numbers + hn::Set(of_bits, static_cast<std::uint32_t>(c) + static_cast<std::uint32_t>(key));
    x32 = mixed<dropout::kShifts[0]>(x32) * hn::Set(of_bits, dropout::kMultipliers[0]);
    x32 = mixed<dropout::kShifts[1]>(x32) + hn::Set(of_bits, static_cast<std::uint32_t>(key >> 32));
    x32 = x32 * hn::Set(of_bits, dropout::kMultipliers[1]);
    x32 = mixed<dropout::kShifts[2]>(x32) * hn::Set(of_bits, dropout::kMultipliers[2]);
    x32 = mixed<dropout::kShifts[3]>(x32);
    const auto dropped = hn::RebindMask(d, widened(as_unsigned, x32) < hn::Set(as_unsigned, threshold));
    chunk.store(hn::IfThenElse(dropped, hn::Zero(d), chunk.load(x + c) * hn::Set(d, scale)), y + c);
  }

 private:
  template <int kShift, class V>
  static HWY_INLINE V mixed(V v) {
    return hn::Xor(v, hn::ShiftRight<kShift>(v));
  }
  template <class D, class V>
  static HWY_INLINE hn::Vec<D> widened(D d, V v) {
    if constexpr (sizeof(T) == sizeof(std::uint32_t)) {
      return v;
    } else {
      return hn::PromoteTo(d, v);
    }
  }
};

template <class T>
void dropout_layer(MatrixView<const T> x, const DropoutMask& mask, T scale, MatrixView<T> y,
                   ColumnRange columns) {
  const auto lane_numbers = hn::Iota(typename DropoutRow<T>::BitsTag(), std::uint32_t{0});
  for (std::size_t b = 0; b < x.rows; ++b) {
    sweep<T>(columns.begin, columns.end,
             DropoutRow<T>{x.data + b * x.stride, y.data + b * y.stride, scale, dropout::row_key(mask.key, b),
                           mask.threshold, lane_numbers});
  }
}

// Squares in double: a vector of T's is `kParts` vectors of doubles.
template <class T>
struct LimitNorms {
  static constexpr std::size_t kParts = kLanes<T> / kLanes<double>;
  using Wide = hn::Vec<hn::ScalableTag<double>>;
  MatrixView<T> w;
  double limit;

  template <class Chunk>
  HWY_INLINE void operator()(Chunk chunk, std::size_t c) const {
    T factors[kLanes<T>];
    if (!find_factors(chunk, c, factors)) return;
    const auto factor = hn::LoadU(hn::ScalableTag<T>(), factors);
    for (std::size_t k = 0; k < w.rows; ++k) {
      T* row = w.data + k * w.stride + c;
      chunk.store(chunk.load(row) * factor, row);
    }
  }

 private:
  // False where no column exceeds the limit.
  template <class Chunk>
  HWY_INLINE bool find_factors(Chunk chunk, std::size_t c, T* factors) const {
    const hn::ScalableTag<double> d;
    Wide squares[kParts];
    for (Wide& part : squares) part = hn::Zero(d);
    for (std::size_t k = 0; k < w.rows; ++k) {
      const T* row = w.data + k * w.stride + c;
      T lanes[kLanes<T>];
      if constexpr (!std::is_same_v<Chunk, FullChunk<T>>) {
        hn::StoreU(chunk.load(row), hn::ScalableTag<T>(), lanes);
        row = lanes;
      }
      for (std::size_t part = 0; part < kParts; ++part) {
        const Wide v = widened(row + part * kLanes<double>);
        squares[part] = squares[part] + v * v;
      }
    }
    double norms[kLanes<T>];
    for (std::size_t part = 0; part < kParts; ++part) {
      hn::StoreU(hn::Sqrt(squares[part]), d, norms + part * kLanes<double>);
    }
    bool any = false;
    for (std::size_t j = 0; j < kLanes<T>; ++j) {
      const bool exceeds = norms[j] > limit && norms[j] <= std::numeric_limits<double>::max();
      factors[j] = exceeds ? static_cast<T>(limit / norms[j]) : T(1);
      any = any || exceeds;
    }
    return any;
  }

  static HWY_INLINE Wide widened(const T* from) {
    const hn::ScalableTag<double> d;
    if constexpr (sizeof(T) == sizeof(double)) {
      return hn::LoadU(d, from);
    } else {
      return hn::PromoteTo(d, hn::LoadU(hn::Rebind<T, hn::ScalableTag<double>>(), from));
    }
  }
};

template <class T>
void limit_column_norms(MatrixView<T> w, double limit, ColumnRange columns) {
  sweep<T>(columns.begin, columns.end, LimitNorms<T>{w, limit});
}

template <class T>
constexpr LayerKernels<T> make_layer_kernels() {
  return {&column_moments<T>,
          &batch_norm_forward<T>,
          &batch_norm_backward<T>,
          &layer_norm_forward<T>,
          &layer_norm_backward<T>,
          &layer_norm_parameter_gradient<T>,
          &dropout_layer<T>,
          &limit_column_norms<T>,
          &column_sums<T>,
          &column_squares<T>,
          &batch_norm_parameter_gradient<T>,
          &batch_norm_input_gradient<T>};
}

GRADUS_END_SET
