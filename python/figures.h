// Figures of predictions and courses of trainings as Python sees them.
#pragma once

#include <string>
#include <vector>

#include "gradus/data/dataset.h"
#include "gradus/runs/run_record.h"
#include "gradus/train/evaluator.h"
#include "gradus/train/history.h"
#include "python/arrays.h"

namespace gradus::python {

// accuracy, log_loss, macro_f1, roc_auc and the confusion matrix; or r2, mae, rmse.
[[nodiscard]] nb::dict report_of(const Predictions& predictions, const Dataset& data,
                                 const TargetCoding& target);

// Columns by name, as history.csv has them; those of parts that are not there are left out.
[[nodiscard]] nb::dict columns_of(const History& history, const std::string& score_name);
// One row of them.
[[nodiscard]] nb::dict row_of(const EpochEvent& epoch, const std::string& score_name);

// (steps, values) by name.
[[nodiscard]] nb::dict dict_of(const std::vector<Series>& series);

}  // namespace gradus::python
