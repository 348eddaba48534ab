// The version of the numerics contract (docs/numerics.md). It grows by one whenever any kernel gives other
// bits than before.
#pragma once

namespace gradus {

inline constexpr int kNumericsVersion = 3;

}  // namespace gradus
