// Constants of the elementary functions. Polynomials are Chebyshev fits (near minimax) made with 60 digits,
// lowest power first.
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

  static constexpr float kLog2E = 0x1.715476p0F;
  static constexpr float kLn2High = 0x1.62e4p-1F;  // ln 2 = high + low; exponent * high is exact
  static constexpr float kLn2Low = 0x1.7f7d1cp-20F;
  static constexpr float kExpHighest = 89.0F;  // e^x is inf above, 0 (or expm1 = -1) below
  static constexpr float kExpLowest = -104.0F;
  static constexpr float kExpm1Lowest = -20.0F;
  static constexpr float kExpm1Tiny = 0x1p-30F;  // expm1 x = x below
  static constexpr float kTanhHighest = 10.0F;
  // (e^r - 1 - r) / r^2, |r| <= ln(2)/2; error 6.6e-8
  static constexpr float kExp[] = {0x1.000000p-1F, 0x1.5554dcp-3F, 0x1.555518p-5F, 0x1.120cbap-7F,
                                   0x1.6d1254p-10F};
  // (log((1+s)/(1-s)) - 2s) / s^3 in s^2, s <= 0.1716; error 1.2e-9
  static constexpr float kLog[] = {0x1.555556p-1F, 0x1.9999ecp-2F, 0x1.245c08p-2F, 0x1.dddbaap-3F};
  // erf(x)/x - 1 in x^2, |x| <= 1; error 1.3e-9
  static constexpr float kErf[] = {0x1.06eba8p-3F, -0x1.81273ep-2F,  0x1.ce2d10p-4F, -0x1.b7fabap-6F,
                                   0x1.541270p-8F, -0x1.a45088p-11F, 0x1.4a5690p-14F};
  // erfc(x) e^(x^2) in u = (x - c)/(x + c), c = 2, 1 <= x <= 4; error 6.8e-9
  static constexpr float kErfcCenter = 2.0F;
  static constexpr float kErfcHighest = 4.0F;
  static constexpr float kErfc[] = {0x1.0586720000000p-2F,  -0x1.b5703e0000000p-2F, 0x1.eeea7e0000000p-3F,
                                    -0x1.4374460000000p-4F, 0x1.e9359e0000000p-9F,  0x1.be5ff80000000p-8F,
                                    -0x1.b757280000000p-11F};
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

  static constexpr double kLog2E = 0x1.71547652b82fep0;
  static constexpr double kLn2High = 0x1.62e42feep-1;
  static constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
  static constexpr double kExpHighest = 710.0;
  static constexpr double kExpLowest = -746.0;
  static constexpr double kExpm1Lowest = -45.0;
  static constexpr double kExpm1Tiny = 0x1p-60;
  static constexpr double kTanhHighest = 22.0;
  // error 1.5e-18
  static constexpr double kExp[] = {0x1.0000000000000p-1,  0x1.5555555555557p-3,  0x1.5555555555556p-5,
                                    0x1.1111111110085p-7,  0x1.6c16c16c162a3p-10, 0x1.a01a01ac16f76p-13,
                                    0x1.a01a01a6f35fbp-16, 0x1.71de019d031e7p-19, 0x1.27e4db0f8a3efp-22,
                                    0x1.af4f1ddf981a8p-26, 0x1.1f73b376c0f55p-29};
  // error 2.1e-18
  static constexpr double kLog[] = {0x1.5555555555555p-1, 0x1.9999999999a3ap-2, 0x1.249249247670ap-2,
                                    0x1.c71c7201fc0e6p-3, 0x1.745cf8c09a9d4p-3, 0x1.3b1c43c68eb6dp-3,
                                    0x1.0fbd140544b63p-3, 0x1.0c135adcf3011p-3};
  // error 1.3e-19
  static constexpr double kErf[] = {0x1.06eba8214db69p-3,   -0x1.812746b0379e6p-2,  0x1.ce2f21a042b30p-4,
                                    -0x1.b82ce31284e00p-6,  0x1.565bcd0dbaa38p-8,   -0x1.c02db3dac435fp-11,
                                    0x1.f9a321d5b8e1ep-14,  -0x1.f4d1e3183f7aep-17, 0x1.b9df224ca4b97p-20,
                                    -0x1.5f1ecb6f0764cp-23, 0x1.f7b4bf3b13964p-27,  -0x1.389d4f2641625p-30,
                                    0x1.05ffd737fb32ep-34};
  // erfc(x) e^(x^2) in u = (x - c)/(x + c), c = 3, 1 <= x <= 6; error 2.0e-19
  static constexpr double kErfcCenter = 3.0;
  static constexpr double kErfcHighest = 6.0;
  static constexpr double kErfc[] = {0x1.6e9827d229d2dp-3,   -0x1.4e102b9cf8513p-2, 0x1.f6ff204105976p-3,
                                     -0x1.336ffbef08b18p-3,  0x1.258b13b017934p-4,  -0x1.8fa58eb5e1d42p-6,
                                     0x1.17c838eec7b56p-8,   0x1.73101ea1b3803p-11, -0x1.39084c8034bb3p-11,
                                     0x1.7ba0ce14ddbbep-15,  0x1.0cac3a11fe28fp-14, -0x1.af7cf3e087bcfp-17,
                                     -0x1.0bafe44deb848p-17, 0x1.1b86fc353f5b6p-19, 0x1.4e75dccc737abp-20,
                                     -0x1.20ffd2643b2abp-22, -0x1.b521f5e62b937p-23};
};

}  // namespace gradus::internal
