// From a configuration to a run that is ready: tables loaded, parts made, plan decided.
#pragma once

#include "gradus/data/dataset.h"
#include "gradus/data/source.h"
#include "gradus/train/plan.h"
#include "gradus/train/streams.h"

namespace gradus {

struct Experiment {
  Preparation data;
  Plan plan;
  Streams streams;
  std::vector<std::string> notes;  // what reading the source decided
};

// Everything that can be wrong with configuration and data is found here, before any work. Throws
// gradus::Error.
[[nodiscard]] Experiment set_up(const RunConfig& config, const SourceOptions& source);

}  // namespace gradus
