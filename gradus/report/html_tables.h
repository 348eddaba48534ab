// The tables of the HTML report: verdicts, studies, plain ones.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "gradus/report/html_report.h"

namespace gradus::report {

// "12 supported, 1 refuted", each with its mark.
[[nodiscard]] std::string verdict_tally(std::span<const VerdictRow> verdicts);

// Without the columns in which no row has anything. Anchors of rows begin with `prefix`.
[[nodiscard]] std::string verdict_table(std::span<const VerdictRow> verdicts, const std::string& prefix);

// "study-3-": of the anchors of the study at that place.
[[nodiscard]] std::string study_prefix(std::size_t index);

// A row for each study with its verdicts, leading to study_prefix(index) + "top".
[[nodiscard]] std::string studies_table(std::span<const HtmlReport> reports);

// The first column names the rows; columns of numbers are set to the right.
[[nodiscard]] std::string html_table(const HtmlTable& table);

}  // namespace gradus::report
