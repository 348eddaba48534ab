// Final figures, for people and for files: shared by train and evaluate.
#pragma once

#include <map>
#include <string>

#include "gradus/train/part_report.h"

namespace gradus::cli {

// Accuracy, log loss, AUC, a table per class and the confusion matrix.
[[nodiscard]] std::string classification_text(const ClassificationReport& figures,
                                              const TargetCoding& target);
[[nodiscard]] std::string regression_text(const RegressionReport& figures, const TargetCoding& target);

[[nodiscard]] std::string part_text(const PartReport& figures, const TargetCoding& target);
// "accuracy": 0.97, ... for JSON lines and a model's metadata.
[[nodiscard]] std::map<std::string, double> part_metrics(const PartReport& figures,
                                                         const TargetCoding& target);

}  // namespace gradus::cli
