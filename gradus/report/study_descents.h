// The descents of a study as contour pictures. Internal to the room.
#pragma once

#include "gradus/report/model_pictures.h"
#include "gradus/report/study_report.h"

namespace gradus::report::internal {

// Of the plot's contenders that descend, one picture for each function; they are made again, as quick as they are.
[[nodiscard]] Pictures descent_pictures(const StudyOutcome& outcome, const study::Plot& plot);

}  // namespace gradus::report::internal
