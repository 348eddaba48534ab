#include "gradus/nn/orthogonal.h"

#include <cmath>
#include <vector>

#include "gradus/core/error.h"

namespace gradus {
namespace {

// m -= factor v (v^T m), v the column `k` of `reflectors` from row k down, on the columns of m from `first`.
void reflect(const std::vector<double>& reflectors, std::size_t k, double factor, MatrixView<double> m,
             std::size_t first, std::vector<double>& row) {
  row.assign(m.cols, 0);
  for (std::size_t i = k; i < m.rows; ++i) {
    const double v = reflectors[i * m.cols + k];
    for (std::size_t j = first; j < m.cols; ++j) row[j] += v * m(i, j);
  }
  for (std::size_t i = k; i < m.rows; ++i) {
    const double v = factor * reflectors[i * m.cols + k];
    for (std::size_t j = first; j < m.cols; ++j) m(i, j) -= v * row[j];
  }
}

}  // namespace

void orthonormalize(MatrixView<double> a) {
  GRADUS_ASSERT(a.rows >= a.cols, a.rows, a.cols);
  std::vector<double> reflectors(a.rows * a.cols, 0);
  std::vector<double> factors(a.cols, 0);
  std::vector<double> signs(a.cols, 1);  // of R's diagonal
  std::vector<double> row;
  for (std::size_t k = 0; k < a.cols; ++k) {
    double squares = 0;
    for (std::size_t i = k; i < a.rows; ++i) squares += a(i, k) * a(i, k);
    const double norm = std::sqrt(squares);
    if (norm == 0) continue;
    signs[k] = a(k, k) < 0 ? 1 : -1;
    for (std::size_t i = k; i < a.rows; ++i) reflectors[i * a.cols + k] = a(i, k);
    reflectors[k * a.cols + k] -= signs[k] * norm;  // no cancellation: the signs differ
    factors[k] = 1 / (norm * std::abs(reflectors[k * a.cols + k]));
    reflect(reflectors, k, factors[k], a, k, row);
  }
  for (std::size_t i = 0; i < a.rows; ++i) {
    for (std::size_t j = 0; j < a.cols; ++j) a(i, j) = i == j ? 1 : 0;
  }
  for (std::size_t k = a.cols; k-- > 0;) reflect(reflectors, k, factors[k], a, k, row);
  for (std::size_t i = 0; i < a.rows; ++i) {
    for (std::size_t j = 0; j < a.cols; ++j) a(i, j) *= signs[j];
  }
}

}  // namespace gradus
