// The vector sets of one precision: the kernels compiled by Highway for every target of ours whose fma is
// native (rule 7 of docs/numerics.md). Included by set_highway_float.cpp and set_highway_double.cpp, two files
// so that they compile side by side, which define GRADUS_PRECISION.

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

// clang-format off
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/kernels/set_highway-inl.h"
#include <hwy/foreach_target.h>  // before highway.h
#include <hwy/highway.h>
// clang-format on

// Highway's own baseline target multiplies, then adds, and is left out; ours is in set_scalar.cpp.
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON

#undef GRADUS_BEGIN_SET
#undef GRADUS_END_SET
#undef GRADUS_HAS_PARTIAL_CHUNKS
#undef GRADUS_HAS_32_REGISTERS
#define GRADUS_BEGIN_SET            \
  HWY_BEFORE_NAMESPACE();           \
  namespace gradus::HWY_NAMESPACE { \
  namespace hn = ::hwy::HWY_NAMESPACE;
#define GRADUS_END_SET \
  }                    \
  HWY_AFTER_NAMESPACE();
#define GRADUS_HAS_PARTIAL_CHUNKS 1
#define GRADUS_HAS_32_REGISTERS (HWY_TARGET != HWY_AVX2)

static_assert(HWY_NATIVE_FMA == 1);

#include "gradus/kernels/kernel_set-inl.h"

GRADUS_BEGIN_SET

constexpr std::string_view kName = HWY_TARGET == HWY_AVX2   ? "avx2"
                                   : HWY_TARGET == HWY_AVX3 ? "avx512"
                                                            : "neon";
constinit const KernelSet<GRADUS_PRECISION> kSet = make_kernel_set<GRADUS_PRECISION>(kName);

GRADUS_END_SET

#endif

#if HWY_ONCE
namespace gradus::internal {

#if HWY_ARCH_X86
// What the targets' attributes let the compiler use. Asked of the processor here and not by
// hwy::SupportedTargets(): Highway's library measures a timer for four milliseconds when it is loaded.
namespace {
bool has_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
         __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
}
bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}
}  // namespace
#endif

template <>
std::vector<const KernelSet<GRADUS_PRECISION>*> highway_sets<GRADUS_PRECISION>() {
  std::vector<const KernelSet<GRADUS_PRECISION>*> sets;
#if HWY_TARGETS & HWY_AVX3
  if (has_avx512()) sets.push_back(&N_AVX3::kSet);
#endif
#if HWY_TARGETS & HWY_AVX2
  if (has_avx2()) sets.push_back(&N_AVX2::kSet);
#endif
#if HWY_TARGETS & HWY_NEON
  sets.push_back(&N_NEON::kSet);
#endif
  return sets;
}

}  // namespace gradus::internal
#endif
