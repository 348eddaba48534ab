// All figures of predictions on a part.
#pragma once

#include "gradus/data/dataset.h"
#include "gradus/train/evaluator.h"
#include "gradus/train/metrics.h"

namespace gradus {

// Those of the target's task; the other stays empty.
struct PartReport {
  ClassificationReport classification;
  RegressionReport regression;  // in the target's unit
};

// Of a part with targets.
[[nodiscard]] PartReport part_report(const Predictions& predictions, const Dataset& data,
                                     const TargetCoding& target);

}  // namespace gradus
