// Matrices with orthonormal columns, for the orthogonal initializer.
#pragma once

#include <span>

#include "gradus/core/matrix.h"

namespace gradus {

// Replaces a (rows >= cols) by the Q of its QR decomposition whose R has no negative number on its diagonal:
// for normal draws the uniform (Haar) distribution (Mezzadri 2007). Householder's reflections, with the order
// of every sum fixed. Allocates two rows and a copy of a.
void orthonormalize(MatrixView<double> a);

}  // namespace gradus
