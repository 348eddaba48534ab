// What preparing decided, in lines for people. Internal to the room.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "gradus/data/columns.h"
#include "gradus/data/dataset.h"

namespace gradus::internal {

// The rows of each part, the target, the block, then one line per column:
//   age       number       177 missing -> median 28  standardised
//   alive     truth value  repeats the target 'survived': left out
[[nodiscard]] std::vector<std::string> describe_decisions(const Table& table, const Preparation& made,
                                                          std::span<const Choice> choices, bool stratified);

// Classes that a part lacks or that no training row shows.
[[nodiscard]] std::vector<std::string> class_warnings(const Preparation& made);

}  // namespace gradus::internal
