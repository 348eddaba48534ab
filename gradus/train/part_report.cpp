#include "gradus/train/part_report.h"

namespace gradus {

PartReport part_report(const Predictions& predictions, const Dataset& data, const TargetCoding& target) {
  PartReport result;
  if (target.task == Task::kClassification) {
    result.classification = classification_report(data.labels, predictions.view());
  } else {
    result.regression = regression_report(target.in_unit(data.values), predictions.values);
  }
  return result;
}

}  // namespace gradus
