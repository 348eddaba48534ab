// One optimizer step over a block of parameters; formulas: docs/numerics.md.
// Included by kernel_set-inl.h, once per set: no include guard.

GRADUS_BEGIN_SET

template <class T, UpdateRule kRule>
struct UpdateKernel {
  const UpdateCoefficients<T> step;
  T* w;
  const T* g;
  T* m1;
  T* m2;

  using D = hn::ScalableTag<T>;
  using V = hn::Vec<D>;

  template <class Chunk>
  HWY_INLINE void operator()(Chunk chunk, std::size_t i) const {
    V weight = chunk.load(w + i);
    V gradient = chunk.load(g + i);
    if constexpr (kRule == UpdateRule::kAdamw) {
      weight = weight * set(step.decay_factor);
    } else if (step.weight_decay != 0) {
      gradient = hn::MulAdd(set(step.weight_decay), weight, gradient);
    }
    chunk.store(updated(chunk, i, weight, gradient), w + i);
  }

 private:
  static HWY_INLINE V set(T value) { return hn::Set(D(), value); }

  template <class Chunk>
  HWY_INLINE V updated(Chunk chunk, std::size_t i, V weight, V gradient) const {
    if constexpr (kRule == UpdateRule::kSgd) {
      return hn::NegMulAdd(set(step.learning_rate), gradient, weight);
    } else if constexpr (kRule == UpdateRule::kMomentum || kRule == UpdateRule::kNesterov) {
      const V velocity = hn::MulAdd(set(step.momentum), chunk.load(m1 + i), gradient);
      chunk.store(velocity, m1 + i);
      const V direction =
          kRule == UpdateRule::kMomentum ? velocity : hn::MulAdd(set(step.momentum), velocity, gradient);
      return hn::NegMulAdd(set(step.learning_rate), direction, weight);
    } else if constexpr (kRule == UpdateRule::kRmsprop) {
      const V square = second_moment(chunk, i, m1, gradient);
      return hn::NegMulAdd(set(step.learning_rate), gradient / (hn::Sqrt(square) + set(step.epsilon)),
                           weight);
    } else if constexpr (kRule == UpdateRule::kAdagrad) {
      const V square = hn::MulAdd(gradient, gradient, chunk.load(m1 + i));
      chunk.store(square, m1 + i);
      return hn::NegMulAdd(set(step.learning_rate), gradient / (hn::Sqrt(square) + set(step.epsilon)),
                           weight);
    } else {
      const V mean = hn::MulAdd(set(step.one_minus_beta1), gradient, set(step.beta1) * chunk.load(m1 + i));
      chunk.store(mean, m1 + i);
      const V square = second_moment(chunk, i, m2, gradient);
      const V root = hn::Sqrt(square) / set(step.root_bias_correction2) + set(step.epsilon);
      return hn::NegMulAdd(set(step.step_size), mean / root, weight);
    }
  }

  template <class Chunk>
  HWY_INLINE V second_moment(Chunk chunk, std::size_t i, T* state, V gradient) const {
    const V scaled = set(step.one_minus_beta2) * gradient;
    const V square = hn::MulAdd(scaled, gradient, set(step.beta2) * chunk.load(state + i));
    chunk.store(square, state + i);
    return square;
  }
};

template <class T>
void update(const UpdateCoefficients<T>& step, T* w, const T* g, T* m1, T* m2, std::size_t count) {
  switch (step.rule) {
    case UpdateRule::kSgd:
      return sweep<T>(0, count, UpdateKernel<T, UpdateRule::kSgd>{step, w, g, m1, m2});
    case UpdateRule::kMomentum:
      return sweep<T>(0, count, UpdateKernel<T, UpdateRule::kMomentum>{step, w, g, m1, m2});
    case UpdateRule::kNesterov:
      return sweep<T>(0, count, UpdateKernel<T, UpdateRule::kNesterov>{step, w, g, m1, m2});
    case UpdateRule::kRmsprop:
      return sweep<T>(0, count, UpdateKernel<T, UpdateRule::kRmsprop>{step, w, g, m1, m2});
    case UpdateRule::kAdagrad:
      return sweep<T>(0, count, UpdateKernel<T, UpdateRule::kAdagrad>{step, w, g, m1, m2});
    case UpdateRule::kAdam:
      return sweep<T>(0, count, UpdateKernel<T, UpdateRule::kAdam>{step, w, g, m1, m2});
    case UpdateRule::kAdamw:
      return sweep<T>(0, count, UpdateKernel<T, UpdateRule::kAdamw>{step, w, g, m1, m2});
  }
}

GRADUS_END_SET
