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
  const auto sum_of = [&](const auto& term) {
    NumpySum sum;
    for (const ParameterInfo& tensor : table.tensors)
      if (tensor.is_weight) sum.add_each(parameters.subspan(tensor.offset, tensor.size()), term);
    return sum.total();
  };
  double value = 0;
  if (spec.l1 != 0) value += spec.l1 * sum_of([](double w) { return std::abs(w); });
  if (spec.l2 != 0) value += spec.l2 / 2 * sum_of([](double w) { return w * w; });
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
