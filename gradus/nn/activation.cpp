// The registry of activation names.
#include "gradus/nn/activation.h"

#include <array>

#include "gradus/core/names.h"

namespace gradus {
namespace {

constexpr std::array<std::string_view, 12> kNames = {"identity", "sigmoid",    "tanh", "lecun_tanh",
                                                     "relu",     "leaky_relu", "elu",  "gelu",
                                                     "silu",     "softplus",   "exp",  "softmax"};
static_assert(kNames.size() == static_cast<std::size_t>(Activation::kSoftmax) + 1);

}  // namespace

std::span<const std::string_view> activation_names() {
  return kNames;
}

std::string_view name_of(Activation activation) {
  return kNames.at(static_cast<std::size_t>(activation));
}

Activation activation_from_name(std::string_view name) {
  return static_cast<Activation>(index_of_name("activation", name, kNames));
}

}  // namespace gradus
