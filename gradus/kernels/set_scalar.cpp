// The scalar set for processors whose baseline is all they have: on x86 the C library's fma, slow but exact.

#define GRADUS_SCALAR_NAMESPACE scalar
#define GRADUS_SCALAR_SETS kScalarSets
#define GRADUS_SCALAR_PUSH_ATTRIBUTES
#define GRADUS_SCALAR_POP_ATTRIBUTES

#include "gradus/kernels/scalar_sets-inl.h"
