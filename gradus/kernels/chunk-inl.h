// A chunk is one vector's worth of consecutive elements, or what is left of a row: loads and stores that
// touch no other memory. A kernel is a functor over (chunk, index) that `sweep` calls along a row. Included
// by kernel_set-inl.h, once per set: no include guard.

GRADUS_BEGIN_SET

template <class T>
inline constexpr std::size_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());

template <class Lane>
struct FullChunk {
  using T = Lane;
  using D = hn::ScalableTag<T>;
  using V = hn::Vec<D>;

  HWY_INLINE V load(const T* from) const { return hn::LoadU(D(), from); }
  HWY_INLINE void store(V v, T* to) const { hn::StoreU(v, D(), to); }
  HWY_INLINE V select(V used, V) const { return used; }
  HWY_INLINE std::size_t size() const { return kLanes<T>; }
};

#if GRADUS_HAS_PARTIAL_CHUNKS
// The first `count` lanes, 0 < count < kLanes; the others are loaded as +0 and not stored.
template <class Lane>
struct PartialChunk {
  using T = Lane;
  using D = hn::ScalableTag<T>;
  using V = hn::Vec<D>;
  std::size_t count;

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  HWY_INLINE V load(const T* from) const {
    return hn::MaskedLoad(hn::FirstN(D(), count), D(), from);
  }
  HWY_INLINE void store(V v, T* to) const {
    hn::BlendedStore(v, hn::FirstN(D(), count), D(), to);
  }
#else
  // Without masked instructions, lanes that are left out must not be touched, so go through the stack.
  HWY_INLINE V load(const T* from) const {
    HWY_ALIGN T lanes[kLanes<T>] = {};
    for (std::size_t i = 0; i < count; ++i) lanes[i] = from[i];
    return hn::Load(D(), lanes);
  }
  HWY_INLINE void store(V v, T* to) const {
    HWY_ALIGN T lanes[kLanes<T>];
    hn::Store(v, D(), lanes);
    for (std::size_t i = 0; i < count; ++i) to[i] = lanes[i];
  }
#endif
  HWY_INLINE V select(V used, V unused) const {
    return hn::IfThenElse(hn::FirstN(D(), count), used, unused);
  }
  HWY_INLINE std::size_t size() const {
    return count;
  }
};
#endif

template <class T, class Kernel>
HWY_INLINE void sweep(std::size_t begin, std::size_t end, const Kernel& kernel) {
  std::size_t i = begin;
  for (; i + kLanes<T> <= end; i += kLanes<T>) kernel(FullChunk<T>(), i);
#if GRADUS_HAS_PARTIAL_CHUNKS
  if (i < end) kernel(PartialChunk<T>{end - i}, i);
#endif
}

struct Sum {
  template <class V>
  HWY_INLINE V operator()(V a, V b) const {
    return a + b;
  }
};

struct Larger {
  template <class V>
  HWY_INLINE V operator()(V a, V b) const {
    return hn::Max(a, b);
  }
};

// The lanes of a vector combined by halves: 0-7 with 8-15, 0-3 with 4-7, 0-1 with 2-3, 0 with 1.
#if GRADUS_HAS_PARTIAL_CHUNKS
template <class D, class Operation>
HWY_INLINE hn::TFromD<D> fold(D d, hn::Vec<D> v, Operation operation) {
  if constexpr (hn::MaxLanes(d) == 1) {
    return hn::GetLane(v);
  } else {
    const hn::Half<D> half;
    return fold(half, operation(hn::LowerHalf(half, v), hn::UpperHalf(half, v)), operation);
  }
}
#else
template <class D, class Operation>
HWY_INLINE hn::TFromD<D> fold(D, hn::Vec<D> v, Operation) {
  return v;
}
#endif

// A sum along a row whose order does not depend on the vector width: lane j takes elements j, j + 16, ...;
// then the tree 8-4-2-1. kernel(chunk, i, accumulator) returns the accumulator with the elements of the chunk
// added.
template <class T, class Kernel>
HWY_INLINE T sum_row(std::size_t size, const Kernel& kernel) {
  constexpr std::size_t kVirtualLanes = 16;
  constexpr std::size_t kVectors = kVirtualLanes / kLanes<T>;
  using D = hn::ScalableTag<T>;
  hn::Vec<D> sums[kVectors];
  for (auto& sum : sums) sum = hn::Zero(D());
  std::size_t i = 0;
  for (; i + kVirtualLanes <= size; i += kVirtualLanes) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      sums[v] = kernel(FullChunk<T>(), i + v * kLanes<T>, sums[v]);
    }
  }
  for (std::size_t v = 0; v < kVectors && i < size; ++v, i += kLanes<T>) {
    if (i + kLanes<T> <= size) {
      sums[v] = kernel(FullChunk<T>(), i, sums[v]);
    } else {
#if GRADUS_HAS_PARTIAL_CHUNKS
      sums[v] = kernel(PartialChunk<T>{size - i}, i, sums[v]);
#endif
    }
  }
  for (std::size_t half = kVectors / 2; half > 0; half /= 2) {
    for (std::size_t v = 0; v < half; ++v) sums[v] = sums[v] + sums[v + half];
  }
  return fold(D(), sums[0], Sum());
}

GRADUS_END_SET
