// L1 and L2 penalties over the weights of a flat parameter block.
#include "gradus/nn/penalty.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "gradus/core/error.h"
#include "gradus/core/sum.h"
#include "gradus/kernels/kernels.h"

namespace gradus {

namespace {

// In NumPy's order over all weights as if they stood one behind the other; most of its blocks lie within one tensor.
template <class T, class BlockSum>
double sum_over_weights(const ParameterTable& table, std::span<const T> parameters,
                        const BlockSum& sum_of_block) {
  double sum = 0;
  std::array<T, kNumpyBlock> begun;  // a block that the next tensor goes on with
  std::size_t size = 0;
  for (const ParameterInfo& tensor : table.tensors) {
    if (!tensor.is_weight) continue;
    auto weights = parameters.subspan(tensor.offset, tensor.size());
    while (!weights.empty()) {
      const auto part = weights.first(std::min(kNumpyBlock - size, weights.size()));
      weights = weights.subspan(part.size());
      if (part.size() == kNumpyBlock) {
        sum += sum_of_block(part);
        continue;
      }
      std::ranges::copy(part, begun.begin() + static_cast<std::ptrdiff_t>(size));
      size += part.size();
      if (size < kNumpyBlock) continue;
      sum += sum_of_block(std::span<const T>(begun));
      size = 0;
    }
  }
  return sum + sum_of_block(std::span<const T>(begun.data(), size));
}

}  // namespace

void PenaltySpec::validate() const {
  const auto check = [](const char* field, double value) {
    if (!std::isfinite(value) || value < 0) {
      throw Error(
          ErrorCode::kBadConfiguration,
          fmt::format("checking the penalty: {} = {}; expected a finite number of at least 0", field, value));
    }
  };
  check("l1", l1);
  check("l2", l2);
}

template <class T>
double penalty(const PenaltySpec& spec, const ParameterTable& table, std::span<const T> parameters) {
  const auto magnitudes = [](std::span<const T> block) {
    return pairwise_sum_of(block, [](double w) { return std::abs(w); });
  };
  const auto squares = [](std::span<const T> block) {
    return kernels<T>().block_of_squares(block.data(), block.size());
  };
  double value = 0;
  if (spec.l1 != 0) value += spec.l1 * sum_over_weights(table, parameters, magnitudes);
  if (spec.l2 != 0) value += spec.l2 / 2 * sum_over_weights(table, parameters, squares);
  return value;
}

template <class T>
void add_penalty_gradient(const PenaltySpec& spec, const ParameterTable& table, std::span<const T> parameters,
                          std::span<T> gradients) {
  if (!spec.active()) return;
  const auto l1 = static_cast<T>(spec.l1);
  const auto l2 = static_cast<T>(spec.l2);
  for (const ParameterInfo& tensor : table.tensors) {
    if (!tensor.is_weight) continue;
    const T* w = parameters.data() + tensor.offset;
    T* g = gradients.data() + tensor.offset;
    for (std::size_t i = 0; i < tensor.size(); ++i) {
      const T sign = static_cast<T>((w[i] > 0) - (w[i] < 0));
      g[i] += l1 * sign + l2 * w[i];
    }
  }
}

template double penalty(const PenaltySpec&, const ParameterTable&, std::span<const float>);
template double penalty(const PenaltySpec&, const ParameterTable&, std::span<const double>);
template void add_penalty_gradient(const PenaltySpec&, const ParameterTable&, std::span<const float>,
                                   std::span<float>);
template void add_penalty_gradient(const PenaltySpec&, const ParameterTable&, std::span<const double>,
                                   std::span<double>);

}  // namespace gradus
