// Constants of the elementary functions. Polynomials are minimax fits by
// tools/fit_polynomials.py, lowest power first.
#pragma once

#include <cstdint>

namespace gradus::internal {

template <class T>
struct MathConstants;

template <>
struct MathConstants<float> {
  static constexpr int kMantissaBits = 23;
  static constexpr std::uint32_t kBias = 127;
  static constexpr float kRounder = 0x1.8p23F;  // adding it rounds to an integer
  static constexpr std::uint32_t kRounderBits = 0x4B400000;
  static constexpr std::uint32_t kRootHalfBits = 0x3F3504F3;  // sqrt(1/2)
  static constexpr float kSmallestNormal = 0x1p-126F;
  static constexpr float kSubnormalScale = 0x1p25F;
  static constexpr float kSubnormalExponent = 25;
  static constexpr float kNegligible = 0x1p-112F;  // of states and gradients; and the root of it
  static constexpr float kNegligibleRoot = 0x1p-56F;

  static constexpr float kLog2E = 0x1.715476p0F;
  static constexpr float kLn2High = 0x1.62e4p-1F;  // ln 2 = high + low; exponent * high is exact
  static constexpr float kLn2Low = 0x1.7f7d1cp-20F;
  // Powers of two are made 2^shift too large or small, so that one last factor reaches those that are no normal
  // numbers.
  static constexpr float kShift = 64;
  static constexpr float kShiftUp = 0x1p64F;
  static constexpr float kShiftDown = 0x1p-64F;
  static constexpr float kExpHighest = 89.0F;  // e^x is inf above, 0 (or expm1 = -1) below
  static constexpr float kExpLowest = -104.0F;
  static constexpr float kExpm1Lowest = -20.0F;
  static constexpr float kExpm1Tiny = 0x1p-30F;      // expm1 x = x below
  static constexpr float kLogisticHighest = 110.0F;  // x / (e^x + 1) = 0 above
  static constexpr float kTanhHighest = 10.0F;
  static constexpr float kErfHighest = 4.0F;      // erf x = 1 above
  static constexpr float kNormalHighest = 15.0F;  // Phi(-x) = 0 above
  // (e^r - 1 - r) / r^2, |r| <= ln(2)/2; error 3.1e-9
  static constexpr float kExp[] = {0x1.000000p-1F, 0x1.55548ep-3F, 0x1.55545ep-5F, 0x1.123b72p-7F,
                                   0x1.6db452p-10F};
  // (log((1+s)/(1-s)) - 2s) / s^3 in s^2, s <= 0.1716; error 1.1e-9
  static constexpr float kLog[] = {0x1.555556p-1F, 0x1.9999ecp-2F, 0x1.245c0ep-2F, 0x1.ddd85ap-3F};
  // (tanh(x) - x) / x^3 in x^2, |x| <= 0.55; error 1.0e-9
  static constexpr float kTanh[] = {-0x1.55554cp-2F, 0x1.110d3ap-3F, -0x1.b92b7ep-5F, 0x1.595472p-6F,
                                    -0x1.9badd6p-8F};
  // erf(x)/x - 1 in x^2, |x| <= 1; error 1.2e-9
  static constexpr float kErf[] = {0x1.06eba8p-3F, -0x1.81273ep-2F,  0x1.ce2d20p-4F, -0x1.b7fbb4p-6F,
                                   0x1.5419f6p-8F, -0x1.a485ecp-11F, 0x1.4ae4d0p-14F};
  // Phi(-w) e^(w^2/2) (w + c) in u = (w - c)/(w + c), c = 3, 0 <= w <= 15; error 9.6e-10
  static constexpr float kNormalTailCenter = 3.0F;
  static constexpr float kNormalTail[] = {
      0x1.754a76p-1F,  -0x1.04c72ap-1F,  0x1.d71386p-3F,   -0x1.832cd0p-5F, -0x1.56d718p-7F, 0x1.c8afc4p-8F,
      0x1.0cb3bap-10F, -0x1.0e0fa8p-10F, -0x1.000804p-12F, 0x1.0e906cp-13F, 0x1.bda9ecp-15F};
};

template <>
struct MathConstants<double> {
  static constexpr int kMantissaBits = 52;
  static constexpr std::uint64_t kBias = 1023;
  static constexpr double kRounder = 0x1.8p52;
  static constexpr std::uint64_t kRounderBits = 0x4338000000000000;
  static constexpr std::uint64_t kRootHalfBits = 0x3FE6A09E667F3BCD;
  static constexpr double kSmallestNormal = 0x1p-1022;
  static constexpr double kSubnormalScale = 0x1p54;
  static constexpr double kSubnormalExponent = 54;
  static constexpr double kNegligible = 0x1p-1008;
  static constexpr double kNegligibleRoot = 0x1p-504;

  static constexpr double kLog2E = 0x1.71547652b82fep0;
  static constexpr double kLn2High = 0x1.62e42feep-1;
  static constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
  static constexpr double kShift = 512;
  static constexpr double kShiftUp = 0x1p512;
  static constexpr double kShiftDown = 0x1p-512;
  static constexpr double kExpHighest = 710.0;
  static constexpr double kExpLowest = -746.0;
  static constexpr double kExpm1Lowest = -45.0;
  static constexpr double kExpm1Tiny = 0x1p-60;
  static constexpr double kLogisticHighest = 753.0;
  static constexpr double kTanhHighest = 22.0;
  static constexpr double kErfHighest = 6.0;
  static constexpr double kNormalHighest = 39.0;
  // error 3.4e-18
  static constexpr double kExp[] = {0x1.000000000000bp-1,  0x1.5555555555561p-3,  0x1.555555555000fp-5,
                                    0x1.111111110d61bp-7,  0x1.6c16c185aebfdp-10, 0x1.a01a01baec7c7p-13,
                                    0x1.a019967f06bf0p-16, 0x1.71dddfb52ed22p-19, 0x1.28b05cc39a32fp-22,
                                    0x1.af85ab6349aefp-26};
  // error 2.0e-18
  static constexpr double kLog[] = {0x1.5555555555555p-1, 0x1.9999999999a39p-2, 0x1.2492492476942p-2,
                                    0x1.c71c7201b3657p-3, 0x1.745cf8e241148p-3, 0x1.3b1c3c0a56df4p-3,
                                    0x1.0fbdf062bd943p-3, 0x1.0c09e481bcd7ap-3};
  // error 5.5e-19
  static constexpr double kTanh[] = {-0x1.555555555554fp-2,  0x1.11111111107e3p-3,  -0x1.ba1ba1b98139ep-5,
                                     0x1.664f485a39bdep-6,   -0x1.226e2f2d125c3p-7, 0x1.d6d29f4f24de0p-9,
                                     -0x1.7d9001b5b18fep-10, 0x1.34851b6300cdfp-11, -0x1.e97dc50e0a584p-13,
                                     0x1.5d9b230dcb24dp-14,  -0x1.476dc0dcc6345p-16};
  // error 1.3e-19
  static constexpr double kErf[] = {0x1.06eba8214db69p-3,   -0x1.812746b0379e6p-2,  0x1.ce2f21a042b34p-4,
                                    -0x1.b82ce31284f37p-6,  0x1.565bcd0dbd8efp-8,   -0x1.c02db3db4900ap-11,
                                    0x1.f9a321e4ada0ap-14,  -0x1.f4d1e4341becfp-17, 0x1.b9df30569e8d6p-20,
                                    -0x1.5f1f40d61045ap-23, 0x1.f7b99c77c6444p-27,  -0x1.38ac20d9cca8dp-30,
                                    0x1.06275887cc0fep-34};
  // c = 5, w <= 39; error 5.5e-18
  static constexpr double kNormalTailCenter = 5.0;
  static constexpr double kNormalTail[] = {
      0x1.89d3abe1f95aep-1,   -0x1.54ad03f27ca17p-1, 0x1.fb31653876f90p-2,   -0x1.410ed5f875a68p-2,
      0x1.51f6329f0182dp-3,   -0x1.1b1c254c9aaf2p-4, 0x1.54b4d4f4b9478p-6,   -0x1.88590eaa2172ap-9,
      -0x1.a25037cbb71ffp-11, 0x1.1daf1d33fd52dp-11, -0x1.f21466b579ee5p-15, -0x1.a170cd274aae9p-15,
      0x1.17dd3fa7cc3f4p-16,  0x1.0b26b6297ce6bp-18, -0x1.73af29a95668bp-19, -0x1.695c31ebc8263p-22,
      0x1.d116dc5108597p-22,  0x1.6a6ad8978d783p-25, -0x1.1b509e3c075fdp-24, -0x1.3e1e63069b5e7p-27,
      0x1.081082e69ea32p-27,  0x1.dd95d8b748987p-30, -0x1.6f008abc2524cp-33};
};

}  // namespace gradus::internal
