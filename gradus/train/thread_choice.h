// How many threads a training step is worth.
#pragma once

#include <cstddef>

#include "gradus/nn/loss.h"
#include "gradus/nn/network_spec.h"
#include "gradus/optim/optimizer.h"

namespace gradus {

// For `--threads auto`: as many of the processors that this process may use as make the step of this shape
// clearly faster, else one. Steps too small to share and steps that surely are worth it are known by their
// arithmetic; those between are timed on made-up data, alone and shared in turn, for some milliseconds, once
// per shape and process.
template <class T>
[[nodiscard]] std::size_t choose_threads(const NetworkSpec& network, const LossSpec& loss,
                                         const OptimizerSpec& optimizer, std::size_t batch_size);
extern template std::size_t choose_threads<float>(const NetworkSpec&, const LossSpec&, const OptimizerSpec&,
                                                  std::size_t);
extern template std::size_t choose_threads<double>(const NetworkSpec&, const LossSpec&, const OptimizerSpec&,
                                                   std::size_t);

// Multiply-adds of one training step, forward and backward, in floating-point operations.
[[nodiscard]] double step_flops(const NetworkSpec& network, std::size_t batch_size);

}  // namespace gradus
