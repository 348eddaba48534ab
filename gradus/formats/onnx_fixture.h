// ONNX graphs made by hand for the tests of formats/, node by node, and what becomes of them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/data/protobuf.h"
#include "gradus/formats/onnx.h"
#include "gradus/formats/onnx_graph.h"

namespace gradus::test {

using WriteGraph = std::function<void(onnx::GraphWriter&)>;

inline std::string file_of(const std::string& graph) {
  std::string file;
  protobuf::add_varint(file, 1, 7);
  protobuf::add_bytes(file, 7, graph);
  return file;
}

inline Tensor floats(std::vector<std::size_t> shape, std::vector<float> values) {
  return {.shape = std::move(shape), .values = std::move(values)};
}

// A graph with an input X of two columns and weights "w" (3, 2), "b" (3), "v" (2, 3).
inline std::string graph_of(const WriteGraph& write) {
  onnx::GraphWriter graph;
  graph.input("X", onnx::ElementType::kFloat, 2);
  graph.constant("w", floats({3, 2}, {1, 2, 3, 4, 5, 6}));
  graph.constant("b", floats({3}, {7, 8, 9}));
  graph.constant("v", floats({2, 3}, {1, 2, 3, 4, 5, 6}));
  write(graph);
  graph.output("y", onnx::ElementType::kFloat, 3);
  return graph.finish("g");
}

// What GraphWriter does not write: a node as part of a graph, with the bytes of its attributes.
inline std::string raw_node(std::string_view op, const std::vector<std::string>& inputs,
                            const std::vector<std::string>& outputs,
                            const std::vector<std::string>& attributes = {}, std::string_view domain = "") {
  std::string node;
  for (const std::string& input : inputs) protobuf::add_bytes(node, 1, input);
  for (const std::string& output : outputs) protobuf::add_bytes(node, 2, output);
  protobuf::add_bytes(node, 4, op);
  for (const std::string& attribute : attributes) protobuf::add_bytes(node, 5, attribute);
  if (!domain.empty()) protobuf::add_bytes(node, 7, domain);
  std::string part;
  protobuf::add_bytes(part, 1, node);
  return part;
}

// Of field `field`: 4 a text, 5 a tensor.
inline std::string raw_attribute(std::string_view name, std::uint32_t field, std::string_view bytes) {
  std::string attribute;
  protobuf::add_bytes(attribute, 1, name);
  protobuf::add_bytes(attribute, field, bytes);
  return attribute;
}

inline std::string raw_tensor(std::string_view name, const std::vector<std::uint64_t>& shape,
                              onnx::ElementType type, std::string_view bytes) {
  std::string tensor;
  for (const std::uint64_t size : shape) protobuf::add_varint(tensor, 1, size);
  protobuf::add_varint(tensor, 2, static_cast<std::uint64_t>(type));
  protobuf::add_bytes(tensor, 8, name);
  protobuf::add_bytes(tensor, 9, bytes);
  return tensor;
}

inline std::vector<std::string> names_of(const NetworkSpec& network) {
  std::vector<std::string> names;
  for (const LayerSpec& layer : network.layers) names.emplace_back(name_of(layer));
  return names;
}

// A tensor of a float model as gradus has it: weights are (inputs, outputs).
inline std::vector<float> parameter(const Model& model, std::string_view name) {
  const auto& block = std::get<AlignedBuffer<float>>(model.parameters);
  for (const ParameterInfo& info : parameter_table(model.network).tensors) {
    const float* begin = block.data() + info.offset;
    if (info.name == name) return {begin, begin + info.size()};
  }
  ADD_FAILURE() << "there is no tensor " << name;
  return {};
}

class OnnxGraphs : public testing::Test {
 protected:
  Model read(const WriteGraph& write, const ImportOptions& options = {}) {
    return read_bytes(graph_of(write), options);
  }
  Model read_bytes(const std::string& graph, const ImportOptions& options = {}) {
    return parse_onnx(file_of(graph), "a.onnx", options, notes_);
  }

  void expect_refused(const WriteGraph& write, ErrorCode code, const std::string& words) {
    expect_file_refused(file_of(graph_of(write)), code, words);
  }
  void expect_file_refused(const std::string& file, ErrorCode code, const std::string& words,
                           const ImportOptions& options = {}) {
    try {
      (void)parse_onnx(file, "a.onnx", options, notes_);
      ADD_FAILURE() << "expected: " << words;
    } catch (const Error& error) {
      EXPECT_TRUE(error.code() == code) << error.what();
      EXPECT_THAT(error.what(), testing::StartsWith("reading a.onnx: "));
      EXPECT_THAT(error.what(), testing::HasSubstr(words));
    }
  }

  std::vector<std::string> notes_;
};

}  // namespace gradus::test
