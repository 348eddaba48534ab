// The scalar sets: kernels and functions over vectors of one lane. Included by set_scalar.cpp and
// set_scalar_fma.cpp, which define
//   GRADUS_SCALAR_NAMESPACE        a namespace of their own
//   GRADUS_SCALAR_PUSH_ATTRIBUTES  target attributes of what is compiled, or nothing;
//   GRADUS_SCALAR_POP_ATTRIBUTES   and back
//   GRADUS_SCALAR_SETS             the name of the result

#include <hwy/base.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <string_view>
#include <type_traits>

#include "gradus/kernels/kernel_sets.h"
#include "gradus/kernels/math.h"
#include "gradus/kernels/math_constants.h"

#define GRADUS_BEGIN_SET        \
  GRADUS_SCALAR_PUSH_ATTRIBUTES \
  namespace gradus::GRADUS_SCALAR_NAMESPACE {
#define GRADUS_END_SET \
  }                    \
  GRADUS_SCALAR_POP_ATTRIBUTES
#define GRADUS_HAS_PARTIAL_CHUNKS 0
#define GRADUS_HAS_32_REGISTERS 0

#include "gradus/kernels/one_lane-inl.h"
//
#include "gradus/kernels/kernel_set-inl.h"
//
#include "gradus/kernels/scalar_functions-inl.h"

GRADUS_BEGIN_SET

template <class T>
struct OneValue {
  using D = hn::ScalableTag<T>;
  static T exp_of(T x) { return exp(D(), x); }
  static T expm1_of(T x) { return expm1(D(), x); }
  static T log_of(T x) { return log(D(), x); }
  static T log1p_of(T x) { return log1p(D(), x); }
  static T tanh_of(T x) { return tanh(D(), x); }
  static T sigmoid_of(T x) { return sigmoid(D(), x); }
  static T erf_of(T x) { return erf(D(), x); }
  static constexpr internal::ElementaryFunctions<T> kTable = {&exp_of,  &expm1_of,   &log_of, &log1p_of,
                                                              &tanh_of, &sigmoid_of, &erf_of};
};

GRADUS_END_SET

namespace gradus::internal {

constinit const ScalarSets GRADUS_SCALAR_SETS = {
    {GRADUS_SCALAR_NAMESPACE::make_kernel_set<float>("scalar"),
     GRADUS_SCALAR_NAMESPACE::make_kernel_set<double>("scalar")},
    GRADUS_SCALAR_NAMESPACE::OneValue<float>::kTable,
    GRADUS_SCALAR_NAMESPACE::OneValue<double>::kTable,
    static_cast<double (*)(double)>(&GRADUS_SCALAR_NAMESPACE::sin),
    static_cast<double (*)(double)>(&GRADUS_SCALAR_NAMESPACE::cos),
    static_cast<double (*)(double, double)>(&GRADUS_SCALAR_NAMESPACE::pow)};

}  // namespace gradus::internal
