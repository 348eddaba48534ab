// The activation functions that kernels know, by number. Names for people and files: gradus/nn/activation.h.
#pragma once

#include <cstdint>

namespace gradus {

// The activations; docs/numerics.md has their formulas.
enum class Activation : std::uint8_t {
  kIdentity,
  kSigmoid,    // 1 / (1 + e^-z)
  kTanh,       //
  kLecunTanh,  // 1.7159 tanh(2z/3), LeCun et al. 1998, "Efficient BackProp", section 4.4
  kRelu,       // z > 0 ? z : +0, slope 0 at 0
  kLeakyRelu,  // z > 0 ? z : 0.01 z
  kElu,        // z > 0 ? z : e^z - 1 (alpha 1)
  kGelu,       // z/2 (1 + erf(z/sqrt 2))
  kSilu,       // z / (1 + e^-z)
  kSoftplus,   // log(1 + e^z)
  kExp,        // e^z, the link of Poisson's rates
  kSoftmax,    // over a row; the only one that is not element by element
};

inline constexpr double kLecunScale = 1.7159;
inline constexpr double kLecunSlope = 2.0 / 3.0;
inline constexpr double kLeakyReluSlope = 0.01;

// The derivative is computed from the output y, except for these, where it needs z: forward must keep it.
[[nodiscard]] constexpr bool needs_preactivation(Activation f) {
  return f == Activation::kGelu || f == Activation::kSilu || f == Activation::kSoftplus;
}

}  // namespace gradus
