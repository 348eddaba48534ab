// Network and loss as the JSON texts of a model's metadata. Internal to formats/.
#pragma once

#include <string>
#include <string_view>

#include "gradus/nn/loss.h"
#include "gradus/nn/network_spec.h"

namespace gradus {

[[nodiscard]] std::string network_to_json(const NetworkSpec& network);
[[nodiscard]] std::string loss_to_json(const LossSpec& loss);
// Throw Error(kBadData) naming `source`.
[[nodiscard]] NetworkSpec network_from_json(std::string_view text, const std::string& source);
[[nodiscard]] LossSpec loss_from_json(std::string_view text, const std::string& source);

}  // namespace gradus
