// Results over the fields that a study varies: heat map and parallel coordinates. Internal to the room.
#pragma once

#include "gradus/report/model_pictures.h"
#include "gradus/report/study_report.h"

namespace gradus::report::internal {

// Over the first two varied fields; of contenders that agree in both the best. A sentence where there are not
// two.
[[nodiscard]] Pictures heat_map_pictures(const StudyOutcome& outcome, const study::Plot& plot);

// An axis for each varied field, a line for each contender.
[[nodiscard]] Pictures parallel_pictures(const StudyOutcome& outcome, const study::Plot& plot);

}  // namespace gradus::report::internal
