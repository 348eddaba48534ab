// The messages of an ONNX file as they are read, bounds checked; what they mean together: onnx_chain.h. Internal to
// formats/.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/data/safetensors.h"

namespace gradus::onnx {

// A TensorProto. Its values are looked at when somebody wants them.
struct TensorMessage {
  std::string name;
  std::vector<std::size_t> shape;
  std::int64_t type = 0;
  std::string_view raw{};   // a view into the file
  std::string values = {};  // those that stand number by number, as bytes of their type
};

struct AttributeMessage {
  std::string name;
  std::int64_t integer = 0;
  float real = 0;
  std::string_view text{};  // a view into the file
  std::vector<std::int64_t> integers = {};
  std::vector<TensorMessage> tensors = {};  // at most one
};

struct NodeMessage {
  std::string op;  // with its domain where that is not ONNX's own: "ai.onnx.ml.Scaler"
  std::vector<std::string> inputs = {};
  std::vector<std::string> outputs = {};
  std::vector<AttributeMessage> attributes = {};

  // Null where there is none of that name.
  [[nodiscard]] const AttributeMessage* find(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  [[nodiscard]] float real(std::string_view name, float otherwise) const;
};

struct GraphMessage {
  std::vector<NodeMessage> nodes;
  std::vector<TensorMessage> constants;
  std::vector<std::string> inputs;  // constants among them or not
  std::vector<std::string> outputs;
};

struct FileMessage {
  GraphMessage graph;
  std::string_view graph_bytes{};  // as it stands in the file
  std::map<std::string, std::string> metadata;
};

// `file` must outlive the result. Throws Error(kBadData) and kUnsupported (data outside of the file) naming `source`.
[[nodiscard]] FileMessage parse_file(std::string_view file, const std::string& source);

// Values of a float or double tensor. Throws Error(kBadData) where they do not fit the shape, before memory is asked
// for, kUnsupported for other types.
[[nodiscard]] Tensor values_of(const TensorMessage& tensor, const std::string& source);

}  // namespace gradus::onnx
