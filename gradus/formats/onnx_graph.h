// The messages of an ONNX file as they are written: nodes, constants, inputs and outputs in one GraphProto. Field
// numbers: onnx.proto of IR version 7. Internal to formats/.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/data/safetensors.h"

namespace gradus::onnx {

enum class ElementType : std::int32_t { kFloat = 1, kInt64 = 7, kString = 8, kDouble = 11 };

struct Attribute {
  std::string_view name;
  std::int64_t integer = 0;
  float real = 0;
  bool is_real = false;
  bool is_list = false;  // of the one integer
};
[[nodiscard]] Attribute integer(std::string_view name, std::int64_t value);
[[nodiscard]] Attribute integers(std::string_view name, std::int64_t value);
[[nodiscard]] Attribute real(std::string_view name, float value);

// Same calls, same bytes. One owner.
class GraphWriter {
 public:
  // Appends a node and returns its output's name.
  std::string node(std::string_view op, const std::vector<std::string>& inputs, const std::string& output,
                   std::initializer_list<Attribute> attributes = {});

  // Each returns the constant's name; one that is there already is not written again.
  std::string constant(const std::string& name, const Tensor& tensor);
  std::string constant(const std::string& name, float value);  // a scalar
  std::string constant(const std::string& name, std::span<const std::int64_t> values);
  std::string constant(const std::string& name, std::span<const std::string> values);

  // (N, columns), or (N) for 0 columns; N is whatever comes.
  void input(const std::string& name, ElementType type, std::size_t columns);
  void output(const std::string& name, ElementType type, std::size_t columns);

  // The whole GraphProto.
  [[nodiscard]] std::string finish(std::string_view name) const;

 private:
  std::string add_tensor(const std::string& name, std::string_view tensor);

  std::string nodes_;
  std::string constants_;
  std::string inputs_;
  std::string outputs_;
  std::set<std::string> names_;
};

}  // namespace gradus::onnx
