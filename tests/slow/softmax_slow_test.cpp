// Softmax cross-entropy of a million rows by every kernel set present: the same bits, near those of long double. Prints
// the largest errors, and fails where one is over its bound.
//
//   softmax_slow_test [ROWS]

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string_view>
#include <vector>

#include "gradus/core/random.h"
#include "gradus/kernels/kernels.h"

namespace gradus {
namespace {

template <class T>
struct Row {
  std::vector<T> z;
  std::int32_t label;

  // Up to 32 outputs, now and then a thousand; logits from nearly alike to far apart.
  explicit Row(Pcg64& random) {
    z.resize(random.uniform() < 0.001 ? 1000 : 1 + static_cast<std::size_t>(random.uniform() * 32));
    const double scale = std::exp2(random.uniform() * 12 - 6);
    for (T& value : z) value = static_cast<T>(random.normal() * scale);
    label = static_cast<std::int32_t>(random.uniform() * static_cast<double>(z.size()));
  }
};

template <class T>
struct Result {
  double loss = 0;
  std::vector<T> dz;

  bool operator==(const Result&) const = default;
};

template <class T>
Result<T> run(const KernelSet<T>& set, const Row<T>& row) {
  const std::size_t size = row.z.size();
  Result<T> result{0, std::vector<T>(size)};
  set.softmax_cross_entropy({row.z.data(), 1, size}, &row.label, nullptr, 0, 1, &result.loss,
                            {result.dz.data(), 1, size});
  return result;
}

// In units of the precision's rounding, 2^-24 or 2^-53.
struct Errors {
  double loss = 0;      // of loss / (1 + loss)
  double gradient = 0;  // absolute
};

template <class T>
void compare(const Row<T>& row, const Result<T>& result, Errors& errors) {
  constexpr long double kUnit = std::numeric_limits<T>::epsilon() / 2;
  const long double largest = *std::max_element(row.z.begin(), row.z.end());
  long double sum = 0;
  for (const T z : row.z) sum += std::exp(z - largest);
  const long double loss = std::log(sum) - (row.z[static_cast<std::size_t>(row.label)] - largest);
  errors.loss = std::max(errors.loss, static_cast<double>(std::abs(result.loss - loss) / (1 + loss) / kUnit));
  for (std::size_t k = 0; k < row.z.size(); ++k) {
    const long double target = k == static_cast<std::size_t>(row.label) ? 1 : 0;
    const long double exact = std::exp(row.z[k] - largest) / sum - target;
    errors.gradient = std::max(errors.gradient, static_cast<double>(std::abs(result.dz[k] - exact) / kUnit));
  }
}

template <class T>
bool examine(std::uint64_t rows) {
  const char* name = sizeof(T) == sizeof(float) ? "float" : "double";
  Pcg64 random(3);
  Errors errors;
  std::uint64_t unequal = 0;
  for (std::uint64_t r = 0; r < rows; ++r) {
    const Row<T> row(random);
    const Result<T> result = run(kernels<T>("scalar"), row);
    for (const std::string_view set : available_kernel_sets()) {
      if (run(kernels<T>(set), row) != result) ++unequal;
    }
    compare(row, result, errors);
    if (r % 10000 == 9999)
      std::fprintf(stderr, "\r%s %llu %%  ", name, static_cast<unsigned long long>(100 * r / rows));
  }
  constexpr double kBound = 12;
  const bool good = unequal == 0 && errors.loss <= kBound && errors.gradient <= kBound;
  std::printf(
      "\r%-6s softmax cross-entropy: loss %.2f, gradient %.2f (bound %g), in units of rounding; other bits "
      "in %llu rows%s\n",
      name, errors.loss, errors.gradient, kBound, static_cast<unsigned long long>(unequal),
      good ? "" : "  FAILED");
  return good;
}

}  // namespace
}  // namespace gradus

int main(int count, char** words) {
  const std::uint64_t rows = count > 1 ? std::strtoull(words[1], nullptr, 10) : 1'000'000;
  const bool floats = gradus::examine<float>(rows);
  const bool doubles = gradus::examine<double>(rows);
  return floats && doubles ? 0 : 1;
}
