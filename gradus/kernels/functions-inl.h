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

template <class D, class V>
HWY_INLINE V at_most(D d, V x, hn::TFromD<D> limit) {
  return hn::IfThenElse(x > hn::Set(d, limit), hn::Set(d, limit), x);
}

template <class D, class V>
HWY_INLINE V at_least(D d, V x, hn::TFromD<D> limit) {
  return hn::IfThenElse(x < hn::Set(d, limit), hn::Set(d, limit), x);
}

// x > 0 ? x : +0
template <class D, class V>
HWY_INLINE V positive_part(D d, V x) {
  return hn::IfThenElse(x > hn::Zero(d), x, hn::Zero(d));
}

// The nearest integer to a product, |a b| < 2^21.
template <class D, class V>
HWY_INLINE V round_product(D d, V a, V b) {
  const V rounder = hn::Set(d, Constants<D>::kRounder);
  return hn::MulAdd(a, b, rounder) - rounder;
}

// 2^n for an integer n that is the exponent of a normal number.
template <class D, class V>
HWY_INLINE V power_of_two(D d, V n) {
  const hn::RebindToUnsigned<D> du;
  const auto exponent =
      hn::BitCast(du, n + hn::Set(d, Constants<D>::kRounder)) + hn::Set(du, Constants<D>::kBias);
  return hn::BitCast(d, hn::ShiftLeft<Constants<D>::kMantissaBits>(exponent));
}

// x = n ln 2 + r; returns e^r - 1.
template <class D, class V>
HWY_INLINE V reduced_expm1(D d, V x, V& n) {
  n = round_product(d, x, hn::Set(d, Constants<D>::kLog2E));
  const V ln2_low = hn::Set(d, Constants<D>::kLn2Low);
  const V exact = hn::NegMulAdd(n, hn::Set(d, Constants<D>::kLn2High), x);
  const V r = hn::NegMulAdd(n, ln2_low, exact);
  const V lost = hn::NegMulAdd(n, ln2_low, exact - r);
  return r + hn::MulAdd(r * r, polynomial(d, r, Constants<D>::kExp), lost);
}

template <class D, class V>
HWY_INLINE V exp(D d, V x) {
  x = at_least(d, at_most(d, x, Constants<D>::kExpHighest), Constants<D>::kExpLowest);
  V n;
  const V e = reduced_expm1(d, x, n) + hn::Set(d, 1);
  // In two factors, since 2^n itself may overflow or be subnormal.
  const V half = round_product(d, n, hn::Set(d, static_cast<hn::TFromD<D>>(0.5)));
  return (e * power_of_two(d, half)) * power_of_two(d, n - half);
}

template <class D, class V>
HWY_INLINE V expm1(D d, V x) {
  using T = hn::TFromD<D>;
  const V clamped = at_least(d, at_most(d, x, Constants<D>::kExpHighest), Constants<D>::kExpm1Lowest);
  V n;
  const V e = reduced_expm1(d, clamped, n);
  const V half_power = power_of_two(d, n - hn::Set(d, 1));  // 2^n may overflow before the sum does
  const V half = hn::MulAdd(half_power, e, half_power - hn::Set(d, static_cast<T>(0.5)));
  return hn::IfThenElse(hn::Abs(x) < hn::Set(d, Constants<D>::kExpm1Tiny), x, half + half);
}

// log(x) + correction for positive finite x.
template <class D, class V>
HWY_INLINE V log_of_positive(D d, V x, V correction) {
  using C = Constants<D>;
  using T = hn::TFromD<D>;
  const hn::RebindToUnsigned<D> du;
  using U = hn::TFromD<decltype(du)>;
  constexpr U kOneBits = C::kBias << C::kMantissaBits;
  constexpr U kMantissaMask = (U{1} << C::kMantissaBits) - 1;

  const auto subnormal = x < hn::Set(d, C::kSmallestNormal);
  x = hn::IfThenElse(subnormal, x * hn::Set(d, C::kSubnormalScale), x);
  // x = 2^exponent m, sqrt(1/2) <= m < sqrt 2
  const auto bits = hn::BitCast(du, x) + hn::Set(du, kOneBits - C::kRootHalfBits);
  const auto m_bits = hn::And(bits, hn::Set(du, kMantissaMask)) + hn::Set(du, C::kRootHalfBits);
  const V biased = hn::BitCast(d, hn::ShiftRight<C::kMantissaBits>(bits) + hn::Set(du, C::kRounderBits));
  V exponent = biased - hn::Set(d, C::kRounder + static_cast<T>(C::kBias));
  exponent = hn::IfThenElse(subnormal, exponent - hn::Set(d, C::kSubnormalExponent), exponent);

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

template <class D, class V>
HWY_INLINE V copy_sign(D d, V magnitude, V sign) {
  return hn::IfThenElse(sign < hn::Zero(d), hn::Zero(d) - magnitude,
                        hn::IfThenElse(sign > hn::Zero(d), magnitude, sign));
}

template <class D, class V>
HWY_INLINE V tanh(D d, V x) {
  const V one = hn::Set(d, 1);
  const V two = hn::Set(d, 2);
  const V a = at_most(d, hn::Abs(x), Constants<D>::kTanhHighest);
  const V t = expm1(d, a + a);
  // t/(t+2) keeps small values, 1 - 2/(t+2) the last bits of large ones
  const auto large = a > hn::Set(d, static_cast<hn::TFromD<D>>(0.55));
  const V quotient = hn::IfThenElse(large, two, t) / (t + two);
  return copy_sign(d, hn::IfThenElse(large, one - quotient, quotient), x);
}

template <class D, class V>
HWY_INLINE V sigmoid(D d, V x) {
  const V one = hn::Set(d, 1);
  const V e = exp(d, hn::Zero(d) - hn::Abs(x));
  return hn::IfThenElse(x < hn::Zero(d), e, one) / (e + one);
}

template <class D, class V>
HWY_INLINE V erf(D d, V x) {
  using C = Constants<D>;
  const V one = hn::Set(d, 1);
  const V center = hn::Set(d, C::kErfcCenter);
  const V a = at_least(d, at_most(d, hn::Abs(x), C::kErfcHighest), 1);
  const V complement = exp(d, hn::Zero(d) - a * a) * polynomial(d, (a - center) / (a + center), C::kErfc);
  const V small = hn::MulAdd(x, polynomial(d, x * x, C::kErf), x);
  return hn::IfThenElse(hn::Abs(x) < one, small, copy_sign(d, one - complement, x));
}

GRADUS_END_SET
