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

  template <class Chunk>
  HWY_INLINE void operator()(Chunk chunk, std::size_t c) const {
    const hn::ScalableTag<T> d;
    const hn::RebindToUnsigned<hn::ScalableTag<T>> as_unsigned;
    const hn::Rebind<std::uint32_t, hn::ScalableTag<T>> of_bits;  // as many lanes as T's, of 32 bits each
    using Bits = hn::Vec<decltype(of_bits)>;
    Bits x32 =
        hn::Iota(of_bits, static_cast<std::uint32_t>(c)) + hn::Set(of_bits, static_cast<std::uint32_t>(key));
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
  for (std::size_t b = 0; b < x.rows; ++b) {
    sweep<T>(columns.begin, columns.end,
             DropoutRow<T>{x.data + b * x.stride, y.data + b * y.stride, scale, dropout::row_key(mask.key, b),
                           mask.threshold});
  }
}

// kLanes<double> columns of w at once, or the `count` < kLanes<double> that are left.
template <class T>
struct ColumnNorms {
  MatrixView<T> w;
  double limit;

  template <class Load>
  HWY_INLINE void limit_columns(std::size_t c, std::size_t count, const Load& load) const {
    const hn::ScalableTag<double> d;
    auto squares = hn::Zero(d);
    for (std::size_t k = 0; k < w.rows; ++k) {
      const auto v = load(w.data + k * w.stride + c);
      squares = squares + v * v;
    }
    double norms[kLanes<double>];
    hn::StoreU(hn::Sqrt(squares), d, norms);
    T factors[kLanes<double>];
    bool any = false;
    for (std::size_t j = 0; j < count; ++j) {
      const bool exceeds = norms[j] > limit && norms[j] <= std::numeric_limits<double>::max();
      factors[j] = exceeds ? static_cast<T>(limit / norms[j]) : T(1);
      any = any || exceeds;
    }
    if (!any) return;
    for (std::size_t k = 0; k < w.rows; ++k) {
      for (std::size_t j = 0; j < count; ++j) w.data[k * w.stride + c + j] *= factors[j];
    }
  }
};

template <class T>
struct WidenedLoad {
  HWY_INLINE hn::Vec<hn::ScalableTag<double>> operator()(const T* from) const {
    const hn::ScalableTag<double> d;
    if constexpr (sizeof(T) == sizeof(double)) {
      return hn::LoadU(d, from);
    } else {
      return hn::PromoteTo(d, hn::LoadU(hn::Rebind<T, hn::ScalableTag<double>>(), from));
    }
  }
};

template <class T>
struct WidenedPartialLoad {
  std::size_t count;

  HWY_INLINE hn::Vec<hn::ScalableTag<double>> operator()(const T* from) const {
    double lanes[kLanes<double>] = {};
    for (std::size_t j = 0; j < count; ++j) lanes[j] = static_cast<double>(from[j]);
    return hn::LoadU(hn::ScalableTag<double>(), lanes);
  }
};

template <class T>
void limit_column_norms(MatrixView<T> w, double limit, ColumnRange columns) {
  const ColumnNorms<T> norms{w, limit};
  std::size_t c = columns.begin;
  for (; c + kLanes<double> <= columns.end; c += kLanes<double>) {
    norms.limit_columns(c, kLanes<double>, WidenedLoad<T>());
  }
  if (c < columns.end) norms.limit_columns(c, columns.end - c, WidenedPartialLoad<T>{columns.end - c});
}

template <class T>
constexpr LayerKernels<T> make_layer_kernels() {
  return {&column_moments<T>,     &batch_norm_forward<T>,  &batch_norm_backward<T>,
          &layer_norm_forward<T>, &layer_norm_backward<T>, &layer_norm_parameter_gradient<T>,
          &dropout_layer<T>,      &limit_column_norms<T>};
}

GRADUS_END_SET
