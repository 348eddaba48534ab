// The bound that a configuration sets to the features in memory.
#pragma once

#include <cstddef>

#include "gradus/data/dataset.h"
#include "gradus/train/plan.h"

namespace gradus {

// Bytes of features that may be in memory at once; 0: all.
[[nodiscard]] std::size_t window_of(const RunConfig& config);

// Says in the plan's choices how the window is used, where the data are beyond it. Throws Error(kBadConfiguration) where it
// cannot hold what the plan needs.
void decide_window(Plan& plan, const Preparation& data);

}  // namespace gradus
