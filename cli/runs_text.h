// Runs as people and as programs read them. Every text out of the store is made harmless for a terminal.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gradus/runs/run_store.h"

namespace gradus::cli {

using Figures = std::vector<std::pair<std::string, SeriesFigures>>;

// "3 min", "2 h", "12 d": how long ago.
[[nodiscard]] std::string age_text(double started);
// "2026-11-21 08:00:12 UTC"
[[nodiscard]] std::string time_text(double seconds_since_1970);
// "0.0524"; "-" where there is none.
[[nodiscard]] std::string figure_text(const std::optional<double>& value);
// The name, else study and contender, else nothing.
[[nodiscard]] std::string label(const RunRecord& run);
// Of the kept weights where they were judged, else the last.
[[nodiscard]] std::optional<double> final_figure(const SeriesFigures& figures);

// Names and values, in the words of JSON.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> environment_fields(
    const Environment& environment);

// The losses and scores that most runs have: of validation, else of test, else of training.
[[nodiscard]] std::vector<std::string> usual_metrics(const std::vector<std::string>& names);

// Members of a JSON object, without its braces: "\"run\":12,...".
[[nodiscard]] std::string run_members(const RunRecord& run);
// An object with a member per series.
[[nodiscard]] std::string figures_object(const Figures& figures);
[[nodiscard]] std::string json_text(const std::string& text);

}  // namespace gradus::cli
