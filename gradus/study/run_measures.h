// From what the store knows about a run to what the judge sees of it. Internal to the room.
#pragma once

#include "gradus/runs/run_record.h"
#include "gradus/study/measure.h"

namespace gradus::study {

// Contender, replicate and seed are the caller's to add.
[[nodiscard]] MeasuredRun measures_of(const RunHeader& header, const RunOutcome& outcome);

}  // namespace gradus::study
