// The kernels' functions compiled for each of Highway's targets as gradus/kernels/set_highway.cpp compiles them.

#include "tests/slow/vector_functions.h"

#include <cstdint>
#include <limits>
#include <numbers>
#include <type_traits>

#include "gradus/kernels/math.h"
#include "gradus/kernels/math_constants.h"

// clang-format off
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/slow/vector_functions.cpp"
#include <hwy/foreach_target.h>  // before highway.h
#include <hwy/highway.h>
// clang-format on

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON

#undef GRADUS_BEGIN_SET
#undef GRADUS_END_SET
#define GRADUS_BEGIN_SET            \
  HWY_BEFORE_NAMESPACE();           \
  namespace gradus::HWY_NAMESPACE { \
  namespace hn = ::hwy::HWY_NAMESPACE;
#define GRADUS_END_SET \
  }                    \
  HWY_AFTER_NAMESPACE();

#include "gradus/kernels/functions-inl.h"

GRADUS_BEGIN_SET

template <class T>
struct Functions {
#define GRADUS_TEST_FUNCTION(name)                                \
  static void name##_of(const T* in, T* out, std::size_t count) { \
    const hn::ScalableTag<T> d;                                   \
    for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {       \
      hn::StoreU(name(d, hn::LoadU(d, in + i)), d, out + i);      \
    }                                                             \
  }
  GRADUS_TEST_FUNCTION(exp)
  GRADUS_TEST_FUNCTION(expm1)
  GRADUS_TEST_FUNCTION(log)
  GRADUS_TEST_FUNCTION(log1p)
  GRADUS_TEST_FUNCTION(erf)
#undef GRADUS_TEST_FUNCTION

  static constexpr test::VectorFunctions<T> kTable = {HWY_TARGET == HWY_AVX2   ? "avx2"
                                                      : HWY_TARGET == HWY_AVX3 ? "avx512"
                                                                               : "neon",
                                                      &exp_of,
                                                      &expm1_of,
                                                      &log_of,
                                                      &log1p_of,
                                                      &erf_of};
};

GRADUS_END_SET

#endif

#if HWY_ONCE
namespace gradus::test {
namespace {

template <class T, T (*kFunction)(T)>
void one_by_one(const T* in, T* out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) out[i] = kFunction(in[i]);
}

}  // namespace

template <class T>
std::vector<VectorFunctions<T>> vector_functions() {
  [[maybe_unused]] const std::int64_t supported = hwy::SupportedTargets();
  std::vector<VectorFunctions<T>> sets;
#if HWY_TARGETS & HWY_AVX3
  if ((supported & HWY_AVX3) != 0) sets.push_back(N_AVX3::Functions<T>::kTable);
#endif
#if HWY_TARGETS & HWY_AVX2
  if ((supported & HWY_AVX2) != 0) sets.push_back(N_AVX2::Functions<T>::kTable);
#endif
#if HWY_TARGETS & HWY_NEON
  if ((supported & HWY_NEON) != 0) sets.push_back(N_NEON::Functions<T>::kTable);
#endif
  sets.push_back({"scalar", &one_by_one<T, math::exp<T>>, &one_by_one<T, math::expm1<T>>,
                  &one_by_one<T, math::log<T>>, &one_by_one<T, math::log1p<T>>,
                  &one_by_one<T, math::erf<T>>});
  return sets;
}

template std::vector<VectorFunctions<float>> vector_functions();
template std::vector<VectorFunctions<double>> vector_functions();

}  // namespace gradus::test
#endif
