// Batch and layer normalization; formulas: docs/numerics.md.
// Included by kernel_set-inl.h, once per set: no include guard.

GRADUS_BEGIN_SET

template <class T>
HWY_INLINE hn::Vec<hn::ScalableTag<T>> inverse_deviation(hn::Vec<hn::ScalableTag<T>> variance) {
  const hn::ScalableTag<T> d;
  const auto epsilon = hn::Set(d, static_cast<T>(kNormalizationEpsilon));
  return hn::Set(d, T(1)) / hn::Sqrt(variance + epsilon);
}

template <class T, class Chunk>
HWY_INLINE hn::Vec<hn::ScalableTag<T>> sum_of_column(Chunk chunk, std::size_t c, MatrixView<const T> x) {
  auto sum = hn::Zero(hn::ScalableTag<T>());
  for (std::size_t b = 0; b < x.rows; ++b) sum = sum + chunk.load(x.data + b * x.stride + c);
  return sum;
}

template <class T, class Chunk>
HWY_INLINE hn::Vec<hn::ScalableTag<T>> squares_of_column(Chunk chunk, std::size_t c, MatrixView<const T> x,
                                                         hn::Vec<hn::ScalableTag<T>> center) {
  auto squares = hn::Zero(hn::ScalableTag<T>());
  for (std::size_t b = 0; b < x.rows; ++b) {
    const auto difference = chunk.load(x.data + b * x.stride + c) - center;
    squares = hn::MulAdd(difference, difference, squares);
  }
  return squares;
}

template <class T>
struct ColumnMoments {
  MatrixView<const T> x;
  T* mean;
  T* variance;

  template <class Chunk>
  HWY_INLINE void operator()(Chunk chunk, std::size_t c) const {
    const auto rows = hn::Set(hn::ScalableTag<T>(), static_cast<T>(x.rows));
    const auto center = sum_of_column<T>(chunk, c, x) / rows;
    const auto squares = squares_of_column<T>(chunk, c, x, center);
    chunk.store(center, mean + c);
    chunk.store(squares / rows, variance + c);
  }
};

template <class T>
struct ColumnSquares {
  MatrixView<const T> x;
  const T* center;
  T* squares;

  template <class Chunk>
  HWY_INLINE void operator()(Chunk chunk, std::size_t c) const {
    chunk.store(squares_of_column<T>(chunk, c, x, chunk.load(center + c)), squares + c);
  }
};

template <class T>
void column_squares(MatrixView<const T> x, const T* center, T* squares, ColumnRange columns) {
  sweep<T>(columns.begin, columns.end, ColumnSquares<T>{x, center, squares});
}

template <class T>
void column_moments(MatrixView<const T> x, T* mean, T* variance, ColumnRange columns) {
  sweep<T>(columns.begin, columns.end, ColumnMoments<T>{x, mean, variance});
}

template <class T>
struct BatchNormForward {
  MatrixView<const T> x;
  const T* mean;
  const T* variance;
  const T* gamma;
  const T* beta;
  MatrixView<T> y;

  template <class Chunk>
  HWY_INLINE void operator()(Chunk chunk, std::size_t c) const {
    const auto center = chunk.load(mean + c);
    const auto inverse = inverse_deviation<T>(chunk.load(variance + c));
    const auto slope = chunk.load(gamma + c);
    const auto offset = chunk.load(beta + c);
    for (std::size_t b = 0; b < x.rows; ++b) {
      const auto normalized = (chunk.load(x.data + b * x.stride + c) - center) * inverse;
      chunk.store(hn::MulAdd(slope, normalized, offset), y.data + b * y.stride + c);
    }
  }
};

template <class T>
void batch_norm_forward(MatrixView<const T> x, const T* mean, const T* variance, const T* gamma,
                        const T* beta, MatrixView<T> y, ColumnRange columns) {
  sweep<T>(columns.begin, columns.end, BatchNormForward<T>{x, mean, variance, gamma, beta, y});
}

template <class T>
struct BatchNormParameterGradient {
  MatrixView<const T> x;
  const T* mean;
  const T* variance;
  MatrixView<const T> dy;
  T* dgamma;
  T* dbeta;

  template <class Chunk>
  HWY_INLINE void operator()(Chunk chunk, std::size_t c) const {
    const hn::ScalableTag<T> d;
    const auto center = chunk.load(mean + c);
    const auto inverse = inverse_deviation<T>(chunk.load(variance + c));
    auto sum = hn::Zero(d);
    auto products = hn::Zero(d);
    for (std::size_t b = 0; b < x.rows; ++b) {
      const auto normalized = (chunk.load(x.data + b * x.stride + c) - center) * inverse;
      const auto slope = chunk.load(dy.data + b * dy.stride + c);
      sum = sum + slope;
      products = hn::MulAdd(slope, normalized, products);
    }
    chunk.store(sum, dbeta + c);
    chunk.store(products, dgamma + c);
  }
};

template <class T>
void batch_norm_parameter_gradient(MatrixView<const T> x, const T* mean, const T* variance,
                                   MatrixView<const T> dy, T* dgamma, T* dbeta, ColumnRange columns) {
  sweep<T>(columns.begin, columns.end, BatchNormParameterGradient<T>{x, mean, variance, dy, dgamma, dbeta});
}

template <class T>
struct BatchNormInputGradient {
  MatrixView<const T> x;
  const T* mean;
  const T* variance;
  const T* gamma;
  const T* dgamma;
  const T* dbeta;
  T rows;
  MatrixView<const T> dy;
  MatrixView<T> dx;

  template <class Chunk>
  HWY_INLINE void operator()(Chunk chunk, std::size_t c) const {
    const auto batch_rows = hn::Set(hn::ScalableTag<T>(), rows);
    const auto center = chunk.load(mean + c);
    const auto inverse = inverse_deviation<T>(chunk.load(variance + c));
    const auto mean_slope = chunk.load(dbeta + c) / batch_rows;
    const auto mean_product = chunk.load(dgamma + c) / batch_rows;
    const auto factor = chunk.load(gamma + c) * inverse;
    for (std::size_t b = 0; b < x.rows; ++b) {
      const auto normalized = (chunk.load(x.data + b * x.stride + c) - center) * inverse;
      const auto rest = chunk.load(dy.data + b * dy.stride + c) - mean_slope;
      chunk.store(factor * hn::NegMulAdd(normalized, mean_product, rest), dx.data + b * dx.stride + c);
    }
  }
};

template <class T>
void batch_norm_input_gradient(MatrixView<const T> x, const T* mean, const T* variance, const T* gamma,
                               const T* dgamma, const T* dbeta, std::size_t batch_rows,
                               MatrixView<const T> dy, MatrixView<T> dx, ColumnRange columns) {
  sweep<T>(
      columns.begin, columns.end,
      BatchNormInputGradient<T>{x, mean, variance, gamma, dgamma, dbeta, static_cast<T>(batch_rows), dy, dx});
}

// Both, column by column, while the column is in the nearest cache.
template <class T>
struct BatchNormBackward {
  BatchNormParameterGradient<T> sums;
  BatchNormInputGradient<T> rest;

  template <class Chunk>
  HWY_INLINE void operator()(Chunk chunk, std::size_t c) const {
    sums(chunk, c);
    rest(chunk, c);
  }
};

template <class T>
void batch_norm_backward(MatrixView<const T> x, const T* mean, const T* variance, const T* gamma,
                         MatrixView<const T> dy, T* dgamma, T* dbeta, MatrixView<T> dx, ColumnRange columns) {
  sweep<T>(columns.begin, columns.end,
           BatchNormBackward<T>{{x, mean, variance, dy, dgamma, dbeta},
                                {x, mean, variance, gamma, dgamma, dbeta, static_cast<T>(x.rows), dy, dx}});
}

template <class T>
struct AddElements {
  const T* row;

  template <class Chunk, class V>
  HWY_INLINE V operator()(Chunk chunk, std::size_t i, V sum) const {
    return sum + chunk.load(row + i);
  }
};

template <class T>
struct AddSquaredDifferences {
  const T* row;
  T center;

  template <class Chunk, class V>
  HWY_INLINE V operator()(Chunk chunk, std::size_t i, V sum) const {
    const V difference = chunk.load(row + i) - hn::Set(hn::ScalableTag<T>(), center);
    return chunk.select(hn::MulAdd(difference, difference, sum), sum);
  }
};

template <class T>
struct LayerNormRow {
  const T* x;
  const T* gamma;
  const T* beta;
  T* y;
  T center;
  T inverse;

  template <class Chunk>
  HWY_INLINE void operator()(Chunk chunk, std::size_t i) const {
    const hn::ScalableTag<T> d;
    const auto normalized = (chunk.load(x + i) - hn::Set(d, center)) * hn::Set(d, inverse);
    chunk.store(hn::MulAdd(chunk.load(gamma + i), normalized, chunk.load(beta + i)), y + i);
  }
};

template <class T>
void layer_norm_forward(MatrixView<const T> x, const T* gamma, const T* beta, T* mean, T* inverse,
                        MatrixView<T> y, RowRange rows) {
  const hn::ScalableTag<T> d;
  const T width = static_cast<T>(x.cols);
  for (std::size_t b = rows.begin; b < rows.end; ++b) {
    const T* row = x.data + b * x.stride;
    const T center = sum_row<T>(x.cols, AddElements<T>{row}) / width;
    const T variance = sum_row<T>(x.cols, AddSquaredDifferences<T>{row, center}) / width;
    mean[b] = center;
    inverse[b] = hn::GetLane(inverse_deviation<T>(hn::Set(d, variance)));
    sweep<T>(0, x.cols, LayerNormRow<T>{row, gamma, beta, y.data + b * y.stride, center, inverse[b]});
  }
}

// With g = gamma dy: the sum of g, or with `x` that of g xhat.
template <class T>
struct AddSlopes {
  const T* gamma;
  const T* dy;

  template <class Chunk, class V>
  HWY_INLINE V operator()(Chunk chunk, std::size_t i, V sum) const {
    return hn::MulAdd(chunk.load(gamma + i), chunk.load(dy + i), sum);
  }
};

template <class T>
struct AddSlopeProducts {
  const T* x;
  const T* gamma;
  const T* dy;
  T center;
  T inverse;

  template <class Chunk, class V>
  HWY_INLINE V operator()(Chunk chunk, std::size_t i, V sum) const {
    const hn::ScalableTag<T> d;
    const V normalized = (chunk.load(x + i) - hn::Set(d, center)) * hn::Set(d, inverse);
    // Lanes beyond the row add gamma dy = 0 times a finite number, or a NaN that the row's other sum has too.
    return chunk.select(hn::MulAdd(chunk.load(gamma + i) * chunk.load(dy + i), normalized, sum), sum);
  }
};

template <class T>
struct LayerNormBackwardRow {
  const T* x;
  const T* gamma;
  const T* dy;
  T* dx;
  T center;
  T inverse;
  T mean_slope;
  T mean_product;

  template <class Chunk>
  HWY_INLINE void operator()(Chunk chunk, std::size_t i) const {
    const hn::ScalableTag<T> d;
    const auto normalized = (chunk.load(x + i) - hn::Set(d, center)) * hn::Set(d, inverse);
    const auto rest = chunk.load(gamma + i) * chunk.load(dy + i) - hn::Set(d, mean_slope);
    chunk.store(hn::Set(d, inverse) * hn::NegMulAdd(normalized, hn::Set(d, mean_product), rest), dx + i);
  }
};

template <class T>
void layer_norm_backward(MatrixView<const T> x, const T* mean, const T* inverse, const T* gamma,
                         MatrixView<const T> dy, MatrixView<T> dx, RowRange rows) {
  const T width = static_cast<T>(x.cols);
  for (std::size_t b = rows.begin; b < rows.end; ++b) {
    const T* row = x.data + b * x.stride;
    const T* slopes = dy.data + b * dy.stride;
    const T mean_slope = sum_row<T>(x.cols, AddSlopes<T>{gamma, slopes}) / width;
    const T mean_product =
        sum_row<T>(x.cols, AddSlopeProducts<T>{row, gamma, slopes, mean[b], inverse[b]}) / width;
    sweep<T>(0, x.cols,
             LayerNormBackwardRow<T>{row, gamma, slopes, dx.data + b * dx.stride, mean[b], inverse[b],
                                     mean_slope, mean_product});
  }
}

template <class T>
struct LayerNormParameterGradient {
  MatrixView<const T> x;
  const T* mean;
  const T* inverse;
  MatrixView<const T> dy;
  T* dgamma;
  T* dbeta;

  template <class Chunk>
  HWY_INLINE void operator()(Chunk chunk, std::size_t c) const {
    const hn::ScalableTag<T> d;
    auto sum = hn::Zero(d);
    auto products = hn::Zero(d);
    for (std::size_t b = 0; b < x.rows; ++b) {
      const auto centered = chunk.load(x.data + b * x.stride + c) - hn::Set(d, mean[b]);
      const auto slope = chunk.load(dy.data + b * dy.stride + c);
      sum = sum + slope;
      products = hn::MulAdd(slope, centered * hn::Set(d, inverse[b]), products);
    }
    chunk.store(sum, dbeta + c);
    chunk.store(products, dgamma + c);
  }
};

template <class T>
void layer_norm_parameter_gradient(MatrixView<const T> x, const T* mean, const T* inverse,
                                   MatrixView<const T> dy, T* dgamma, T* dbeta, ColumnRange columns) {
  sweep<T>(columns.begin, columns.end, LayerNormParameterGradient<T>{x, mean, inverse, dy, dgamma, dbeta});
}

GRADUS_END_SET
