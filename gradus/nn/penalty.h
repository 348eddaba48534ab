// L1 and L2 penalties on the weights, never the biases:
//   loss += l1 sum|w| + l2/2 sum w^2;  gradient += l1 sign(w) + l2 w
#pragma once

#include <span>

#include "gradus/nn/network_spec.h"

namespace gradus {

// l1 sum |w| + (l2 / 2) sum w^2, over the weights without biases.
struct PenaltySpec {
  double l1 = 0;
  double l2 = 0;

  [[nodiscard]] bool active() const { return l1 != 0 || l2 != 0; }
  void validate() const;  // both finite and >= 0, else Error(kBadConfiguration)
  friend bool operator==(const PenaltySpec&, const PenaltySpec&) = default;
};

// In double, in NumPy's order over the weights in table order.
template <class T>
[[nodiscard]] double penalty(const PenaltySpec& spec, const ParameterTable& table,
                             std::span<const T> parameters);

// Adds to `gradients`.
template <class T>
void add_penalty_gradient(const PenaltySpec& spec, const ParameterTable& table, std::span<const T> parameters,
                          std::span<T> gradients);

}  // namespace gradus
