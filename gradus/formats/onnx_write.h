// A model as an ONNX graph. Internal to formats/; the whole file: onnx.h.
#pragma once

#include <string>

#include "gradus/data/safetensors.h"
#include "gradus/formats/model.h"

namespace gradus::onnx {

// The GraphProto of a float model with these tensors: the same model gives the same bytes.
[[nodiscard]] std::string write_graph(const Model& model, const Safetensors& content);

}  // namespace gradus::onnx
