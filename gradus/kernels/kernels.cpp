// Which sets there are, and the choice of one.

#include "gradus/kernels/kernels.h"

#include <hwy/base.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include "gradus/core/error.h"
#include "gradus/core/names.h"
#include "gradus/kernels/kernel_sets.h"

namespace gradus {
namespace internal {
namespace {

constexpr std::array<std::string_view, 4> kKnownNames = {"scalar", "avx2", "avx512", "neon"};

// Best first, scalar last.
const std::vector<const KernelSets*>& present_sets() {
  static const std::vector<const KernelSets*> sets = [] {
    std::vector<const KernelSets*> found = highway_sets();
    found.push_back(&scalar_sets().kernels);
    return found;
  }();
  return sets;
}

}  // namespace

const ScalarSets& scalar_sets() {
#if HWY_ARCH_X86
  static const bool has_fma = __builtin_cpu_supports("fma") != 0;
  return has_fma ? kScalarFmaSets : kScalarSets;
#else
  return kScalarSets;
#endif
}

const KernelSets& find_kernel_sets(std::string_view name, std::string_view origin) {
  for (const KernelSets* sets : present_sets()) {
    if (sets->of_float.name == name) return *sets;
  }
  const std::string what = std::string(origin) + std::string(name);
  if (std::find(kKnownNames.begin(), kKnownNames.end(), name) == kKnownNames.end()) {
    throw Error(ErrorCode::kInvalidArgument, what + ": unknown kernel set; known: " + join(kKnownNames));
  }
  throw Error(ErrorCode::kInvalidArgument,
              what + " is absent on this processor; present: " + join(available_kernel_sets()));
}

namespace {

template <class T>
const KernelSet<T>& in_precision(const KernelSets& sets) {
  if constexpr (sizeof(T) == sizeof(float)) {
    return sets.of_float;
  } else {
    return sets.of_double;
  }
}

const KernelSets& chosen_sets() {
  static const KernelSets& sets = []() -> const KernelSets& {
    const char* forced = std::getenv("GRADUS_KERNELS");
    if (forced == nullptr || *forced == '\0') return *present_sets().front();
    return find_kernel_sets(forced, "GRADUS_KERNELS=");
  }();
  return sets;
}

}  // namespace
}  // namespace internal

template <class T>
const KernelSet<T>& kernels() {
  return internal::in_precision<T>(internal::chosen_sets());
}

template <class T>
const KernelSet<T>& kernels(std::string_view name) {
  if (name == "reference") return internal::in_precision<T>(internal::kReferenceSets);
  return internal::in_precision<T>(internal::find_kernel_sets(name, "kernel set "));
}

template const KernelSet<float>& kernels<float>();
template const KernelSet<double>& kernels<double>();
template const KernelSet<float>& kernels<float>(std::string_view);
template const KernelSet<double>& kernels<double>(std::string_view);

std::vector<std::string_view> available_kernel_sets() {
  std::vector<std::string_view> names;
  for (const internal::KernelSets* sets : internal::present_sets()) names.push_back(sets->of_float.name);
  return names;
}

}  // namespace gradus
