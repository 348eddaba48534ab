#include "gradus/kernels/math.h"

#include "gradus/kernels/kernel_sets.h"

namespace gradus {
namespace {

template <class T>
const internal::ElementaryFunctions<T>& functions() {
  if constexpr (sizeof(T) == sizeof(float)) {
    return internal::scalar_sets().of_float;
  } else {
    return internal::scalar_sets().of_double;
  }
}

}  // namespace

namespace math {

template <class T>
T exp(T x) {
  return functions<T>().exp(x);
}
template <class T>
T expm1(T x) {
  return functions<T>().expm1(x);
}
template <class T>
T log(T x) {
  return functions<T>().log(x);
}
template <class T>
T log1p(T x) {
  return functions<T>().log1p(x);
}
template <class T>
T tanh(T x) {
  return functions<T>().tanh(x);
}
template <class T>
T sigmoid(T x) {
  return functions<T>().sigmoid(x);
}
template <class T>
T erf(T x) {
  return functions<T>().erf(x);
}

template float exp(float);
template double exp(double);
template float expm1(float);
template double expm1(double);
template float log(float);
template double log(double);
template float log1p(float);
template double log1p(double);
template float tanh(float);
template double tanh(double);
template float sigmoid(float);
template double sigmoid(double);
template float erf(float);
template double erf(double);

double sin(double x) {
  return internal::scalar_sets().sin(x);
}
double cos(double x) {
  return internal::scalar_sets().cos(x);
}
double pow(double base, double exponent) {
  return internal::scalar_sets().pow(base, exponent);
}

}  // namespace math
}  // namespace gradus
