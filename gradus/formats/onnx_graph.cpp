#include "gradus/formats/onnx_graph.h"

#include <bit>

#include "gradus/data/protobuf.h"

namespace gradus::onnx {

namespace {

using protobuf::add_bytes;
using protobuf::add_float;
using protobuf::add_varint;

// Of AttributeProto.
constexpr std::uint64_t kReal = 1;
constexpr std::uint64_t kInteger = 2;
constexpr std::uint64_t kIntegers = 7;

std::string attribute_message(const Attribute& attribute) {
  std::string message;
  add_bytes(message, 1, attribute.name);
  if (attribute.is_real) {
    add_float(message, 2, attribute.real);
  } else {
    add_varint(message, attribute.is_list ? 8 : 3, std::bit_cast<std::uint64_t>(attribute.integer));
  }
  add_varint(message, 20, attribute.is_real ? kReal : attribute.is_list ? kIntegers : kInteger);
  return message;
}

// A TensorProto without its values and name.
std::string tensor_message(std::span<const std::size_t> shape, ElementType type) {
  std::string message;
  for (const std::size_t size : shape) add_varint(message, 1, size);
  add_varint(message, 2, static_cast<std::uint64_t>(type));
  return message;
}

std::string raw_tensor(const std::string& name, std::span<const std::size_t> shape, ElementType type,
                       std::string_view bytes) {
  std::string message = tensor_message(shape, type);
  add_bytes(message, 8, name);
  add_bytes(message, 9, bytes);
  return message;
}

template <class T>
std::string_view bytes_of(std::span<const T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

std::string value_message(const std::string& name, ElementType type, std::size_t columns) {
  std::string rows;
  add_bytes(rows, 2, "N");
  std::string shape;
  add_bytes(shape, 1, rows);
  if (columns > 0) {
    std::string size;
    add_varint(size, 1, columns);
    add_bytes(shape, 1, size);
  }
  std::string tensor;
  add_varint(tensor, 1, static_cast<std::uint64_t>(type));
  add_bytes(tensor, 2, shape);
  std::string kind;
  add_bytes(kind, 1, tensor);
  std::string message;
  add_bytes(message, 1, name);
  add_bytes(message, 2, kind);
  return message;
}

}  // namespace

Attribute integer(std::string_view name, std::int64_t value) {
  return {.name = name, .integer = value};
}

Attribute integers(std::string_view name, std::int64_t value) {
  return {.name = name, .integer = value, .is_list = true};
}

Attribute real(std::string_view name, float value) {
  return {.name = name, .real = value, .is_real = true};
}

std::string GraphWriter::node(std::string_view op, const std::vector<std::string>& inputs,
                              const std::string& output, std::initializer_list<Attribute> attributes) {
  std::string message;
  for (const std::string& input : inputs) add_bytes(message, 1, input);
  add_bytes(message, 2, output);
  add_bytes(message, 3, output);  // a node is called as what it makes
  add_bytes(message, 4, op);
  for (const Attribute& attribute : attributes) add_bytes(message, 5, attribute_message(attribute));
  add_bytes(nodes_, 1, message);
  return output;
}

std::string GraphWriter::add_tensor(const std::string& name, std::string_view tensor) {
  if (names_.insert(name).second) add_bytes(constants_, 5, tensor);
  return name;
}

std::string GraphWriter::constant(const std::string& name, const Tensor& tensor) {
  return std::visit(
      [&]<class T>(const std::vector<T>& values) {
        const ElementType type = sizeof(T) == 4 ? ElementType::kFloat : ElementType::kDouble;
        return add_tensor(name, raw_tensor(name, tensor.shape, type, bytes_of(std::span<const T>(values))));
      },
      tensor.values);
}

std::string GraphWriter::constant(const std::string& name, float value) {
  return constant(name, Tensor{.shape = {}, .values = std::vector<float>{value}});
}

std::string GraphWriter::constant(const std::string& name, std::span<const std::int64_t> values) {
  const std::size_t shape[] = {values.size()};
  return add_tensor(name, raw_tensor(name, shape, ElementType::kInt64, bytes_of(values)));
}

std::string GraphWriter::constant(const std::string& name, std::span<const std::string> values) {
  const std::size_t shape[] = {values.size()};
  std::string message = tensor_message(shape, ElementType::kString);
  for (const std::string& value : values) add_bytes(message, 6, value);
  add_bytes(message, 8, name);
  return add_tensor(name, message);
}

void GraphWriter::input(const std::string& name, ElementType type, std::size_t columns) {
  add_bytes(inputs_, 11, value_message(name, type, columns));
}

void GraphWriter::output(const std::string& name, ElementType type, std::size_t columns) {
  add_bytes(outputs_, 12, value_message(name, type, columns));
}

std::string GraphWriter::finish(std::string_view name) const {
  std::string message = nodes_;
  add_bytes(message, 2, name);
  return message + constants_ + inputs_ + outputs_;
}

}  // namespace gradus::onnx
