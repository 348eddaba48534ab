// Names of the activation functions: for configurations, model files and messages.
#pragma once

#include <span>
#include <string_view>

#include "gradus/kernels/activation.h"

namespace gradus {

// identity sigmoid tanh lecun_tanh relu leaky_relu elu gelu silu softplus exp softmax, in this order.
[[nodiscard]] std::span<const std::string_view> activation_names();
[[nodiscard]] std::string_view name_of(Activation activation);
// Throws Error(kBadConfiguration) with the nearest known name.
[[nodiscard]] Activation activation_from_name(std::string_view name);

}  // namespace gradus
