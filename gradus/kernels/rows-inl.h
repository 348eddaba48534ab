// Softmax and the fused losses, row by row; formulas: docs/numerics.md.
// Included by kernel_set-inl.h, once per set: no include guard.

GRADUS_BEGIN_SET

template <class T>
struct LaneMaxima {
  using D = hn::ScalableTag<T>;
  const T* row;
  hn::Vec<D>& maxima;

  template <class Chunk>
  HWY_INLINE void operator()(Chunk chunk, std::size_t i) const {
    const auto v = chunk.load(row + i);
    maxima = chunk.select(hn::Max(v, maxima), maxima);
  }
};

// The largest element, in any order: all orders agree but for the sign of zero, which e^(z - max) does not
// see. A NaN may be passed over; it comes back in the sum.
template <class T>
HWY_INLINE T row_maximum(const T* row, std::size_t size) {
  const hn::ScalableTag<T> d;
  auto maxima = hn::Set(d, row[0]);
  sweep<T>(0, size, LaneMaxima<T>{row, maxima});
  return fold(d, maxima, Larger());
}

// Adds e^(z - max); keeps it where `out` is not nullptr.
template <class T>
struct AddExponentials {
  const T* z;
  T* out;
  T maximum;

  template <class Chunk, class V>
  HWY_INLINE V operator()(Chunk chunk, std::size_t i, V sum) const {
    const hn::ScalableTag<T> d;
    const V e = exp_of_negative(d, chunk.load(z + i) - hn::Set(d, maximum));
    if (out != nullptr) chunk.store(e, out + i);
    return chunk.select(sum + e, sum);
  }
};

template <class T>
struct DivideBy {
  T* row;
  T divisor;

  template <class Chunk>
  HWY_INLINE void operator()(Chunk chunk, std::size_t i) const {
    chunk.store(chunk.load(row + i) / hn::Set(hn::ScalableTag<T>(), divisor), row + i);
  }
};

template <class T>
void softmax_forward(MatrixView<const T> z, MatrixView<T> y) {
  if (z.cols == 0) return;
  for (std::size_t r = 0; r < z.rows; ++r) {
    const T* in = z.data + r * z.stride;
    T* out = y.data + r * y.stride;
    const T sum = sum_row<T>(z.cols, AddExponentials<T>{in, out, row_maximum(in, z.cols)});
    sweep<T>(0, z.cols, DivideBy<T>{out, sum});
  }
}

template <class T>
struct AddProducts {
  const T* a;
  const T* b;

  template <class Chunk, class V>
  HWY_INLINE V operator()(Chunk chunk, std::size_t i, V sum) const {
    return hn::MulAdd(chunk.load(a + i), chunk.load(b + i), sum);
  }
};

template <class T>
struct SoftmaxBackward {
  const T* y;
  const T* dy;
  T* dz;
  T dot;

  template <class Chunk>
  HWY_INLINE void operator()(Chunk chunk, std::size_t i) const {
    const hn::ScalableTag<T> d;
    chunk.store(unless_negligible(d, chunk.load(y + i) * (chunk.load(dy + i) - hn::Set(d, dot))), dz + i);
  }
};

template <class T>
void softmax_backward(MatrixView<const T> y, MatrixView<const T> dy, MatrixView<T> dz) {
  for (std::size_t r = 0; r < y.rows; ++r) {
    const T* y_row = y.data + r * y.stride;
    const T* dy_row = dy.data + r * dy.stride;
    const T dot = sum_row<T>(y.cols, AddProducts<T>{dy_row, y_row});
    sweep<T>(0, y.cols, SoftmaxBackward<T>{y_row, dy_row, dz.data + r * dz.stride, dot});
  }
}

// From e^(z - max) in `row` to (softmax - target) * factor.
template <class T>
struct SoftmaxGradient {
  T* row;
  T sum;
  std::size_t label;
  T foreground;  // target of the label
  T background;  // of the others
  T factor;

  template <class Chunk>
  HWY_INLINE void operator()(Chunk chunk, std::size_t i) const {
    finish(chunk, i, chunk.load(row + i));
  }

  template <class Chunk, class V>
  HWY_INLINE void finish(Chunk chunk, std::size_t i, V exponential) const {
    const hn::ScalableTag<T> d;
    // Exact near 0, and lanes are compared with nothing else.
    const T lane = static_cast<T>(static_cast<std::ptrdiff_t>(label - i));
    const auto target =
        hn::IfThenElse(hn::Iota(d, 0) == hn::Set(d, lane), hn::Set(d, foreground), hn::Set(d, background));
    const auto probability = exponential / hn::Set(d, sum);
    chunk.store(unless_negligible(d, (probability - target) * hn::Set(d, factor)), row + i);
  }
};

// Sum and gradient of a row of one chunk, in registers: a masked load waits until a masked store before it has reached the cache.
template <class T>
struct SoftmaxOfChunk {
  const T* z;
  T maximum;
  SoftmaxGradient<T>& gradient;

  template <class Chunk>
  HWY_INLINE void operator()(Chunk chunk, std::size_t) const {
    const hn::ScalableTag<T> d;
    const auto e = exp_of_negative(d, chunk.load(z) - hn::Set(d, maximum));
    gradient.sum = fold(d, chunk.select(e, hn::Zero(d)), Sum());
    if (gradient.row != nullptr) gradient.finish(chunk, 0, e);
  }
};

// The sum of e^(z - max) along a row; the gradient goes to gradient.row, where that is not nullptr.
template <class T>
HWY_INLINE T softmax_of_row(const T* z, std::size_t size, T maximum, SoftmaxGradient<T> gradient) {
  if (size <= kLanes<T>) {
    sweep<T>(0, size, SoftmaxOfChunk<T>{z, maximum, gradient});
  } else {
    gradient.sum = sum_row<T>(size, AddExponentials<T>{z, gradient.row, maximum});
    if (gradient.row != nullptr) sweep<T>(0, size, gradient);
  }
  return gradient.sum;
}

struct LogInPlace {
  double* values;

  template <class Chunk>
  HWY_INLINE void operator()(Chunk chunk, std::size_t i) const {
    chunk.store(log(hn::ScalableTag<double>(), chunk.load(values + i)), values + i);
  }
};

// log sum e^(z - max) - (z_label - max), and its mean with that of all outputs by smoothing.
template <class T>
HWY_INLINE double cross_entropy_of_row(const T* z, std::size_t size, std::size_t label, double maximum,
                                       double log_sum, double smoothing) {
  const double loss = log_sum - (static_cast<double>(z[label]) - maximum);
  if (smoothing == 0) return loss;
  double all = 0;
  for (std::size_t k = 0; k < size; ++k) all += log_sum - (static_cast<double>(z[k]) - maximum);
  return (1 - smoothing) * loss + smoothing / static_cast<double>(size) * all;
}

template <class T>
void softmax_cross_entropy(MatrixView<const T> z, const std::int32_t* labels, const T* weights, T smoothing,
                           T scale, double* loss, MatrixView<T> dz) {
  const T background = smoothing / static_cast<T>(z.cols);
  const T foreground = (1 - smoothing) + background;
  constexpr std::size_t kBlock = 64;  // rows whose logarithms are taken together
  T maxima[kBlock];
  double log_sums[kBlock];
  for (std::size_t begin = 0; begin < z.rows; begin += kBlock) {
    const std::size_t count = std::min(kBlock, z.rows - begin);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t r = begin + i;
      const T* in = z.data + r * z.stride;
      T* out = dz.data == nullptr ? nullptr : dz.data + r * dz.stride;
      maxima[i] = row_maximum(in, z.cols);
      const T factor = weights == nullptr ? scale : weights[r] * scale;
      const auto label = static_cast<std::size_t>(labels[r]);
      log_sums[i] = static_cast<double>(softmax_of_row(
          in, z.cols, maxima[i], SoftmaxGradient<T>{out, 0, label, foreground, background, factor}));
    }
    sweep<double>(0, count, LogInPlace{log_sums});
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t r = begin + i;
      const double row_loss =
          cross_entropy_of_row(z.data + r * z.stride, z.cols, static_cast<std::size_t>(labels[r]),
                               static_cast<double>(maxima[i]), log_sums[i], static_cast<double>(smoothing));
      loss[r] = weights == nullptr ? row_loss : static_cast<double>(weights[r]) * row_loss;
    }
  }
}

// One chunk of a row: dz = (sigmoid(z) - target) * factor, and the terms of the loss to `terms`.
template <class T>
struct SigmoidCrossEntropy {
  const T* z;
  const T* target;
  T* dz;  // may be nullptr
  T factor;
  double& loss;

  template <class Chunk>
  HWY_INLINE void operator()(Chunk chunk, std::size_t i) const {
    const hn::ScalableTag<T> d;
    const auto logit = chunk.load(z + i);
    const auto wanted = chunk.load(target + i);
    const auto linear = hn::NegMulAdd(logit, wanted, positive_part(d, logit));
    T terms[kLanes<T>];
    hn::StoreU(linear + log1p_of_fraction(d, exp_of_negative(d, hn::Zero(d) - hn::Abs(logit))), d, terms);
    for (std::size_t lane = 0; lane < chunk.size(); ++lane) loss += static_cast<double>(terms[lane]);
    if (dz != nullptr) {
      chunk.store(unless_negligible(d, (sigmoid(d, logit) - wanted) * hn::Set(d, factor)), dz + i);
    }
  }
};

template <class T>
void sigmoid_cross_entropy(MatrixView<const T> z, MatrixView<const T> y01, const T* weights, T scale,
                           double* loss, MatrixView<T> dz) {
  for (std::size_t r = 0; r < z.rows; ++r) {
    const T factor = weights == nullptr ? scale : weights[r] * scale;
    T* out = dz.data == nullptr ? nullptr : dz.data + r * dz.stride;
    double row_loss = 0;
    sweep<T>(0, z.cols,
             SigmoidCrossEntropy<T>{z.data + r * z.stride, y01.data + r * y01.stride, out, factor, row_loss});
    loss[r] = weights == nullptr ? row_loss : static_cast<double>(weights[r]) * row_loss;
  }
}

GRADUS_END_SET
