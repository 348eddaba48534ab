// The scalar set for x86 processors with fma: the same source and bits as set_scalar.cpp. The attribute is on
// these functions alone and not on the file, so that no inline function of a standard header is compiled for
// new processors and linked for all.

#include <hwy/base.h>

#define GRADUS_SCALAR_NAMESPACE scalar_fma
#define GRADUS_SCALAR_SETS kScalarFmaSets
#if HWY_ARCH_X86
#define GRADUS_SCALAR_PUSH_ATTRIBUTES HWY_PUSH_ATTRIBUTES("fma")
#define GRADUS_SCALAR_POP_ATTRIBUTES HWY_POP_ATTRIBUTES
#else
#define GRADUS_SCALAR_PUSH_ATTRIBUTES
#define GRADUS_SCALAR_POP_ATTRIBUTES
#endif

#include "gradus/kernels/scalar_sets-inl.h"
