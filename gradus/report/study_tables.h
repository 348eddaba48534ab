// Printed tables beside what runs measured: counts of cells, and those that differ. Internal to the room.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/report/html_report.h"
#include "gradus/report/study_report.h"

namespace gradus::report::internal {

// "2,052 of 2,052 cells", over all replicates; of one contender, or (empty) of all that have cells.
[[nodiscard]] std::string cells_text(const StudyOutcome& outcome, const study::PrintedTable& table,
                                     std::string_view contender = {});

// "printed: 2,052 of 2,052 cells", one for each table that some run was held against.
[[nodiscard]] std::vector<std::string> cells_lines(const StudyOutcome& outcome);

// The counts of every contender, and the first cells that differ; without tables nothing.
[[nodiscard]] std::vector<HtmlSection> printed_sections(const StudyOutcome& outcome);

}  // namespace gradus::report::internal
