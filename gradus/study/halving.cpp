#include "gradus/study/halving.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gradus/core/error.h"

namespace gradus::study {

std::vector<Rung> halving_rungs(std::size_t contenders, std::int64_t most_epochs, const Halving& halving) {
  GRADUS_ASSERT(contenders > 0 && most_epochs > 0 && halving.factor > 1, contenders, most_epochs,
                halving.factor);
  const auto factor = static_cast<std::size_t>(halving.factor);
  std::vector<Rung> rungs = {{contenders, std::min(most_epochs, halving.smallest_epochs)}};
  while (rungs.back().epochs < most_epochs) {
    const Rung& before = rungs.back();
    const std::size_t left = (before.contenders + factor - 1) / factor;
    const bool last = left == 1 || before.epochs > most_epochs / halving.factor;
    rungs.push_back({left, last ? most_epochs : before.epochs * halving.factor});
  }
  return rungs;
}

std::vector<std::size_t> survivors(std::span<const double> objective, Better better, std::size_t count) {
  GRADUS_ASSERT(count <= objective.size(), count, objective.size());
  std::vector<std::size_t> places(objective.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::ranges::stable_sort(places, [&](std::size_t a, std::size_t b) {
    if (std::isnan(objective[a]) || std::isnan(objective[b]))
      return std::isnan(objective[b]) && !std::isnan(objective[a]);
    return better == Better::kHigher ? objective[a] > objective[b] : objective[a] < objective[b];
  });
  places.resize(count);
  std::ranges::sort(places);
  return places;
}

}  // namespace gradus::study
