#include "gradus/train/initial_weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/data/npz.h"
#include "gradus/data/safetensors.h"

namespace gradus {

namespace {

struct NamedArray {
  std::vector<std::size_t> shape;
  std::vector<double> values;
};

std::map<std::string, NamedArray> read_arrays(const std::filesystem::path& path) {
  std::map<std::string, NamedArray> arrays;
  if (path.extension() == ".safetensors") {
    for (auto& [name, tensor] : read_safetensors(path).tensors) {
      NamedArray& array = arrays[name];
      array.shape = tensor.shape;
      std::visit([&](const auto& values) { array.values.assign(values.begin(), values.end()); },
                 tensor.values);
    }
    return arrays;
  }
  if (path.extension() != ".npz") {
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("reading initial weights from {}: expected a file that ends in .safetensors or .npz",
                    path.string()));
  }
  for (const auto& entry : read_npz(path)) {
    const std::string& name = entry.first;
    NamedArray& array = arrays[name];
    array.shape = entry.second.shape;
    std::visit(
        [&](const auto& values) {
          if constexpr (requires { static_cast<double>(values[0]); }) {
            for (const auto value : values) array.values.push_back(static_cast<double>(value));
          } else {
            throw Error(ErrorCode::kBadData,
                        fmt::format("reading initial weights from {}: {} holds text; expected numbers",
                                    path.string(), name));
          }
        },
        entry.second.values);
  }
  return arrays;
}

}  // namespace

template <class T>
void read_initial_weights(const std::filesystem::path& path, const ParameterTable& table,
                          std::span<T> block) {
  const auto arrays = read_arrays(path);
  for (const ParameterInfo& tensor : table.tensors) {
    const auto found = arrays.find(tensor.name);
    if (found == arrays.end() && tensor.is_buffer) {
      std::ranges::fill(block.subspan(tensor.offset, tensor.size()), static_cast<T>(tensor.initial_value));
      continue;
    }
    if (found == arrays.end()) {
      std::vector<std::string> names;
      for (const auto& [name, array] : arrays) names.push_back(name);
      throw Error(ErrorCode::kBadData,
                  fmt::format("reading initial weights from {}: no tensor {}; the file has {}", path.string(),
                              tensor.name, fmt::join(names, ", ")));
    }
    const NamedArray& array = found->second;
    const std::vector<std::size_t> expected = file_shape(tensor);
    if (array.shape != expected) {
      throw Error(ErrorCode::kBadData, fmt::format("reading initial weights from {}: {} has shape ({}); "
                                                   "expected ({}), outputs first as in PyTorch",
                                                   path.string(), tensor.name, fmt::join(array.shape, ", "),
                                                   fmt::join(expected, ", ")));
    }
    for (std::size_t r = 0; r < tensor.rows; ++r) {
      for (std::size_t c = 0; c < tensor.cols; ++c) {
        block[tensor.offset + r * tensor.cols + c] = static_cast<T>(array.values[c * tensor.rows + r]);
      }
    }
  }
}

template void read_initial_weights<float>(const std::filesystem::path&, const ParameterTable&,
                                          std::span<float>);
template void read_initial_weights<double>(const std::filesystem::path&, const ParameterTable&,
                                           std::span<double>);

template <class T>
AlignedBuffer<T> initial_parameters(const Plan& plan, Streams& streams) {
  const ParameterTable table = parameter_table(plan.network);
  AlignedBuffer<T> block(table.block_size);
  if (plan.config.initial_weights.empty()) {
    initialize<T>(plan.initializer, table, block.span(), streams.weights());
  } else {
    read_initial_weights<T>(plan.config.initial_weights, table, block.span());
  }
  return block;
}

template AlignedBuffer<float> initial_parameters<float>(const Plan&, Streams&);
template AlignedBuffer<double> initial_parameters<double>(const Plan&, Streams&);

}  // namespace gradus
