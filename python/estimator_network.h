// The networks of the estimators, and NumPy arrays as the library's views and blocks.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "gradus/nn/loss.h"
#include "gradus/nn/network_spec.h"
#include "python/arrays.h"

namespace gradus::python {

template <class T>
using Tensors = std::vector<Vector<T>>;  // in the order of parameter_table(), each flat

// A network with its loss, as the estimators spell them. One activation and one dropout rate per hidden layer.
struct Settings {
  std::vector<std::size_t> widths;  // inputs, hidden ..., outputs
  std::vector<std::string> activations;
  std::vector<double> dropout;
  bool batch_normalization = false;
  std::string loss;
  double huber_delta = 1;
  double alpha = 0;         // l2
  double slope_factor = 1;  // StepOptions
};

// Throws Error(kBadConfiguration).
[[nodiscard]] NetworkSpec network_of(const Settings& settings);
[[nodiscard]] LossSpec loss_of(const Settings& settings);

// The flat block out of one array per tensor; ValueError where they are not those of the network.
template <class T, class Block>
Block block_of(const NetworkSpec& network, const Tensors<T>& tensors) {
  const ParameterTable table = parameter_table(network);
  if (tensors.size() != table.tensors.size())
    throw nb::value_error("one array for each tensor of the network is wanted");
  Block block(table.block_size);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const ParameterInfo& info = table.tensors[i];
    if (tensors[i].size() != info.size())
      throw nb::value_error(("wrong size of the tensor " + info.name).c_str());
    std::copy_n(tensors[i].data(), info.size(), block.data() + info.offset);
  }
  return block;
}

template <class T, class U>
nb::list tensors_of(const NetworkSpec& network, std::span<const U> block) {
  nb::list tensors;
  for (const ParameterInfo& info : parameter_table(network).tensors) {
    const auto part = block.subspan(info.offset, info.size());
    const std::vector<std::size_t> shape =
        info.is_weight ? std::vector<std::size_t>{info.rows, info.cols} : std::vector<std::size_t>{info.cols};
    tensors.append(array_of<T>(std::vector<T>(part.begin(), part.end()), shape));
  }
  return tensors;
}

void bind_estimator_training(nb::module_& module);
void bind_estimator_model(nb::module_& module);

}  // namespace gradus::python
