// Optimizer steps for one vector of parameters; formulas: docs/numerics.md.
// Included by kernel_set-inl.h, once per set: no include guard.

GRADUS_BEGIN_SET

inline constexpr bool has_first_state(UpdateRule rule) {
  return rule != UpdateRule::kSgd;
}
inline constexpr bool has_second_state(UpdateRule rule) {
  return rule == UpdateRule::kAdam || rule == UpdateRule::kAdamw;
}

// The parameters that start at `at.w`, one vector of them, moved by their gradient.
template <class T, UpdateRule kRule>
struct Updater {
  const UpdateCoefficients<T>& step;

  using D = hn::ScalableTag<T>;
  using V = hn::Vec<D>;

  template <class Chunk>
  HWY_INLINE void operator()(Chunk chunk, V gradient, T* w, T* m1, T* m2) const {
    V weight = chunk.load(w);
    if constexpr (kRule == UpdateRule::kAdamw) weight = weight * set(step.decay_factor);
    chunk.store(updated(chunk, weight, gradient, m1, m2), w);
  }

 private:
  static HWY_INLINE V set(T value) { return hn::Set(D(), value); }

  template <class Chunk>
  HWY_INLINE V updated(Chunk chunk, V weight, V gradient, T* m1, T* m2) const {
    if constexpr (kRule == UpdateRule::kSgd) {
      return hn::NegMulAdd(set(step.learning_rate), gradient, weight);
    } else if constexpr (kRule == UpdateRule::kMomentum || kRule == UpdateRule::kNesterov) {
      const V velocity = unless_negligible(D(), hn::MulAdd(set(step.momentum), chunk.load(m1), gradient));
      chunk.store(velocity, m1);
      const V direction =
          kRule == UpdateRule::kMomentum ? velocity : hn::MulAdd(set(step.momentum), velocity, gradient);
      return hn::NegMulAdd(set(step.learning_rate), direction, weight);
    } else if constexpr (kRule == UpdateRule::kRmsprop) {
      const V square = second_moment(chunk, m1, gradient);
      return hn::NegMulAdd(set(step.learning_rate), gradient / (hn::Sqrt(square) + set(step.epsilon)),
                           weight);
    } else if constexpr (kRule == UpdateRule::kAdagrad) {
      const V counted = unless_below(D(), gradient, Constants<D>::kNegligibleRoot);
      const V square = hn::MulAdd(counted, counted, chunk.load(m1));
      chunk.store(square, m1);
      return hn::NegMulAdd(set(step.learning_rate), gradient / (hn::Sqrt(square) + set(step.epsilon)),
                           weight);
    } else {
      const V mean = unless_negligible(
          D(), hn::MulAdd(set(step.one_minus_beta1), gradient, set(step.beta1) * chunk.load(m1)));
      chunk.store(mean, m1);
      const V square = second_moment(chunk, m2, gradient);
      const V root = hn::MulAdd(hn::Sqrt(square), set(step.root_correction), set(step.epsilon));
      return hn::NegMulAdd(set(step.step_size), mean / root, weight);
    }
  }

  template <class Chunk>
  HWY_INLINE V second_moment(Chunk chunk, T* state, V gradient) const {
    const V counted = unless_below(D(), gradient, Constants<D>::kNegligibleRoot);
    const V scaled = set(step.one_minus_beta2) * counted;
    const V square = unless_negligible(D(), hn::MulAdd(scaled, counted, set(step.beta2) * chunk.load(state)));
    chunk.store(square, state);
    return square;
  }
};

// Calls visitor.visit<rule>().
template <class Visitor>
HWY_INLINE void visit_rule(UpdateRule rule, const Visitor& visitor) {
  switch (rule) {
    case UpdateRule::kSgd:
      return visitor.template visit<UpdateRule::kSgd>();
    case UpdateRule::kMomentum:
      return visitor.template visit<UpdateRule::kMomentum>();
    case UpdateRule::kNesterov:
      return visitor.template visit<UpdateRule::kNesterov>();
    case UpdateRule::kRmsprop:
      return visitor.template visit<UpdateRule::kRmsprop>();
    case UpdateRule::kAdagrad:
      return visitor.template visit<UpdateRule::kAdagrad>();
    case UpdateRule::kAdam:
      return visitor.template visit<UpdateRule::kAdam>();
    case UpdateRule::kAdamw:
      return visitor.template visit<UpdateRule::kAdamw>();
  }
}

// Whether the gradient is changed before the rule sees it.
template <class T>
bool adjusts_gradient(const UpdateCoefficients<T>& step) {
  return step.l1 != 0 || step.l2 != 0 || step.clip_value != 0 ||
         (step.weight_decay != 0 && step.rule != UpdateRule::kAdamw);
}

template <class T>
struct AnyAdjustment {
  const UpdateCoefficients<T>& step;

  template <class V>
  HWY_INLINE V operator()(V weight, V gradient) const {
    const hn::ScalableTag<T> d;
    const V zero = hn::Zero(d);
    if (step.l1 != 0 || step.l2 != 0) {
      const V sign =
          hn::IfThenElse(weight > zero, hn::Set(d, 1), hn::IfThenElse(weight < zero, hn::Set(d, -1), zero));
      gradient = gradient + (hn::Set(d, step.l1) * sign + hn::Set(d, step.l2) * weight);
    }
    if (step.clip_value != 0) {
      gradient = at_least(d, at_most(d, gradient, step.clip_value), -step.clip_value);
    }
    if (step.weight_decay != 0 && step.rule != UpdateRule::kAdamw) {
      gradient = hn::MulAdd(hn::Set(d, step.weight_decay), weight, gradient);
    }
    return gradient;
  }
};

// The same bits as AnyAdjustment, where nothing else is asked for: with l1 = 0, what is added is l2 w, and +0 for a zero.
template <class T>
struct L2Adjustment {
  T l2;

  template <class V>
  HWY_INLINE V operator()(V weight, V gradient) const {
    const hn::ScalableTag<T> d;
    return gradient + hn::MulAdd(hn::Set(d, l2), weight, hn::Zero(d));
  }
};

// Calls visitor.visit(adjustment); the gradient is adjusted.
template <class T, class Visitor>
HWY_INLINE void visit_adjustment(const UpdateCoefficients<T>& step, const Visitor& visitor) {
  UpdateCoefficients<T> others = step;
  others.l2 = 0;
  if (adjusts_gradient(others)) {
    visitor.visit(AnyAdjustment<T>{step});
  } else {
    visitor.visit(L2Adjustment<T>{step.l2});
  }
}

// Rows of parameters whose gradients stand in memory.
template <class T>
struct UpdateRows {
  const UpdateCoefficients<T>& step;
  const ParameterState<T>& parameters;
  std::size_t stride;
  const T* g;
  std::size_t g_stride;
  std::size_t rows;
  std::size_t count;
  bool adjusts;

  template <UpdateRule kRule>
  struct Kernel {
    const UpdateRows& all;
    std::size_t row;

    template <class Chunk>
    HWY_INLINE void operator()(Chunk chunk, std::size_t i) const {
      const ParameterState<T>& at = all.parameters;
      const std::size_t offset = row * all.stride + i;
      auto gradient = chunk.load(all.g + row * all.g_stride + i);
      if (all.adjusts) gradient = AnyAdjustment<T>{all.step}(chunk.load(at.w + offset), gradient);
      T* m1 = has_first_state(kRule) ? at.m1 + offset : nullptr;
      T* m2 = has_second_state(kRule) ? at.m2 + offset : nullptr;
      Updater<T, kRule>{all.step}(chunk, gradient, at.w + offset, m1, m2);
    }
  };

  template <UpdateRule kRule>
  HWY_INLINE void visit() const {
    for (std::size_t row = 0; row < rows; ++row) sweep<T>(0, count, Kernel<kRule>{*this, row});
  }
};

template <class T>
HWY_NOINLINE void update_rows(const UpdateCoefficients<T>& step, const ParameterState<T>& parameters,
                              std::size_t stride, const T* g, std::size_t g_stride, std::size_t rows,
                              std::size_t count) {
  visit_rule(step.rule,
             UpdateRows<T>{step, parameters, stride, g, g_stride, rows, count, adjusts_gradient(step)});
}

template <class T>
void update(const UpdateCoefficients<T>& step, const ParameterState<T>& parameters, const T* g,
            std::size_t count) {
  update_rows(step, parameters, count, g, count, 1, count);
}

GRADUS_END_SET
