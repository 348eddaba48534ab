// The activation functions and their derivatives for one vector; formulas: docs/numerics.md.
// Included by kernel_set-inl.h, once per set: no include guard.

GRADUS_BEGIN_SET

// forward: y = f(z). slope: f'(z), from y or, where needs_preactivation(f), from z; the other one is not
// looked at.
template <Activation kActivation>
struct ActivationFunction;

template <>
struct ActivationFunction<Activation::kIdentity> {
  template <class D, class V>
  static HWY_INLINE V forward(D, V z) {
    return z;
  }
  template <class D, class V>
  static HWY_INLINE V slope(D d, V, V) {
    return hn::Set(d, 1);
  }
};

template <>
struct ActivationFunction<Activation::kSigmoid> {
  template <class D, class V>
  static HWY_INLINE V forward(D d, V z) {
    return sigmoid(d, z);
  }
  template <class D, class V>
  static HWY_INLINE V slope(D d, V, V y) {
    return y * (hn::Set(d, 1) - y);
  }
};

template <>
struct ActivationFunction<Activation::kTanh> {
  template <class D, class V>
  static HWY_INLINE V forward(D d, V z) {
    return tanh(d, z);
  }
  template <class D, class V>
  static HWY_INLINE V slope(D d, V, V y) {
    return hn::NegMulAdd(y, y, hn::Set(d, 1));
  }
};

template <>
struct ActivationFunction<Activation::kLecunTanh> {
  template <class D, class V>
  static HWY_INLINE V forward(D d, V z) {
    using T = hn::TFromD<D>;
    return hn::Set(d, static_cast<T>(kLecunScale)) * tanh(d, z * hn::Set(d, static_cast<T>(kLecunSlope)));
  }
  template <class D, class V>
  static HWY_INLINE V slope(D d, V, V y) {
    using T = hn::TFromD<D>;
    const V scale = hn::Set(d, static_cast<T>(kLecunScale));
    return hn::Set(d, static_cast<T>(kLecunSlope)) * (scale - (y * y) / scale);
  }
};

template <>
struct ActivationFunction<Activation::kRelu> {
  template <class D, class V>
  static HWY_INLINE V forward(D d, V z) {
    return positive_part(d, z);
  }
  template <class D, class V>
  static HWY_INLINE V slope(D d, V, V y) {
    return hn::IfThenElse(y > hn::Zero(d), hn::Set(d, 1), hn::Zero(d));
  }
};

template <>
struct ActivationFunction<Activation::kLeakyRelu> {
  template <class D, class V>
  static HWY_INLINE V forward(D d, V z) {
    return hn::IfThenElse(z > hn::Zero(d), z, z * hn::Set(d, static_cast<hn::TFromD<D>>(kLeakyReluSlope)));
  }
  template <class D, class V>
  static HWY_INLINE V slope(D d, V, V y) {
    const V leak = hn::Set(d, static_cast<hn::TFromD<D>>(kLeakyReluSlope));
    return hn::IfThenElse(y > hn::Zero(d), hn::Set(d, 1), leak);
  }
};

template <>
struct ActivationFunction<Activation::kElu> {
  template <class D, class V>
  static HWY_INLINE V forward(D d, V z) {
    return hn::IfThenElse(z > hn::Zero(d), z, expm1(d, z));
  }
  template <class D, class V>
  static HWY_INLINE V slope(D d, V, V y) {
    const V one = hn::Set(d, 1);
    return hn::IfThenElse(y > hn::Zero(d), one, y + one);
  }
};

template <>
struct ActivationFunction<Activation::kGelu> {
  template <class D, class V>
  static HWY_INLINE V forward(D d, V z) {
    return gelu(d, z);
  }
  template <class D, class V>
  static HWY_INLINE V slope(D d, V z, V) {
    return gelu_slope(d, z);
  }
};

template <>
struct ActivationFunction<Activation::kSilu> {
  template <class D, class V>
  static HWY_INLINE V forward(D d, V z) {
    return silu(d, z);
  }
  template <class D, class V>
  static HWY_INLINE V slope(D d, V z, V) {
    const V one = hn::Set(d, 1);
    const V s = sigmoid(d, z);
    return s * hn::MulAdd(z, one - s, one);
  }
};

template <>
struct ActivationFunction<Activation::kSoftplus> {
  template <class D, class V>
  static HWY_INLINE V forward(D d, V z) {
    return softplus(d, z);
  }
  template <class D, class V>
  static HWY_INLINE V slope(D d, V z, V) {
    return sigmoid(d, z);
  }
};

template <>
struct ActivationFunction<Activation::kExp> {
  template <class D, class V>
  static HWY_INLINE V forward(D d, V z) {
    return exp(d, z);
  }
  template <class D, class V>
  static HWY_INLINE V slope(D, V, V y) {
    return y;
  }
};

// Calls visitor.template visit<ActivationFunction<f>>(): one instance of the caller's loop for each
// activation.
template <class Visitor>
HWY_INLINE void visit_activation(Activation f, const Visitor& visitor) {
  switch (f) {
    case Activation::kIdentity:
      return visitor.template visit<ActivationFunction<Activation::kIdentity>>();
    case Activation::kSigmoid:
      return visitor.template visit<ActivationFunction<Activation::kSigmoid>>();
    case Activation::kTanh:
      return visitor.template visit<ActivationFunction<Activation::kTanh>>();
    case Activation::kLecunTanh:
      return visitor.template visit<ActivationFunction<Activation::kLecunTanh>>();
    case Activation::kRelu:
      return visitor.template visit<ActivationFunction<Activation::kRelu>>();
    case Activation::kLeakyRelu:
      return visitor.template visit<ActivationFunction<Activation::kLeakyRelu>>();
    case Activation::kElu:
      return visitor.template visit<ActivationFunction<Activation::kElu>>();
    case Activation::kGelu:
      return visitor.template visit<ActivationFunction<Activation::kGelu>>();
    case Activation::kSilu:
      return visitor.template visit<ActivationFunction<Activation::kSilu>>();
    case Activation::kSoftplus:
      return visitor.template visit<ActivationFunction<Activation::kSoftplus>>();
    case Activation::kExp:
      return visitor.template visit<ActivationFunction<Activation::kExp>>();
    case Activation::kSoftmax:
      return;  // over a row: softmax_forward
  }
}

// y = f(z), along one row; y may be z.
template <class T>
struct ForwardRow {
  const T* z;
  T* y;
  std::size_t begin;
  std::size_t end;

  template <class F>
  struct Kernel {
    const ForwardRow& row;

    template <class Chunk>
    HWY_INLINE void operator()(Chunk chunk, std::size_t i) const {
      chunk.store(F::forward(hn::ScalableTag<T>(), chunk.load(row.z + i)), row.y + i);
    }
  };

  template <class F>
  HWY_INLINE void visit() const {
    sweep<T>(begin, end, Kernel<F>{*this});
  }
};

// dz = dy f'(z, y), along one row.
template <class T>
struct BackwardRow {
  const T* dy;
  const T* z;  // nullptr unless needed
  const T* y;
  T* dz;
  std::size_t begin;
  std::size_t end;

  template <class F>
  struct Kernel {
    const BackwardRow& row;

    template <class Chunk>
    HWY_INLINE void operator()(Chunk chunk, std::size_t i) const {
      const hn::ScalableTag<T> d;
      // One of the two is there; the slope looks at that one only.
      const auto z = chunk.load((row.z != nullptr ? row.z : row.y) + i);
      const auto y = chunk.load((row.y != nullptr ? row.y : row.z) + i);
      chunk.store(unless_negligible(d, chunk.load(row.dy + i) * F::slope(d, z, y)), row.dz + i);
    }
  };

  template <class F>
  HWY_INLINE void visit() const {
    sweep<T>(begin, end, Kernel<F>{*this});
  }
};

template <class T>
HWY_NOINLINE void forward_row(Activation f, const ForwardRow<T>& row) {
  visit_activation(f, row);
}

template <class T>
HWY_NOINLINE void backward_row(Activation f, const BackwardRow<T>& row) {
  visit_activation(f, row);
}

template <class T>
BackwardRow<T> backward_row_of(const ActivationState<T>& state, std::size_t r, const T* dy, T* dz,
                               ColumnRange range) {
  const bool from_z = needs_preactivation(state.activation);
  return {dy,
          from_z ? state.z.data + r * state.z.stride : nullptr,
          from_z ? nullptr : state.y.data + r * state.y.stride,
          dz,
          range.begin,
          range.end};
}

template <class T>
void activation_forward(Activation f, MatrixView<const T> z, MatrixView<T> y) {
  if (z.stride == z.cols && y.stride == y.cols) {
    return forward_row(f, ForwardRow<T>{z.data, y.data, 0, z.rows * z.cols});
  }
  for (std::size_t r = 0; r < z.rows; ++r) {
    forward_row(f, ForwardRow<T>{z.data + r * z.stride, y.data + r * y.stride, 0, z.cols});
  }
}

template <class T>
void activation_backward(ActivationState<T> state, MatrixView<const T> dy, MatrixView<T> dz) {
  for (std::size_t r = 0; r < dy.rows; ++r) {
    const BackwardRow<T> row =
        backward_row_of(state, r, dy.data + r * dy.stride, dz.data + r * dz.stride, {0, dy.cols});
    backward_row(state.activation, row);
  }
}

GRADUS_END_SET
