// The figures of worked examples as tables. Internal to the room.
#pragma once

#include <vector>

#include "gradus/report/html_report.h"
#include "gradus/report/study_report.h"

namespace gradus::report::internal {

// One for each contender that works out an example: its figures with all their digits.
[[nodiscard]] std::vector<HtmlTable> example_tables(const StudyOutcome& outcome);

}  // namespace gradus::report::internal
