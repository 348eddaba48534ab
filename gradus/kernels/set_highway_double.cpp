#define GRADUS_PRECISION double
#include "gradus/kernels/set_highway-inl.h"
