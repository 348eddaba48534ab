// The weights that a run starts from: drawn, or given from outside, to be held step by step against any other program.
#pragma once

#include <filesystem>
#include <span>

#include "gradus/core/buffer.h"
#include "gradus/nn/network_spec.h"
#include "gradus/train/plan.h"
#include "gradus/train/streams.h"

namespace gradus {

// .safetensors or .npz with the names and shapes of PyTorch's nn.Sequential: "0.weight" (outputs, inputs),
// "0.bias" (outputs). Fills the flat block; running statistics that the file lacks get their first value. Throws Error(kNotFound), kFile, kBadData (missing tensor, other
// shape: both named), kUnsupported (ending).
template <class T>
void read_initial_weights(const std::filesystem::path& path, const ParameterTable& table, std::span<T> block);

extern template void read_initial_weights<float>(const std::filesystem::path&, const ParameterTable&,
                                                 std::span<float>);
extern template void read_initial_weights<double>(const std::filesystem::path&, const ParameterTable&,
                                                  std::span<double>);

// As the plan says: from its initializer, or read from its file. Throws like read_initial_weights().
template <class T>
[[nodiscard]] AlignedBuffer<T> initial_parameters(const Plan& plan, Streams& streams);

extern template AlignedBuffer<float> initial_parameters<float>(const Plan&, Streams&);
extern template AlignedBuffer<double> initial_parameters<double>(const Plan&, Streams&);

}  // namespace gradus
