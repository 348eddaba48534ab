// Elementary functions for one vector. Clamps and selects instead of branches; NaN passes through every
// select. Included by kernel_set-inl.h, once per set: no include guard.

GRADUS_BEGIN_SET

template <class D>
using Constants = internal::MathConstants<hn::TFromD<D>>;

// c[0] + c[1] x + ...
template <class D, class V, class T, std::size_t kSize>
HWY_INLINE V polynomial(D d, V x, const T (&c)[kSize]) {
  V sum = hn::Set(d, c[kSize - 1]);
  for (std::size_t i = kSize - 1; i-- > 0;) sum = hn::MulAdd(sum, x, hn::Set(d, c[i]));
  return sum;
}

// These keep a NaN: where one argument is NaN the result is the second.
template <class D, class V>
HWY_INLINE V at_most(D d, V x, hn::TFromD<D> limit) {
#if HWY_ARCH_ARM
  return hn::IfThenElse(x > hn::Set(d, limit), hn::Set(d, limit), x);  // Min would lose a NaN here
#else
  return hn::Min(hn::Set(d, limit), x);
#endif
}

template <class D, class V>
HWY_INLINE V at_least(D d, V x, hn::TFromD<D> limit) {
#if HWY_ARCH_ARM
  return hn::IfThenElse(x < hn::Set(d, limit), hn::Set(d, limit), x);  // Max would lose a NaN here
#else
  return hn::Max(hn::Set(d, limit), x);
#endif
}

// x > 0 ? x : +0
template <class D, class V>
HWY_INLINE V positive_part(D d, V x) {
  return hn::IfThenElse(x > hn::Zero(d), x, hn::Zero(d));
}

// x, or +0 where abs x is below `limit`; a NaN stays. Numbers that decay would otherwise come to rest at
// subnormal ones, with which processors take a hundred times as long.
template <class D, class V>
HWY_INLINE V unless_below(D d, V x, hn::TFromD<D> limit) {
  return hn::IfThenElse(hn::Abs(x) < hn::Set(d, limit), hn::Zero(d), x);
}

template <class D, class V>
HWY_INLINE V unless_negligible(D d, V x) {
  return unless_below(d, x, Constants<D>::kNegligible);
}

// The nearest integer to a product, |a b| < 2^21.
template <class D, class V>
HWY_INLINE V round_product(D d, V a, V b) {
  const V rounder = hn::Set(d, Constants<D>::kRounder);
  return hn::MulAdd(a, b, rounder) - rounder;
}

// x = n ln 2 + (r + lost), |r| <= ln(2)/2
template <class V>
struct Reduced {
  V r;
  V lost;
  V power;  // 2^(n + shift)
};

// shift is an integer that makes power a normal number.
template <class D, class V>
HWY_INLINE Reduced<V> reduce(D d, V x, V shift) {
  using C = Constants<D>;
  const hn::RebindToUnsigned<D> du;
  // The sum rounds to an integer, whose low bits are the exponent of the power.
  const V rounder = shift + hn::Set(d, C::kRounder + static_cast<hn::TFromD<D>>(C::kBias));
  const V sum = hn::MulAdd(x, hn::Set(d, C::kLog2E), rounder);
  const V n = sum - rounder;
  const V ln2_low = hn::Set(d, C::kLn2Low);
  const V exact = hn::NegMulAdd(n, hn::Set(d, C::kLn2High), x);
  const V r = hn::NegMulAdd(n, ln2_low, exact);
  return {r, hn::NegMulAdd(n, ln2_low, exact - r),
          hn::BitCast(d, hn::ShiftLeft<C::kMantissaBits>(hn::BitCast(du, sum)))};
}

// e^r - 1, |r| <= ln(2)/2. Without r^2, since subnormal numbers are slow.
template <class D, class V>
HWY_INLINE V reduced_expm1(D d, V r) {
  return hn::MulAdd(r, r * polynomial(d, r, Constants<D>::kExp), r);
}

// 2^shift e^r, |r| <= ln(2)/2, for power = 2^shift
template <class D, class V>
HWY_INLINE V reduced_exp(D d, V r, V power) {
  const V one = hn::Set(d, 1);
  return hn::MulAdd(r, hn::MulAdd(r, polynomial(d, r, Constants<D>::kExp), one), one) * power;
}

// e^x for x <= 0
template <class D, class V>
HWY_INLINE V exp_of_negative(D d, V x) {
  using C = Constants<D>;
  const Reduced<V> reduced = reduce(d, at_least(d, x, C::kExpLowest), hn::Set(d, C::kShift));
  return reduced_exp(d, reduced.r, reduced.power) * hn::Set(d, C::kShiftDown);
}

template <class D, class V>
HWY_INLINE V exp(D d, V x) {
  using C = Constants<D>;
  const auto positive = x > hn::Zero(d);
  const V shift = hn::IfThenElse(positive, hn::Set(d, -C::kShift), hn::Set(d, C::kShift));
  const V back = hn::IfThenElse(positive, hn::Set(d, C::kShiftUp), hn::Set(d, C::kShiftDown));
  const Reduced<V> reduced = reduce(d, at_least(d, at_most(d, x, C::kExpHighest), C::kExpLowest), shift);
  return reduced_exp(d, reduced.r, reduced.power) * back;
}

template <class D, class V>
HWY_INLINE V expm1(D d, V x) {
  using C = Constants<D>;
  using T = hn::TFromD<D>;
  const V clamped = at_least(d, at_most(d, x, C::kExpHighest), C::kExpm1Lowest);
  const Reduced<V> reduced = reduce(d, clamped, hn::Set(d, -1));  // 2^n may overflow before the sum does
  const V e = reduced_expm1(d, reduced.r) + reduced.lost;
  const V half = hn::MulAdd(reduced.power, e, reduced.power - hn::Set(d, static_cast<T>(0.5)));
  return hn::IfThenElse(hn::Abs(x) < hn::Set(d, C::kExpm1Tiny), x, half + half);
}

// log(x) + correction for positive normal x = 2^exponent m, sqrt(1/2) <= m < sqrt 2. bias is kBias, or more
// where x had been made larger.
template <class D, class V>
HWY_INLINE V log_of_normal(D d, V x, V bias, V correction) {
  using C = Constants<D>;
  using T = hn::TFromD<D>;
  const hn::RebindToUnsigned<D> du;
  using U = hn::TFromD<decltype(du)>;
  constexpr U kOneBits = C::kBias << C::kMantissaBits;
  constexpr U kMantissaMask = (U{1} << C::kMantissaBits) - 1;

  const auto bits = hn::BitCast(du, x) + hn::Set(du, kOneBits - C::kRootHalfBits);
  const auto m_bits = hn::And(bits, hn::Set(du, kMantissaMask)) + hn::Set(du, C::kRootHalfBits);
  const V biased = hn::BitCast(d, hn::ShiftRight<C::kMantissaBits>(bits) + hn::Set(du, C::kRounderBits));
  const V exponent = biased - (hn::Set(d, C::kRounder) + bias);

  const V f = hn::BitCast(d, m_bits) - hn::Set(d, 1);
  const V s = f / (f + hn::Set(d, 2));
  const V z = s * s;
  const V half_square = (f * f) * hn::Set(d, static_cast<T>(0.5));
  const V series = hn::MulAdd(z, polynomial(d, z, C::kLog), half_square);
  const V low = hn::MulAdd(exponent, hn::Set(d, C::kLn2Low), correction);
  // log m = f - f^2/2 + s series
  const V tail = hn::MulAdd(s, series, low) - half_square;
  return hn::MulAdd(exponent, hn::Set(d, C::kLn2High), f + tail);
}

// log(x) + correction for positive finite x.
template <class D, class V>
HWY_INLINE V log_of_positive(D d, V x, V correction) {
  using C = Constants<D>;
  constexpr auto kBias = static_cast<hn::TFromD<D>>(C::kBias);
  const auto subnormal = x < hn::Set(d, C::kSmallestNormal);
  const V bias = hn::IfThenElse(subnormal, hn::Set(d, kBias + C::kSubnormalExponent), hn::Set(d, kBias));
  const V normal = hn::IfThenElse(subnormal, x * hn::Set(d, C::kSubnormalScale), x);
  return log_of_normal(d, normal, bias, correction);
}

// What log gives for 0, negative numbers, infinity and NaN, `value` elsewhere.
template <class D, class V>
HWY_INLINE V log_special_cases(D d, V x, V value) {
  using Limits = std::numeric_limits<hn::TFromD<D>>;
  const V infinity = hn::Set(d, Limits::infinity());
  const V zero = hn::Zero(d);
  const V regular = hn::IfThenElse(x < infinity, value, x);  // infinity and NaN give themselves
  const V at_zero = hn::IfThenElse(x == zero, hn::Set(d, -Limits::infinity()), regular);
  return hn::IfThenElse(x < zero, hn::Set(d, Limits::quiet_NaN()), at_zero);
}

template <class D, class V>
HWY_INLINE V log(D d, V x) {
  return log_special_cases(d, x, log_of_positive(d, x, hn::Zero(d)));
}

template <class D, class V>
HWY_INLINE V log1p(D d, V x) {
  const V one = hn::Set(d, 1);
  const V u = x + one;
  // 1 + x = u + lost; both differences are exact for the smaller summand taken last.
  const V lost = hn::IfThenElse(x < one, x - (u - one), one - (u - x));
  const V value = log_special_cases(d, u, log_of_positive(d, u, lost / u));
  return hn::IfThenElse(x == hn::Zero(d), x, value);  // keeps the sign of zero
}

// log(1 + x) for 0 <= x <= 1
template <class D, class V>
HWY_INLINE V log1p_of_fraction(D d, V x) {
  using C = Constants<D>;
  using T = hn::TFromD<D>;
  const V u = x + hn::Set(d, 1);
  const V lost = x - (u - hn::Set(d, 1));
  // 1/u to 12 %, and exactly where u is 1: enough for what was lost.
  const V inverse = hn::NegMulAdd(u, hn::Set(d, static_cast<T>(0.5)), hn::Set(d, static_cast<T>(1.5)));
  return log_of_normal(d, u, hn::Set(d, static_cast<T>(C::kBias)), lost * inverse);
}

// log(1 + e^x)
template <class D, class V>
HWY_INLINE V softplus(D d, V x) {
  return positive_part(d, x) + log1p_of_fraction(d, exp_of_negative(d, hn::Zero(d) - hn::Abs(x)));
}

// What the logistic functions divide: x where e^a counts, else 0, since quotients that vanish take ten times as long.
template <class D, class V>
HWY_INLINE V logistic_dividend(D d, V a, V x) {
  return hn::IfThenElse(a < hn::Set(d, Constants<D>::kLogisticHighest), x, hn::Zero(d));
}

// (e^x + 1) / 2^shift for 0 <= x <= kLogisticHighest
template <class D, class V>
HWY_INLINE V logistic_divisor(D d, V x) {
  using C = Constants<D>;
  const Reduced<V> reduced = reduce(d, x, hn::Set(d, -C::kShift));
  // The power is added last: up to there roundings are small against the sum.
  return hn::MulAdd(reduced.power, reduced_expm1(d, reduced.r), hn::Set(d, C::kShiftDown)) + reduced.power;
}

template <class D, class V>
HWY_INLINE V sigmoid(D d, V x) {
  using C = Constants<D>;
  const V a = hn::Abs(x);
  const V divisor = logistic_divisor(d, at_most(d, a, C::kLogisticHighest));
  const V tail = logistic_dividend(d, a, hn::Set(d, C::kShiftDown)) / divisor;
  return hn::IfThenElse(x < hn::Zero(d), tail, hn::Set(d, 1) - tail);
}

// x sigmoid(x)
template <class D, class V>
HWY_INLINE V silu(D d, V x) {
  using C = Constants<D>;
  const V a = hn::Abs(x);
  const V divisor = logistic_divisor(d, at_most(d, a, C::kLogisticHighest));
  return positive_part(d, x) - logistic_dividend(d, a, a) / divisor * hn::Set(d, C::kShiftDown);
}

template <class D, class V>
HWY_INLINE V tanh(D d, V x) {
  using C = Constants<D>;
  using T = hn::TFromD<D>;
  const V a = hn::Abs(x);
  const V clamped = at_most(d, a, C::kTanhHighest);
  const V tail = hn::Set(d, 2 * C::kShiftDown) / logistic_divisor(d, clamped + clamped);
  const V large = hn::Set(d, 1) - tail;
  const V z = a * a;
  const V small = hn::MulAdd(a * z, polynomial(d, z, C::kTanh), a);
  return hn::CopySignToAbs(hn::IfThenElse(a < hn::Set(d, static_cast<T>(0.55)), small, large), x);
}

// Phi(-w) e^(w^2/2) for 0 <= w <= kNormalHighest, where Phi is the standard normal distribution function.
template <class D, class V>
HWY_INLINE V normal_tail(D d, V w) {
  using C = Constants<D>;
  const V center = hn::Set(d, C::kNormalTailCenter);
  const V inverse = hn::Set(d, 1) / (w + center);
  return polynomial(d, (w - center) * inverse, C::kNormalTail) * inverse;
}

// -w^2/2 = n ln 2 + r for 0 <= w <= kNormalHighest, with what is lost in squaring.
template <class D, class V>
HWY_INLINE Reduced<V> reduce_normal(D d, V w) {
  const V half = w * hn::Set(d, static_cast<hn::TFromD<D>>(0.5));
  const V square = half * w;
  Reduced<V> reduced = reduce(d, hn::Zero(d) - square, hn::Set(d, Constants<D>::kShift));
  reduced.r = reduced.r + hn::NegMulAdd(half, w, square);
  return reduced;
}

// x Phi(x)
template <class D, class V>
HWY_INLINE V gelu(D d, V x) {
  using C = Constants<D>;
  const V w = at_most(d, hn::Abs(x), C::kNormalHighest);
  const Reduced<V> reduced = reduce_normal(d, w);
  const V t = w / (w + hn::Set(d, C::kNormalTailCenter));
  const V u = hn::MulAdd(t, hn::Set(d, 2), hn::Set(d, -1));
  const V tail = t * polynomial(d, u, C::kNormalTail) * reduced.power;
  return positive_part(d, x) -
         hn::MulAdd(tail, reduced_expm1(d, reduced.r), tail) * hn::Set(d, C::kShiftDown);
}

// Its derivative, Phi(x) + x phi(x)
template <class D, class V>
HWY_INLINE V gelu_slope(D d, V x) {
  using C = Constants<D>;
  using T = hn::TFromD<D>;
  constexpr double kDensityAtZero = std::numbers::inv_sqrtpi * std::numbers::sqrt2 / 2;
  const V w = at_most(d, hn::Abs(x), C::kNormalHighest);
  const Reduced<V> reduced = reduce_normal(d, w);
  const V bell = reduced_exp(d, reduced.r, reduced.power) * hn::Set(d, C::kShiftDown);
  const V tail = bell * normal_tail(d, w);
  const V cdf = hn::IfThenElse(x < hn::Zero(d), tail, hn::Set(d, 1) - tail);
  return hn::MulAdd(x * hn::Set(d, static_cast<T>(kDensityAtZero)), bell, cdf);
}

template <class D, class V>
HWY_INLINE V erf(D d, V x) {
  using C = Constants<D>;
  using T = hn::TFromD<D>;
  const V one = hn::Set(d, 1);
  const V two = hn::Set(d, 2);
  const V a = at_most(d, hn::Abs(x), C::kErfHighest);
  const V tail = normal_tail(d, a * hn::Set(d, static_cast<T>(std::numbers::sqrt2)));
  const V complement = exp_of_negative(d, hn::Zero(d) - a * a) * (two * tail);
  const V small = hn::MulAdd(x, polynomial(d, x * x, C::kErf), x);
  return hn::IfThenElse(a < one, small, hn::CopySignToAbs(one - complement, x));
}

GRADUS_END_SET
