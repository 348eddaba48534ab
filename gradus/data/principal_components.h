// The directions in which rows spread most: Pearson 1901, by block power iteration in double. The same bits on every
// machine and at every call; no more than the rows and a few vectors are held.
#pragma once

#include <cstddef>
#include <vector>

#include "gradus/core/matrix.h"

namespace gradus {

// What principal_components() finds.
struct PrincipalComponents {
  std::vector<double> mean;  // of each column
  std::vector<std::vector<double>>
      directions;                 // of length 1, at right angles; the largest entry of each is positive
  std::vector<double> variances;  // along them, from the largest, with divisor n - 1 as in NumPy's cov
  double total_variance = 0;      // of all columns together
};

// The first `count` components of rows (n, columns) without NaN; 1 <= count <= columns, n >= 2.
// Throws Error(kBadData) for fewer rows or columns. Equal variances leave their directions open.
[[nodiscard]] PrincipalComponents principal_components(MatrixView<const double> rows, std::size_t count);

}  // namespace gradus
