// Data sets that are drawn, not read: features x0, x1 and a target `label` of 0, 1, ... Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "gradus/data/table.h"

namespace gradus::internal {

// samples 0: the set's own default. Empty for a name that is none of synth xor spirals moons circles blobs.
//   synth    70,000 normal points, class 1 outside the ellipse x Q x^T = 0.6, Q = [[1, -0.05], [1, 0.4]];
//            drawn by RandomState(seed); its last seventh is the given test part (report 003: 60,000 + 10,000
//            points, seed 0)
// The others are drawn by default_rng(seed), their classes in turn:
//   xor      400 around the corners of the unit square (deviation 0.15), class 1 where the coordinates differ
//   spirals  600 on two arms of one and a half turns (noise 0.02)
//   moons    500 on two interleaving half circles (noise 0.1)
//   circles  500 on a circle of radius 1 and one of 0.5 (noise 0.08)
//   blobs    600 around three centres (deviation 1)
[[nodiscard]] std::optional<Table> generate(std::string_view name, std::size_t samples, std::uint64_t seed);

}  // namespace gradus::internal
