// Weights under the names of PyTorch's nn.Sequential, with nothing said of what stands between them. Internal to
// formats/.
#pragma once

#include <string>
#include <vector>

#include "gradus/data/safetensors.h"
#include "gradus/formats/import.h"

namespace gradus {

// "0.weight" (outputs, inputs) is a dense layer; one dimension with running statistics batch, without them layer
// normalization. Of places without weights between two layers the first is an activation, the others (dropout) do
// nothing; there is none behind the last layer. A prefix that all names share ("net.") is taken off. Throws
// Error(kBadData) and kUnsupported naming `source` and the tensor, kBadConfiguration where the options name another
// number of activations.
[[nodiscard]] ImportedNetwork read_sequential(Safetensors file, const ImportOptions& options,
                                              const std::string& source, std::vector<std::string>& notes);

}  // namespace gradus
