// What pages about studies and about runs share. Internal to the room.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "gradus/report/html_report.h"
#include "gradus/report/study_report.h"
#include "gradus/runs/run_record.h"
#include "gradus/train/run_config.h"

namespace gradus::report::internal {

// "4,096 steps": counted things, with an s where there is not one.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view word);

// Names for people and what there is to say; empty ones are left out.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> environment_pairs(
    const Environment& environment);

// To the folder of a run, seen from the page; out of its folder no link leads.
[[nodiscard]] HtmlLink run_link(const std::string& text, const std::filesystem::path& folder,
                                const PageOptions& options);

// The fields that are not at their defaults: "hidden = 64,32".
[[nodiscard]] std::vector<std::pair<std::string, std::string>> chosen_fields(const RunConfig& config);

}  // namespace gradus::report::internal
