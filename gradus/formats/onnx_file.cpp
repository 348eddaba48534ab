#include "gradus/formats/onnx_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "gradus/core/error.h"
#include "gradus/data/protobuf.h"
#include "gradus/data/shape.h"
#include "gradus/formats/onnx_graph.h"
#include "gradus/formats/onnx_schema.h"

namespace gradus::onnx {

namespace {

using protobuf::MessageReader;
using protobuf::WireType;

constexpr std::size_t kMostDimensions = 64;

[[noreturn]] void unsupported(const std::string& source, const std::string& what) {
  throw Error(ErrorCode::kUnsupported, fmt::format("reading {}: {}", source, what));
}

// One file's parts, however they are nested: an empty one has two bytes in the file and a hundred in memory.
class Reading {
 public:
  explicit Reading(const std::string& source) : source_(source) {}

  [[nodiscard]] const std::string& source() const { return source_; }
  void count(const MessageReader& reader) {
    if (++parts_ > kMostParts)
      reader.fail(fmt::format("the file has more than {} nodes, names and numbers", kMostParts));
  }

 private:
  static constexpr std::size_t kMostParts = 50'000;
  const std::string& source_;
  std::size_t parts_ = 0;
};

void add_dimension(TensorMessage& tensor, std::uint64_t value, const MessageReader& reader) {
  const auto size = std::bit_cast<std::int64_t>(value);
  if (size < 0) reader.fail(fmt::format("a dimension is {}", size));
  if (tensor.shape.size() == kMostDimensions)
    reader.fail(fmt::format("it has more than {} dimensions", kMostDimensions));
  tensor.shape.push_back(value);
}

TensorMessage parse_tensor(std::string_view message, Reading& reading) {
  TensorMessage tensor;
  MessageReader reader(message, "a tensor", reading.source());
  while (const auto field = reader.next()) {
    switch (field->number) {
      case 1:
        for (const std::uint64_t size : reader.numbers(*field)) add_dimension(tensor, size, reader);
        break;
      case 2:
        tensor.type = std::bit_cast<std::int64_t>(reader.number(*field));
        break;
      case 4:
      case 10:
        if (field->type == WireType::kLengthDelimited) {
          tensor.values += field->bytes;
        } else {
          protobuf::add_fixed(tensor.values, field->value, field->number == 4 ? 4 : 8);
        }
        break;
      case 8:
        tensor.name = reader.bytes(*field);
        break;
      case 9:
        tensor.raw = reader.bytes(*field);
        break;
      case 13:
        unsupported(reading.source(),
                    "a tensor's values lie outside of the file; save the model in one file");
      default:  // types that nothing here needs
        break;
    }
  }
  return tensor;
}

AttributeMessage parse_attribute(std::string_view message, Reading& reading) {
  AttributeMessage attribute;
  MessageReader reader(message, "an attribute", reading.source());
  while (const auto field = reader.next()) {
    switch (field->number) {
      case 1:
        attribute.name = reader.bytes(*field);
        break;
      case 2:
        attribute.real = std::bit_cast<float>(static_cast<std::uint32_t>(reader.number(*field)));
        break;
      case 3:
        attribute.integer = std::bit_cast<std::int64_t>(reader.number(*field));
        break;
      case 4:
        attribute.text = reader.bytes(*field);
        break;
      case 5:
        if (!attribute.tensors.empty()) reader.fail("it has two tensors");
        attribute.tensors.push_back(parse_tensor(reader.bytes(*field), reading));
        break;
      case 8:
        for (const std::uint64_t value : reader.numbers(*field)) {
          reading.count(reader);
          attribute.integers.push_back(std::bit_cast<std::int64_t>(value));
        }
        break;
      default:
        break;
    }
  }
  return attribute;
}

NodeMessage parse_node(std::string_view message, Reading& reading) {
  NodeMessage node;
  std::string_view domain;
  MessageReader reader(message, "a node", reading.source());
  while (const auto field = reader.next()) {
    reading.count(reader);
    switch (field->number) {
      case 1:
        node.inputs.emplace_back(reader.bytes(*field));
        break;
      case 2:
        node.outputs.emplace_back(reader.bytes(*field));
        break;
      case 4:
        node.op = reader.bytes(*field);
        break;
      case 5:
        node.attributes.push_back(parse_attribute(reader.bytes(*field), reading));
        break;
      case 7:
        domain = reader.bytes(*field);
        break;
      default:
        break;
    }
  }
  if (!domain.empty() && domain != "ai.onnx") node.op = fmt::format("{}.{}", domain, node.op);
  return node;
}

// The name of a ValueInfoProto; its type is not needed.
std::string parse_value(std::string_view message, Reading& reading) {
  std::string name;
  MessageReader reader(message, "an input or output", reading.source());
  while (const auto field = reader.next()) {
    if (field->number == 1) name = reader.bytes(*field);
  }
  return name;
}

GraphMessage parse_graph(std::string_view message, Reading& reading) {
  GraphMessage graph;
  MessageReader reader(message, "the graph", reading.source());
  while (const auto field = reader.next()) {
    reading.count(reader);
    switch (field->number) {
      case 1:
        graph.nodes.push_back(parse_node(reader.bytes(*field), reading));
        break;
      case 5:
        graph.constants.push_back(parse_tensor(reader.bytes(*field), reading));
        break;
      case 11:
        graph.inputs.push_back(parse_value(reader.bytes(*field), reading));
        break;
      case 12:
        graph.outputs.push_back(parse_value(reader.bytes(*field), reading));
        break;
      default:
        break;
    }
  }
  return graph;
}

void add_metadata(FileMessage& file, std::string_view message, Reading& reading) {
  std::string key, value;
  MessageReader reader(message, "the metadata", reading.source());
  while (const auto field = reader.next()) {
    if (field->number == 1) key = reader.bytes(*field);
    if (field->number == 2) value = reader.bytes(*field);
  }
  reading.count(reader);
  if (!file.metadata.emplace(key, value).second) reader.fail(fmt::format("the key '{}' stands twice", key));
}

template <class T>
Tensor decode(const TensorMessage& tensor, std::string_view bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return {.shape = tensor.shape, .values = std::move(values)};
}

}  // namespace

const AttributeMessage* NodeMessage::find(std::string_view name) const {
  const auto found = std::ranges::find(attributes, name, &AttributeMessage::name);
  return found == attributes.end() ? nullptr : &*found;
}

std::int64_t NodeMessage::integer(std::string_view name, std::int64_t otherwise) const {
  const AttributeMessage* found = find(name);
  return found == nullptr ? otherwise : found->integer;
}

float NodeMessage::real(std::string_view name, float otherwise) const {
  const AttributeMessage* found = find(name);
  return found == nullptr ? otherwise : found->real;
}

FileMessage parse_file(std::string_view bytes, const std::string& source) {
  FileMessage file;
  Reading reading(source);
  MessageReader reader(bytes, "the file", source);
  while (const auto field = reader.next()) {
    if (field->number == 7) {
      if (!file.graph_bytes.empty()) reader.fail("it has two graphs");
      file.graph_bytes = reader.bytes(*field);
      file.graph = parse_graph(file.graph_bytes, reading);
    } else if (field->number == 14) {
      add_metadata(file, reader.bytes(*field), reading);
    }
  }
  if (file.graph_bytes.empty()) reader.fail("it has no graph");
  check_messages(bytes, source);
  return file;
}

Tensor values_of(const TensorMessage& tensor, const std::string& source) {
  const bool wide = tensor.type == static_cast<std::int64_t>(ElementType::kDouble);
  if (!wide && tensor.type != static_cast<std::int64_t>(ElementType::kFloat)) {
    unsupported(source, fmt::format("tensor {} is of ONNX's type {}; only float (1) and double (11) are read",
                                    tensor.name, tensor.type));
  }
  const std::string_view values = tensor.raw.empty() ? std::string_view(tensor.values) : tensor.raw;
  if (checked_bytes(tensor.shape, wide ? 8 : 4) != values.size()) {
    throw Error(ErrorCode::kBadData,
                fmt::format("reading {}: tensor {} of shape {} has {} bytes of values; get the file again",
                            source, tensor.name, shape_text(tensor.shape), values.size()));
  }
  return wide ? decode<double>(tensor, values) : decode<float>(tensor, values);
}

}  // namespace gradus::onnx
