// L1 and L2 penalties over the weights of a flat parameter block.
#include "gradus/nn/penalty.h"

#include <fmt/format.h>

#include <cmath>

#include "gradus/core/error.h"
#include "gradus/core/sum.h"

namespace gradus {

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
  if (!spec.active()) return 0;
  NumpySum absolute;
  NumpySum squares;
  for (const ParameterInfo& tensor : table.tensors) {
    if (!tensor.is_weight) continue;
    for (const T value : parameters.subspan(tensor.offset, tensor.size())) {
      const double w = value;
      absolute.add(std::abs(w));
      squares.add(w * w);
    }
  }
  return spec.l1 * absolute.total() + spec.l2 / 2 * squares.total();
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
