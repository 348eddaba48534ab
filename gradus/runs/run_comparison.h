// What differs between runs, and which runs are the same but for their seed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/runs/run_store.h"

namespace gradus {

// A name and its value in each run, as JSON; "null" where a run has none.
struct RunDifference {
  std::string name;
  std::vector<std::string> values;
};

// In the order of the table of fields, then of the environment.
struct RunDifferences {
  std::vector<RunDifference> configuration;
  std::vector<RunDifference> other;  // what else may make results differ: data, weights, where they were made
};

// Throws Error(kInvalidArgument) for an id that is not there.
[[nodiscard]] RunDifferences differences(const RunStore& store, std::span<const std::uint64_t> ids);

// A configuration as the store has it without what tells repetitions of one experiment apart: `seed`, and `threads`,
// which changes nothing.
[[nodiscard]] std::string without_seed(std::string_view configuration);

}  // namespace gradus
