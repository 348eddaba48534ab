#include "python/figures.h"

#include <nanobind/stl/string.h>

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "gradus/train/metrics.h"

namespace gradus::python {
namespace {

using Cells = std::vector<std::pair<std::string, double>>;

// All but epoch and step, which are whole numbers.
Cells cells_of(const EpochEvent& epoch, const std::string& score_name) {
  Cells cells = {{"seconds", epoch.seconds},
                 {"evaluation_seconds", epoch.evaluation_seconds},
                 {"learning_rate", epoch.learning_rate}};
  const auto add = [&](const std::string& part, const PartFigures& figures) {
    cells.emplace_back(part + "_loss", figures.loss);
    cells.emplace_back(part + "_" + score_name, figures.score);
  };
  add("train", epoch.train);
  if (epoch.validation) add("validation", *epoch.validation);
  if (epoch.test) add("test", *epoch.test);
  return cells;
}

}  // namespace

nb::dict report_of(const Predictions& predictions, const Dataset& data, const TargetCoding& target) {
  nb::dict report;
  if (target.task == Task::kRegression) {
    const RegressionReport figures = regression_report(target.in_unit(data.values), predictions.values);
    report["r2"] = figures.r2;
    report["mae"] = figures.mae;
    report["rmse"] = figures.rmse;
    return report;
  }
  const ClassificationReport figures = classification_report(data.labels, predictions.view());
  report["accuracy"] = figures.accuracy;
  report["log_loss"] = figures.log_loss;
  report["macro_f1"] = figures.macro_f1;
  report["roc_auc"] = figures.roc_auc;
  const std::vector<std::int64_t> confusion(figures.confusion.begin(), figures.confusion.end());
  report["confusion"] = array_of(confusion, {figures.classes, figures.classes});
  return report;
}

nb::dict columns_of(const History& history, const std::string& score_name) {
  std::vector<std::int64_t> epochs;
  std::vector<std::int64_t> steps;
  std::vector<std::string> names;
  std::map<std::string, std::vector<double>> values;
  for (const EpochEvent& epoch : history.epochs) {
    epochs.push_back(static_cast<std::int64_t>(epoch.epoch));
    steps.push_back(static_cast<std::int64_t>(epoch.step));
    for (const auto& [name, value] : cells_of(epoch, score_name)) {
      if (values[name].empty()) names.push_back(name);
      values[name].push_back(value);
    }
  }
  nb::dict columns;
  columns["epoch"] = array_of(std::move(epochs));
  columns["step"] = array_of(std::move(steps));
  for (const std::string& name : names) columns[name.c_str()] = array_of(std::move(values[name]));
  return columns;
}

nb::dict dict_of(const std::vector<Series>& series) {
  nb::dict all;
  for (const Series& one : series) {
    all[one.name.c_str()] = nb::make_tuple(
        array_of(std::vector<std::int64_t>(one.steps.begin(), one.steps.end())), array_of(one.values));
  }
  return all;
}

nb::dict row_of(const EpochEvent& epoch, const std::string& score_name) {
  nb::dict row;
  row["epoch"] = epoch.epoch;
  row["step"] = epoch.step;
  for (const auto& [name, value] : cells_of(epoch, score_name)) row[name.c_str()] = value;
  return row;
}

}  // namespace gradus::python
