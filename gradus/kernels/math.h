// Our own elementary functions for float and double, one value at a time: the same operations as the vector
// kernels, so the same bits everywhere. +, -, *, /, sqrt, fma and integer operations only.
// Error bounds: docs/numerics.md.
#pragma once

namespace gradus::math {

template <class T>
[[nodiscard]] T exp(T x);
template <class T>
[[nodiscard]] T expm1(T x);
template <class T>
[[nodiscard]] T log(T x);  // log(0) = -inf, log(negative) = nan
template <class T>
[[nodiscard]] T log1p(T x);
template <class T>
[[nodiscard]] T tanh(T x);
template <class T>
[[nodiscard]] T sigmoid(T x);
template <class T>
[[nodiscard]] T erf(T x);
[[nodiscard]] double sin(double x);                      // |x| <= 1e6; NaN beyond 2^30
[[nodiscard]] double cos(double x);                      // |x| <= 1e6; NaN beyond 2^30
[[nodiscard]] double pow(double base, double exponent);  // base > 0, relative error <= 1e-14

}  // namespace gradus::math
