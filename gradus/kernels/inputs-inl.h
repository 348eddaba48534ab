// Stored features into inputs; formulas: rule 8 of docs/numerics.md.
// Included by kernel_set-inl.h, once per set: no include guard.

GRADUS_BEGIN_SET

// One value, for the end of a row.
template <class T, class Stored>
HWY_INLINE T scale_value(Stored value, const InputScaling<T>& scaling, std::size_t i) {
  if constexpr (sizeof(T) == sizeof(double)) {
    if constexpr (sizeof(Stored) == 1) {
      if (scaling.of_byte != nullptr) return scaling.of_byte[value];
    }
    const auto x = static_cast<double>(value);
    return scaling.shift == nullptr ? x : (x - scaling.shift[i]) / scaling.scale[i];
  } else if (scaling.factor == nullptr) {
    return static_cast<T>(value);
  } else if constexpr (sizeof(Stored) == sizeof(double)) {
    return static_cast<T>(__builtin_fma(value, scaling.wide_factor[i], scaling.wide_offset[i]));
  } else {
    return __builtin_fmaf(static_cast<T>(value), scaling.factor[i], scaling.offset[i]);
  }
}

#if GRADUS_HAS_PARTIAL_CHUNKS
// kLanes values as they are stored, in the precision D.
template <class D>
HWY_INLINE hn::Vec<D> load_as(D d, const std::uint8_t* from) {
  const hn::Rebind<std::int32_t, D> d32;
  const auto whole = hn::PromoteTo(d32, hn::LoadU(hn::Rebind<std::uint8_t, D>(), from));
  if constexpr (sizeof(hn::TFromD<D>) == sizeof(double)) {
    return hn::PromoteTo(d, whole);
  } else {
    return hn::ConvertTo(d, whole);
  }
}
template <class D>
HWY_INLINE hn::Vec<D> load_as(D d, const float* from) {
  if constexpr (sizeof(hn::TFromD<D>) == sizeof(double)) {
    return hn::PromoteTo(d, hn::LoadU(hn::Rebind<float, D>(), from));
  } else {
    return hn::LoadU(d, from);
  }
}

// `of_byte` of kLanes<double> bytes.
template <class D>
HWY_INLINE hn::Vec<D> look_up(D d, const double* of_byte, const std::uint8_t* from) {
  const hn::Rebind<std::int32_t, D> d32;
  const auto bytes = hn::PromoteTo(d32, hn::LoadU(hn::Rebind<std::uint8_t, D>(), from));
  return hn::GatherIndex(d, of_byte, hn::PromoteTo(hn::Rebind<std::int64_t, D>(), bytes));
}

// As many values from i on as the vectors hold; returns their number.
template <class T, class Stored>
HWY_INLINE std::size_t scale_vector(const Stored* from, const InputScaling<T>& scaling, T* to,
                                    std::size_t i) {
  const hn::ScalableTag<T> d;
  if constexpr (sizeof(Stored) == sizeof(double)) {
    const hn::ScalableTag<double> dd;
    auto x = hn::LoadU(dd, from + i);
    if constexpr (sizeof(T) == sizeof(double)) {
      if (scaling.shift != nullptr)
        x = (x - hn::LoadU(dd, scaling.shift + i)) / hn::LoadU(dd, scaling.scale + i);
      hn::StoreU(x, dd, to + i);
    } else {
      if (scaling.factor != nullptr)
        x = hn::MulAdd(x, hn::LoadU(dd, scaling.wide_factor + i), hn::LoadU(dd, scaling.wide_offset + i));
      const hn::Rebind<float, decltype(dd)> narrow;
      hn::StoreU(hn::DemoteTo(narrow, x), narrow, to + i);
    }
    return kLanes<double>;
  } else {
    if constexpr (sizeof(Stored) == 1 && sizeof(T) == sizeof(double)) {
      if (scaling.of_byte != nullptr) {
        hn::StoreU(look_up(d, scaling.of_byte, from + i), d, to + i);
        return kLanes<T>;
      }
    }
    auto x = load_as(d, from + i);
    if constexpr (sizeof(T) == sizeof(double)) {
      if (scaling.shift != nullptr)
        x = (x - hn::LoadU(d, scaling.shift + i)) / hn::LoadU(d, scaling.scale + i);
    } else if (scaling.factor != nullptr) {
      x = hn::MulAdd(x, hn::LoadU(d, scaling.factor + i), hn::LoadU(d, scaling.offset + i));
    }
    hn::StoreU(x, d, to + i);
    return kLanes<T>;
  }
}
#endif

template <class T, class Stored>
void scale_stored(const Stored* from, const InputScaling<T>& scaling, T* to, std::size_t count) {
  std::size_t i = 0;
#if GRADUS_HAS_PARTIAL_CHUNKS
  while (i + kLanes<T> <= count) i += scale_vector(from, scaling, to, i);
#endif
  for (; i < count; ++i) to[i] = scale_value(from[i], scaling, i);
}

GRADUS_END_SET
