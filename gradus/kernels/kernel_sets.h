// Inside the room: the sets that were compiled, for kernels.cpp to choose from.
#pragma once

#include <vector>

#include "gradus/kernels/kernels.h"

namespace gradus::internal {

// One instruction set, in both precisions.
struct KernelSets {
  KernelSet<float> of_float;
  KernelSet<double> of_double;
};

// Elementary functions of one value, from a scalar set.
template <class T>
struct ElementaryFunctions {
  T (*exp)(T);
  T (*expm1)(T);
  T (*log)(T);
  T (*log1p)(T);
  T (*tanh)(T);
  T (*sigmoid)(T);
  T (*erf)(T);
};

struct ScalarSets {
  KernelSets kernels;
  ElementaryFunctions<float> of_float;
  ElementaryFunctions<double> of_double;
  double (*sin)(double);
  double (*cos)(double);
  double (*pow)(double, double);
};

extern const KernelSets kReferenceSets;
extern const ScalarSets kScalarSets;  // fma from the C library where the baseline processor has none
// The same bits with the processor's fma; its own instructions only on x86.
extern const ScalarSets kScalarFmaSets;

// The scalar sets for this processor.
[[nodiscard]] const ScalarSets& scalar_sets();

// Highway's sets that this processor has, best first.
template <class T>
[[nodiscard]] std::vector<const KernelSet<T>*> highway_sets();
template <>
std::vector<const KernelSet<float>*> highway_sets<float>();
template <>
std::vector<const KernelSet<double>*> highway_sets<double>();

// The set of that name; throws Error(kInvalidArgument). `origin` opens the message: "GRADUS_KERNELS=".
template <class T>
[[nodiscard]] const KernelSet<T>& find_kernel_set(std::string_view name, std::string_view origin);

}  // namespace gradus::internal
