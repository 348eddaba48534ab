// Who makes and who reads what in an ONNX graph, checked to be without cycles. Internal to formats/.
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/formats/onnx_file.h"

namespace gradus::onnx {

class GraphIndex {
 public:
  // Both must outlive it. Throws Error(kBadData): a node that reads what nothing before it makes, a value that is
  // made twice, not one input.
  GraphIndex(const GraphMessage& graph, const std::string& source);

  [[nodiscard]] const std::string& input() const { return input_; }
  [[nodiscard]] std::size_t size() const { return graph_.nodes.size(); }
  [[nodiscard]] const NodeMessage& node(std::size_t i) const { return graph_.nodes[i]; }
  [[nodiscard]] const std::string& output_of(std::size_t i) const { return graph_.nodes[i].outputs.front(); }
  [[nodiscard]] bool is_output(const std::string& name) const;
  [[nodiscard]] bool is_constant(std::size_t node) const { return constant_nodes_.contains(node); }

  // The nodes that read it.
  [[nodiscard]] std::span<const std::size_t> users(const std::string& name) const;
  // From `name` on the nodes with these operators, each the only reader of the one before; empty where it is not so.
  [[nodiscard]] std::vector<std::size_t> follow(const std::string& name,
                                                std::initializer_list<std::string_view> ops) const;

  // Null where it is no constant.
  [[nodiscard]] const TensorMessage* find(const std::string& name) const;
  // What a node of two inputs puts against x, where that is a constant.
  [[nodiscard]] std::optional<std::vector<double>> constant_beside(std::size_t node,
                                                                   const std::string& x) const;
  // Whether that is this one number, and stands behind x where the order matters.
  [[nodiscard]] bool puts_against(std::size_t node, const std::string& x, double number) const;
  // The constant at an input, of so many values, as one dimension.
  [[nodiscard]] Tensor tensor(std::size_t node, std::size_t input, std::size_t size) const;

  [[noreturn]] void bad(const std::string& what) const;
  // Error(kUnsupported): nothing like this node in gradus.
  [[noreturn]] void refuse(std::size_t node, const std::string& what) const;

 private:
  void check_order(std::size_t node, std::set<std::string>& made) const;

  const GraphMessage& graph_;
  const std::string& source_;
  std::string input_;
  std::map<std::string, const TensorMessage*> constants_;
  std::set<std::size_t> constant_nodes_;
  std::map<std::string, std::vector<std::size_t>> users_;
};

// Constants in a graph are floats.
[[nodiscard]] bool near(double a, double b);

}  // namespace gradus::onnx
