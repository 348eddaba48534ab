// The curves of contenders over the seeds of a study. Internal to the room.
#pragma once

#include <span>

#include "gradus/report/curve.h"
#include "gradus/report/html_report.h"
#include "gradus/report/study_report.h"

namespace gradus::report::internal {

// A curve for each contender of the plot that recorded its series: the mean over the replicates that got that
// far, with the 95 % interval of the mean where there are at least two. No curve: no picture.
[[nodiscard]] std::vector<Curve> study_curves(const StudyOutcome& outcome, const study::Plot& plot,
                                              std::span<const std::string> contenders);

// `plots` stand over each other and share contenders and x axis.
[[nodiscard]] std::vector<HtmlFigure> curves_figure(const StudyOutcome& outcome,
                                                    std::span<const study::Plot> plots);

}  // namespace gradus::report::internal
