// A model as named tensors and texts: the same ones in every container (docs/models.md). Internal to formats/.
#pragma once

#include <string>

#include "gradus/data/safetensors.h"
#include "gradus/formats/model.h"

namespace gradus {

// With golden vectors of this library, for the model's own rows where it has some. Throws Error(kBadData) where its parts do not
// fit each other.
[[nodiscard]] Safetensors content_of(const Model& model);

// Throws as load_model does. Tensors that the network does not name are left out.
[[nodiscard]] Model model_from(const Safetensors& file, const std::string& source);

// The weights of that network; all tensors are looked at before memory is asked for. Throws Error(kBadData) where one
// is missing, of another shape or type, or not finite.
[[nodiscard]] ParameterBlock parameters_from(const Safetensors& file, const NetworkSpec& network,
                                             const std::string& source);

// Network, transform, loss and target fit each other, else Error(kBadData) that begins with `doing`.
void check_fit(const Model& model, const std::string& doing);

}  // namespace gradus
