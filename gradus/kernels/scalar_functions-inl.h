// Functions that only schedules and descents need, in double and one value at a time.
// Included by set_scalar.cpp and set_scalar_fma.cpp after the functions they build on: no include guard.

GRADUS_BEGIN_SET

// x = quadrant * pi/2 + (high + low), |high| <= pi/4; pi/2 in three parts, of which quadrant * part is exact
// for the first two.
struct ReducedAngle {
  double high;
  double low;
  std::int64_t quadrant;
};

inline ReducedAngle reduce_angle(double x) {
  constexpr double kTwoOverPi = 0x1.45f306dc9c883p-1;
  constexpr double kHalfPi1 = 0x1.921fb544p0;
  constexpr double kHalfPi2 = 0x1.0b4611a6p-34;
  constexpr double kHalfPi3 = 0x1.3198a2e037073p-69;
  const hn::ScalableTag<double> d;
  const double n = round_product(d, x, kTwoOverPi);
  const double first = x - n * kHalfPi1;
  const double second = n * kHalfPi2;
  const double difference = first - second;
  const double low = hn::NegMulAdd(n, kHalfPi3, (first - difference) - second);
  const double high = difference + low;
  return {high, (difference - high) + low, static_cast<std::int64_t>(n)};
}

inline double sin_series(double x, double low) {
  constexpr double kSin[] = {-0x1.5555555555555p-3, 0x1.1111111110bb1p-7,   -0x1.a01a019e83460p-13,
                             0x1.71de379607474p-19, -0x1.ae600a7a70c62p-26, 0x1.5e0ae8e372075p-33};
  const double z = x * x;
  const double cubic = x * (z * polynomial(hn::ScalableTag<double>(), z, kSin));
  return x + (cubic + low * (1 - 0.5 * z));
}

inline double cos_series(double x, double low) {
  constexpr double kCos[] = {0x1.5555555555555p-5,   -0x1.6c16c16c16966p-10, 0x1.a01a019f4e7d9p-16,
                             -0x1.27e4fa179895fp-22, 0x1.1eeb68a508535p-29,  -0x1.907d724680d4ep-37};
  const double z = x * x;
  const double half = 0.5 * z;
  const double one_minus_half = 1 - half;
  const double quartic = z * z * polynomial(hn::ScalableTag<double>(), z, kCos);
  return one_minus_half + (((1 - one_minus_half) - half) + (quartic - x * low));
}

// Beyond this the reduction has lost the angle: NaN says so, the same on every processor.
constexpr double kLargestAngle = 0x1p30;

inline double sin_shifted(double x, std::int64_t quarter_turns) {
  if (!(x >= -kLargestAngle && x <= kLargestAngle)) return std::numeric_limits<double>::quiet_NaN();
  const ReducedAngle angle = reduce_angle(x);
  const std::int64_t quadrant = (angle.quadrant + quarter_turns) & 3;
  const double value =
      (quadrant & 1) == 0 ? sin_series(angle.high, angle.low) : cos_series(angle.high, angle.low);
  return quadrant >= 2 ? -value : value;
}

inline double sin(double x) {
  return x == 0 ? x : sin_shifted(x, 0);
}

inline double cos(double x) {
  return sin_shifted(x, 1);
}

// base^exponent = e^(exponent log base), the logarithm as a sum of two doubles: its error is multiplied by
// the exponent.
inline double pow(double base, double exponent) {
  using C = internal::MathConstants<double>;
  constexpr std::uint64_t kOneBits = C::kBias << C::kMantissaBits;
  const hn::ScalableTag<double> d;
  if (exponent == 0 || base == 1) return 1;
  if (!(base > 0) || base == std::numeric_limits<double>::infinity()) return exp(d, exponent * log(d, base));

  const bool subnormal = base < C::kSmallestNormal;
  const auto bits = std::bit_cast<std::uint64_t>(subnormal ? base * C::kSubnormalScale : base) +
                    (kOneBits - C::kRootHalfBits);
  const double k = static_cast<double>(static_cast<std::int64_t>(bits >> C::kMantissaBits) - 1023) -
                   (subnormal ? C::kSubnormalExponent : 0);
  const double m =
      std::bit_cast<double>((bits & ((std::uint64_t{1} << C::kMantissaBits) - 1)) + C::kRootHalfBits);
  // s = (m - 1)/(m + 1) = s_high + s_low; log m = 2 s + s^3 series
  const double numerator = m - 1;
  const double denominator = m + 1;
  const double denominator_low = 1 - (denominator - m);
  const double s_high = numerator / denominator;
  const double remainder = hn::NegMulAdd(s_high, denominator, numerator);
  const double s_low = hn::NegMulAdd(s_high, denominator_low, remainder) / denominator;
  const double z = s_high * s_high;
  const double series = s_high * (z * polynomial(d, z, C::kLog));
  // log base = high + low
  const double large = k * C::kLn2High;
  const double sum = large + 2 * s_high;
  const double lost = large != 0 ? (large - sum) + 2 * s_high : 0;
  const double low = lost + (series + hn::MulAdd(k, C::kLn2Low, 2 * s_low));
  const double high = sum + low;
  const double rest = (sum - high) + low;

  const double power = exponent * high;
  const double power_low = hn::MulAdd(exponent, high, -power) + exponent * rest;
  const double result = exp(d, power);
  if (!(result < std::numeric_limits<double>::infinity()))
    return result;  // also where power_low is inf - inf
  return hn::MulAdd(result, power_low, result);
}

GRADUS_END_SET
