#define GRADUS_PRECISION float
#include "gradus/kernels/set_highway-inl.h"
