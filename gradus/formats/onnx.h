// Models as .onnx files (IR version 7, opset 13) that take raw numbers: input "X" float (N, features), outputs
// "label" int64 or string (N) and "probabilities" float (N, classes), or "value" float (N, 1) in the target's unit.
// What a gradus model needs besides the graph stands in metadata_props (docs/models.md).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/formats/import_options.h"
#include "gradus/formats/model.h"

namespace gradus {

// Weights of a double model are rounded to float: few runtimes compute the activations in double.
[[nodiscard]] std::string format_onnx(const Model& model);

// Written atomically. Throws Error(kFile), kUnsupported (more than the 2 GiB of a protobuf file).
void save_onnx(const std::filesystem::path& path, const Model& model);

// A file of gradus gives the model that it was made of, with the bits that a float model had. Other graphs of Gemm or
// MatMul and Add, normalizations and activations are read by their operators; notes say what was assumed. Throws
// Error(kNotFound), kFile, kBadData, kUnsupported (an operator that gradus has nothing like, named).
[[nodiscard]] Model load_onnx(const std::filesystem::path& path, const ImportOptions& options,
                              std::vector<std::string>& notes);
[[nodiscard]] Model parse_onnx(std::string_view bytes, const std::string& source,
                               const ImportOptions& options, std::vector<std::string>& notes);

}  // namespace gradus
