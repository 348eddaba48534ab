#include "cli/figures_text.h"

#include <fmt/format.h>

#include "cli/console.h"
#include "gradus/report/confusion_text.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/text_table.h"

namespace gradus::cli {

namespace {

constexpr std::size_t kMostClassesListed = 30;

std::string by_class_text(const ClassificationReport& figures, const TargetCoding& target) {
  using report::Align;
  report::TextTable table({{"class"},
                           {"precision", Align::kRight},
                           {"recall", Align::kRight},
                           {"f1", Align::kRight},
                           {"rows", Align::kRight}});
  for (std::size_t c = 0; c < figures.by_class.size(); ++c) {
    const ClassFigures& row = figures.by_class[c];
    table.add_row({target.classes[c], report::format_fixed(row.precision, 3),
                   report::format_fixed(row.recall, 3), report::format_fixed(row.f1, 3),
                   report::format_count(row.support)});
  }
  return table.render(console().width);
}

}  // namespace

std::string classification_text(const ClassificationReport& figures, const TargetCoding& target) {
  std::string text = wrapped(
      fmt::format("accuracy {}  log loss {}  macro F1 {}  ROC AUC {}\n\n",
                  report::format_percent(figures.accuracy, 2), report::format_fixed(figures.log_loss, 4),
                  report::format_fixed(figures.macro_f1, 4), report::format_fixed(figures.roc_auc, 4)),
      0);
  report::ConfusionTextOptions options;
  options.width = console().width;
  options.colour = console().colour;
  options.unicode = console().unicode;
  text += report::confusion_text(report::confusion_table(figures, target), options);
  if (figures.classes <= kMostClassesListed) text += "\n" + by_class_text(figures, target);
  return text;
}

std::string regression_text(const RegressionReport& figures, const TargetCoding& target) {
  return wrapped(fmt::format("R2 {}  mean absolute error {}  root mean squared error {}  (unit of {})\n",
                             report::format_fixed(figures.r2, 4), report::format_significant(figures.mae),
                             report::format_significant(figures.rmse), target.name),
                 0);
}

std::string part_text(const PartReport& figures, const TargetCoding& target) {
  return target.task == Task::kClassification ? classification_text(figures.classification, target)
                                              : regression_text(figures.regression, target);
}

std::map<std::string, double> part_metrics(const PartReport& figures, const TargetCoding& target) {
  if (target.task == Task::kRegression) {
    return {
        {"r2", figures.regression.r2}, {"mae", figures.regression.mae}, {"rmse", figures.regression.rmse}};
  }
  return {{"accuracy", figures.classification.accuracy},
          {"log_loss", figures.classification.log_loss},
          {"macro_f1", figures.classification.macro_f1},
          {"roc_auc", figures.classification.roc_auc}};
}

}  // namespace gradus::cli
