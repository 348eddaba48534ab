// Runs as people and as programs read them. Every text out of the store is made harmless for a terminal.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gradus/runs/run_summary.h"

namespace gradus::cli {

// "3 min", "2 h", "12 d": how long ago.
[[nodiscard]] std::string age_text(double started);
// "2026-11-21 08:00:12 UTC"
[[nodiscard]] std::string time_text(double seconds_since_1970);
// "0.0524"; "-" where there is none.
[[nodiscard]] std::string figure_text(const std::optional<double>& value);

// Members of a JSON object, without its braces: "\"run\":12,...".
[[nodiscard]] std::string run_members(const RunRecord& run);
// An object with a member per series.
[[nodiscard]] std::string figures_object(const Figures& figures);
[[nodiscard]] std::string json_text(const std::string& text);

}  // namespace gradus::cli
