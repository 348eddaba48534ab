// What a run recorded of its layers, whole: layers.jsonl in its folder, a JSON line per recorded step, as `train --json`
// prints them (docs/json.md). The store's series hold its norms, means and shares.
#pragma once

#include <string>
#include <string_view>

#include "gradus/train/events.h"

namespace gradus {

inline constexpr const char* kLayersFile = "layers.jsonl";

// With the line's end. What is not finite is null.
[[nodiscard]] std::string layers_line(const LayersEvent& event);

// Null is not a number. Throws Error(kBadData) for what is no such line.
[[nodiscard]] LayersEvent parse_layers_line(std::string_view line);

}  // namespace gradus
