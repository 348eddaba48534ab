// Successive halving (Jamieson and Talwalkar 2016): many contenders train briefly, the best go on for longer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gradus/study/study.h"

namespace gradus::study {

struct Rung {
  std::size_t contenders = 0;
  std::int64_t epochs = 0;

  friend bool operator==(const Rung&, const Rung&) = default;
};

// From all contenders with the fewest epochs down to the last ones, which train for `most_epochs`. From rung to
// rung the contenders are divided by the factor (rounded up) and the epochs multiplied by it; one that is left
// alone trains to the end.
[[nodiscard]] std::vector<Rung> halving_rungs(std::size_t contenders, std::int64_t most_epochs,
                                              const Halving& halving);

// The places of the `count` best values, ascending; of equals the first. NaN is worst.
[[nodiscard]] std::vector<std::size_t> survivors(std::span<const double> objective, Better better,
                                                 std::size_t count);

}  // namespace gradus::study
