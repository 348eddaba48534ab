#include "gradus/data/principal_components.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "gradus/core/error.h"
#include "gradus/core/random.h"

namespace gradus {
namespace {

// More vectors than are asked for are iterated together: the error then shrinks by the ratio of the ninth variance to
// the wanted one at each step, not by that of its neighbour.
constexpr std::size_t kBlock = 8;
constexpr int kMostSteps = 500;
constexpr double kTolerance = 1e-14;  // of the variances' change; the directions are good to its root

using Block =
    std::vector<std::array<double, kBlock>>;  // a row for each column of the data, a column for each vector
using Small = std::array<std::array<double, kBlock>, kBlock>;

double dot(const Block& block, std::size_t a, std::size_t b) {
  double sum = 0;
  for (const auto& row : block) sum += row[a] * row[b];
  return sum;
}

// Gram and Schmidt, each vector twice; one that lies in the span of those before it becomes zero.
void make_orthonormal(Block& block, std::size_t width) {
  for (std::size_t v = 0; v < width; ++v) {
    const double before = std::sqrt(dot(block, v, v));
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t other = 0; other < v; ++other) {
        const double share = dot(block, v, other);
        for (auto& row : block) row[v] -= share * row[other];
      }
    }
    const double norm = std::sqrt(dot(block, v, v));
    const double factor = norm > 1e-12 * before ? 1 / norm : 0;
    for (auto& row : block) row[v] *= factor;
  }
}

// X^T X of the centred rows times the block.
Block times_scatter(MatrixView<const double> rows, const std::vector<double>& mean, const Block& block) {
  Block product(block.size(), std::array<double, kBlock>{});
  std::vector<double> centred(rows.cols);
  for (std::size_t r = 0; r < rows.rows; ++r) {
    std::array<double, kBlock> along{};
    for (std::size_t c = 0; c < rows.cols; ++c) {
      centred[c] = rows(r, c) - mean[c];
      for (std::size_t v = 0; v < kBlock; ++v) along[v] += centred[c] * block[c][v];
    }
    for (std::size_t c = 0; c < rows.cols; ++c) {
      for (std::size_t v = 0; v < kBlock; ++v) product[c][v] += centred[c] * along[v];
    }
  }
  return product;
}

// One rotation of Jacobi's method, which makes a[p][q] zero.
void rotate(Small& a, Small& vectors, std::size_t p, std::size_t q) {
  if (a[p][q] == 0) return;
  const double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const double t = (theta < 0 ? -1 : 1) / (std::abs(theta) + std::sqrt(theta * theta + 1));
  const double c = 1 / std::sqrt(t * t + 1);
  const double s = t * c;
  for (auto& row : a) {
    const double x = row[p];
    row[p] = c * x - s * row[q];
    row[q] = s * x + c * row[q];
  }
  for (std::size_t k = 0; k < kBlock; ++k) {
    const double x = a[p][k];
    a[p][k] = c * x - s * a[q][k];
    a[q][k] = s * x + c * a[q][k];
  }
  for (auto& row : vectors) {
    const double x = row[p];
    row[p] = c * x - s * row[q];
    row[q] = s * x + c * row[q];
  }
}

// The eigenvalues of a symmetric matrix, from the largest, and its eigenvectors as columns.
std::array<double, kBlock> eigen(Small a, Small& vectors) {
  constexpr int kSweeps = 30;  // the error squares with each; ten are plenty
  Small turned{};
  for (std::size_t k = 0; k < kBlock; ++k) turned[k][k] = 1;
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    for (std::size_t p = 0; p < kBlock; ++p) {
      for (std::size_t q = p + 1; q < kBlock; ++q) rotate(a, turned, p, q);
    }
  }
  std::array<std::size_t, kBlock> order{};
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t i, std::size_t j) { return a[i][i] > a[j][j]; });
  std::array<double, kBlock> values{};
  for (std::size_t k = 0; k < kBlock; ++k) {
    values[k] = a[order[k]][order[k]];
    for (std::size_t row = 0; row < kBlock; ++row) vectors[row][k] = turned[row][order[k]];
  }
  return values;
}

// The block turned so that its columns are the best approximations of eigenvectors within its span (Rayleigh, Ritz).
std::array<double, kBlock> turn_to_axes(Block& block, const Block& product) {
  Small projected{};
  for (std::size_t c = 0; c < block.size(); ++c) {
    for (std::size_t i = 0; i < kBlock; ++i) {
      for (std::size_t j = 0; j < kBlock; ++j) projected[i][j] += block[c][i] * product[c][j];
    }
  }
  for (std::size_t i = 0; i < kBlock; ++i) {
    for (std::size_t j = 0; j < i; ++j)
      projected[i][j] = projected[j][i] = (projected[i][j] + projected[j][i]) / 2;
  }
  Small axes{};
  const std::array<double, kBlock> values = eigen(projected, axes);
  for (auto& row : block) {
    std::array<double, kBlock> turned{};
    for (std::size_t i = 0; i < kBlock; ++i) {
      for (std::size_t k = 0; k < kBlock; ++k) turned[k] += row[i] * axes[i][k];
    }
    row = turned;
  }
  return values;
}

std::vector<double> direction(const Block& block, std::size_t v) {
  std::vector<double> entries;
  for (const auto& row : block) entries.push_back(row[v]);
  const auto largest = std::ranges::max_element(entries, {}, [](double entry) { return std::abs(entry); });
  if (*largest < 0) {
    for (double& entry : entries) entry = -entry;
  }
  return entries;
}

}  // namespace

PrincipalComponents principal_components(MatrixView<const double> rows, std::size_t count) {
  if (rows.rows < 2 || count < 1 || count > std::min(rows.cols, kBlock)) {
    throw Error(ErrorCode::kBadData,
                fmt::format("looking for principal components: {} of {} rows of {} numbers; at least 2 rows "
                            "and no more components than numbers and than {} are expected",
                            count, rows.rows, rows.cols, kBlock));
  }
  PrincipalComponents found;
  found.mean.assign(rows.cols, 0);
  for (std::size_t r = 0; r < rows.rows; ++r) {
    for (std::size_t c = 0; c < rows.cols; ++c) found.mean[c] += rows(r, c);
  }
  for (double& mean : found.mean) mean /= static_cast<double>(rows.rows);
  for (std::size_t r = 0; r < rows.rows; ++r) {
    for (std::size_t c = 0; c < rows.cols; ++c)
      found.total_variance += (rows(r, c) - found.mean[c]) * (rows(r, c) - found.mean[c]);
  }

  const std::size_t width = std::min(rows.cols, kBlock);
  Block block(rows.cols, std::array<double, kBlock>{});
  Pcg64 generator(0);
  for (auto& row : block) {
    for (std::size_t v = 0; v < width; ++v) row[v] = generator.normal();
  }
  make_orthonormal(block, width);
  std::array<double, kBlock> values{};
  for (int step = 0; step < kMostSteps; ++step) {
    Block product = times_scatter(rows, found.mean, block);
    const std::array<double, kBlock> before = values;
    values = turn_to_axes(block, product);
    double change = 0;
    for (std::size_t v = 0; v < count; ++v) change = std::max(change, std::abs(values[v] - before[v]));
    if (change <= kTolerance * found.total_variance) break;
    block = std::move(product);
    make_orthonormal(block, width);
  }
  const auto divisor = static_cast<double>(rows.rows - 1);
  for (std::size_t v = 0; v < count; ++v) {
    found.directions.push_back(direction(block, v));
    found.variances.push_back(values[v] / divisor);
  }
  found.total_variance /= divisor;
  return found;
}

}  // namespace gradus
