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

template <class T>
const KernelSet<T>& in_precision(const KernelSets& sets) {
  if constexpr (sizeof(T) == sizeof(float)) {
    return sets.of_float;
  } else {
    return sets.of_double;
  }
}

// Best first, scalar last.
template <class T>
const std::vector<const KernelSet<T>*>& present_sets() {
  static const std::vector<const KernelSet<T>*> sets = [] {
    std::vector<const KernelSet<T>*> found = highway_sets<T>();
    found.push_back(&in_precision<T>(scalar_sets().kernels));
    return found;
  }();
  return sets;
}

}  // namespace

template <class T>
const KernelSet<T>& find_kernel_set(std::string_view name, std::string_view origin) {
  for (const KernelSet<T>* set : present_sets<T>()) {
    if (set->name == name) return *set;
  }
  const std::string what = std::string(origin) + std::string(name);
  if (std::find(kKnownNames.begin(), kKnownNames.end(), name) == kKnownNames.end()) {
    throw Error(ErrorCode::kInvalidArgument, what + ": unknown kernel set; known: " + join(kKnownNames));
  }
  throw Error(ErrorCode::kInvalidArgument,
              what + " is absent on this processor; present: " + join(available_kernel_sets()));
}

template const KernelSet<float>& find_kernel_set<float>(std::string_view, std::string_view);
template const KernelSet<double>& find_kernel_set<double>(std::string_view, std::string_view);

namespace {

template <class T>
const KernelSet<T>& chosen_set() {
  static const KernelSet<T>& set = []() -> const KernelSet<T>& {
    const char* forced = std::getenv("GRADUS_KERNELS");
    if (forced == nullptr || *forced == '\0') return *present_sets<T>().front();
    return find_kernel_set<T>(forced, "GRADUS_KERNELS=");
  }();
  return set;
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

}  // namespace internal

template <class T>
const KernelSet<T>& kernels() {
  return internal::chosen_set<T>();
}

template <class T>
const KernelSet<T>& kernels(std::string_view name) {
  if (name == "reference") return internal::in_precision<T>(internal::kReferenceSets);
  return internal::find_kernel_set<T>(name, "kernel set ");
}

template const KernelSet<float>& kernels<float>();
template const KernelSet<double>& kernels<double>();
template const KernelSet<float>& kernels<float>(std::string_view);
template const KernelSet<double>& kernels<double>(std::string_view);

std::vector<std::string_view> available_kernel_sets() {
  std::vector<std::string_view> names;
  for (const KernelSet<float>* set : internal::present_sets<float>()) names.push_back(set->name);
  return names;
}

}  // namespace gradus
