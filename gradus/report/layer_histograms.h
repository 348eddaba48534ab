// Distributions in the layers of a stored run, out of its layers.jsonl. Internal to the room.
#pragma once

#include <string>

#include "gradus/report/model_pictures.h"
#include "gradus/runs/run_record.h"

namespace gradus::report::internal {

// At the first and the last recorded step; nothing where the run recorded none.
void add_layer_histograms(const RunRecord& run, const std::string& name, Pictures& pictures);

}  // namespace gradus::report::internal
