#include "gradus/study/study.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "gradus/core/error.h"

namespace gradus::study {

std::vector<PlannedRun> planned_runs(const Study& study) {
  std::vector<PlannedRun> runs;
  for (std::size_t replicate = 0; replicate < study.replicates.size(); ++replicate) {
    for (std::size_t contender = 0; contender < study.contenders.size(); ++contender) {
      PlannedRun& run =
          runs.emplace_back(PlannedRun{contender, replicate, study.contenders[contender].config});
      if (study.replicates[replicate].seed) run.config.seed = *study.replicates[replicate].seed;
    }
  }
  return runs;
}

void require_data(const Study& study) {
  for (const Contender& contender : study.contenders) {
    if (!is_configured(contender.work) || !contender.config.data.empty()) continue;
    throw Error(
        ErrorCode::kBadConfiguration,
        fmt::format("reading {}: the contender '{}' names no data; expected data = \"digits\", or a file, "
                    "under [base]",
                    study.source, contender.name));
  }
}

void set_replicates(Study& study, std::optional<std::size_t> seeds, std::optional<std::size_t> folds) {
  std::vector<std::optional<std::int64_t>> all;
  if (seeds) {
    for (std::size_t i = 0; i < *seeds; ++i) all.emplace_back(study.seed + static_cast<std::int64_t>(i));
  } else {
    for (const Replicate& replicate : study.replicates) {
      if (all.empty() || all.back() != replicate.seed) all.push_back(replicate.seed);
    }
  }
  if (folds) study.folds = *folds;
  study.replicates.clear();
  for (const std::optional<std::int64_t>& seed : all) {
    if (study.folds == 0) study.replicates.push_back({seed, std::nullopt});
    for (std::size_t fold = 0; fold < study.folds; ++fold) study.replicates.push_back({seed, fold});
  }
}

const PrintedTable* find_table(const Study& study, std::string_view name) {
  const auto found = std::ranges::find(study.tables, name, &PrintedTable::name);
  return found == study.tables.end() ? nullptr : &*found;
}

std::string_view name_of(Mode mode) {
  static constexpr std::array<std::string_view, 4> kNames = {"grid", "zip", "random", "halving"};
  return kNames.at(static_cast<std::size_t>(mode));
}

std::string_view name_of(PlotKind kind) {
  static constexpr std::array<std::string_view, 8> kNames = {"curves",    "bars",    "heat_map", "parallel",
                                                             "confusion", "weights", "layers",   "descent"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::string_view name_of(PlotAxis axis) {
  static constexpr std::array<std::string_view, 3> kNames = {"epoch", "step", "seconds"};
  return kNames.at(static_cast<std::size_t>(axis));
}

}  // namespace gradus::study
