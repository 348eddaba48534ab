// The part of Highway's vocabulary that the kernels use, for vectors of one lane that are plain numbers: the
// same source compiled over it is the `scalar` set, which gives the same bits by construction. Included by
// kernel_set-inl.h, once per set: no include guard.

GRADUS_BEGIN_SET

namespace hn {

template <class Lane>
struct ScalableTag {
  using T = Lane;
};
template <class D>
using TFromD = typename D::T;
template <class D>
using Vec = typename D::T;
template <class D>
using RebindToUnsigned =
    ScalableTag<std::conditional_t<sizeof(TFromD<D>) == 4, std::uint32_t, std::uint64_t>>;
template <class Lane, class D>
using Rebind = ScalableTag<Lane>;

template <class D>
HWY_INLINE constexpr std::size_t MaxLanes(D) {
  return 1;
}
template <class D>
HWY_INLINE TFromD<D> Set(D, TFromD<D> value) {
  return value;
}
template <class D>
HWY_INLINE TFromD<D> Zero(D) {
  return 0;
}
template <class D>
HWY_INLINE TFromD<D> LoadU(D, const TFromD<D>* from) {
  return *from;
}
template <class D>
HWY_INLINE void StoreU(TFromD<D> value, D, TFromD<D>* to) {
  *to = value;
}
template <class D>
HWY_INLINE TFromD<D> Iota(D, TFromD<D> first) {
  return first;
}
template <class T>
HWY_INLINE T GetLane(T value) {
  return value;
}

HWY_INLINE float MulAdd(float a, float b, float c) {
  return __builtin_fmaf(a, b, c);
}
HWY_INLINE double MulAdd(double a, double b, double c) {
  return __builtin_fma(a, b, c);
}
template <class T>
HWY_INLINE T NegMulAdd(T a, T b, T c) {
  return MulAdd(-a, b, c);
}
HWY_INLINE float Sqrt(float a) {
  return __builtin_sqrtf(a);
}
HWY_INLINE double Sqrt(double a) {
  return __builtin_sqrt(a);
}
HWY_INLINE float Abs(float a) {
  return __builtin_fabsf(a);
}
HWY_INLINE double Abs(double a) {
  return __builtin_fabs(a);
}

template <class T>
HWY_INLINE T IfThenElse(bool condition, T yes, T no) {
  return condition ? yes : no;
}
template <class D, class From>
HWY_INLINE TFromD<D> BitCast(D, From value) {
  static_assert(sizeof(From) == sizeof(TFromD<D>));
  TFromD<D> result;
  __builtin_memcpy(&result, &value, sizeof(result));
  return result;
}
template <class D, class From>
HWY_INLINE TFromD<D> PromoteTo(D, From value) {
  return static_cast<TFromD<D>>(value);
}
template <class D>
HWY_INLINE bool RebindMask(D, bool condition) {
  return condition;
}
template <class U>
HWY_INLINE U And(U a, U b) {
  return a & b;
}
template <class U>
HWY_INLINE U Xor(U a, U b) {
  return a ^ b;
}
template <int kBits, class U>
HWY_INLINE U ShiftLeft(U a) {
  return a << kBits;
}
template <int kBits, class U>
HWY_INLINE U ShiftRight(U a) {
  return a >> kBits;
}

// Where a comparison fails, as with NaN, the second one.
template <class T>
HWY_INLINE T Min(T a, T b) {
  return a < b ? a : b;
}
template <class T>
HWY_INLINE T Max(T a, T b) {
  return a > b ? a : b;
}
HWY_INLINE float CopySignToAbs(float magnitude, float sign) {
  return __builtin_copysignf(magnitude, sign);
}
HWY_INLINE double CopySignToAbs(double magnitude, double sign) {
  return __builtin_copysign(magnitude, sign);
}

}  // namespace hn

GRADUS_END_SET
