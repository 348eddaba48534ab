// The network in an ONNX graph of another program: a chain of dense layers, normalizations and activations from
// one input to the outputs. Internal to formats/.
#pragma once

#include <string>
#include <vector>

#include "gradus/formats/import.h"
#include "gradus/formats/onnx_file.h"

namespace gradus::onnx {

// Scaling in front becomes the transform, scaling behind a single output the target's unit, and what only chooses
// labels is left out, with a note. Throws Error(kUnsupported) with the operator and its node's number where gradus has
// nothing like it, kBadData for cycles, missing tensors and shapes that do not fit.
[[nodiscard]] ImportedNetwork read_chain(const GraphMessage& graph, const std::string& source,
                                         std::vector<std::string>& notes);

}  // namespace gradus::onnx
