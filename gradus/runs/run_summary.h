// A run in few words and figures, the same in the terminal and on the page of the lab.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gradus/runs/run_store.h"

namespace gradus {

using Figures = std::vector<std::pair<std::string, SeriesFigures>>;

// The name, else study and contender, else nothing.
[[nodiscard]] std::string label(const RunRecord& run);
// Of the kept weights where they were judged, else the last.
[[nodiscard]] std::optional<double> final_figure(const SeriesFigures& figures);

// Names and values, in the words of JSON.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> environment_fields(
    const Environment& environment);

// The losses and scores that most runs have: of validation, else of test, else of training.
[[nodiscard]] std::vector<std::string> usual_metrics(const std::vector<std::string>& names);

}  // namespace gradus
