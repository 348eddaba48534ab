#include "cli/train_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/console.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/run_files.h"
#include "gradus/report/terminal_chart.h"
#include "gradus/report/text_table.h"
#include "gradus/train/json_text.h"

namespace gradus::cli {

namespace {

constexpr std::size_t kMostDecisions = 40;  // columns listed; a wider table is summed up
constexpr int kChartWidth = 100;

// A run that stopped before its first validation has no best epoch.
bool has_best_epoch(const TrainingResult& result) {
  return std::isfinite(result.best_validation_loss);
}

void add_row(report::TextTable& table, const std::string& name, const PartFigures& figures,
             std::size_t rows) {
  table.add_row({name, report::format_count(rows), report::format_fixed(figures.loss, 4),
                 report::format_fixed(figures.score, 4)});
}

std::string epochs_text(std::size_t epochs) {
  return fmt::format("{} epoch{}", report::format_count(epochs), epochs == 1 ? "" : "s");
}

std::string stop_sentence(const TrainingResult& result) {
  switch (result.stop_reason) {
    case StopReason::kEpochs:
      return fmt::format("{} done", epochs_text(result.epochs));
    case StopReason::kEarlyStopping:
      return fmt::format("stopped early after {}: the validation loss no longer fell",
                         epochs_text(result.epochs));
    case StopReason::kTargetScore:
      return fmt::format("stopped after {}: the validation score reached --target-score",
                         epochs_text(result.epochs));
    case StopReason::kConverged:
      return fmt::format("converged after {}: no lower loss to be found", epochs_text(result.epochs));
    case StopReason::kDiverged:
      return "stopped: training diverged; try a smaller --learning-rate, --clip-norm 1 or scaled inputs";
    case StopReason::kInterrupted:
      return fmt::format("interrupted after {} steps", result.steps);
  }
  return "";
}

}  // namespace

std::string introduction(const Experiment& experiment) {
  const Preparation& data = experiment.data;
  const std::size_t rows = data.train.size() + data.validation.size() + data.test.size();
  std::string text = fmt::format("data {}: {} rows, {} features, target {}\n", experiment.plan.config.data,
                                 report::format_count(rows), report::format_count(data.transform.features()),
                                 data.target.name);
  for (const std::string& note : experiment.notes) text += "  " + note + "\n";
  const std::size_t shown = std::min(data.decisions.size(), kMostDecisions);
  for (std::size_t i = 0; i < shown; ++i) text += "  " + data.decisions[i] + "\n";
  if (shown < data.decisions.size())
    text += fmt::format("  and {} columns more: gradus data info shows all\n", data.decisions.size() - shown);
  for (const std::string& warning : data.warnings) text += "  note: " + warning + "\n";
  if (!experiment.plan.choices.empty()) {
    text += "chosen:\n";
    for (const std::string& choice : experiment.plan.choices) text += "  " + choice + "\n";
  }
  return wrapped(text, 4) + "\n" + summary(experiment.plan.network, data.transform.ones_column) + "\n";
}

std::string start_line(const Experiment& experiment, const RunFolder& folder) {
  const Preparation& data = experiment.data;
  nlohmann::ordered_json parts = {{"train", data.train.size()},
                                  {"validation", data.validation.size()},
                                  {"test", data.test.size()},
                                  {"features", data.transform.features()}};
  if (data.target.task == Task::kClassification) parts["classes"] = data.target.classes.size();
  return fmt::format("{{\"event\":\"start\",\"run\":{},\"config\":{},\"data\":{},\"parameters\":{}}}\n",
                     folder.number, to_json(experiment.plan.config), parts.dump(),
                     parameter_table(experiment.plan.network).count);
}

std::string conclusion(const Experiment& experiment, const TrainingResult& result) {
  using report::Align;
  std::string text =
      fmt::format("\n{}; {} of training\n", stop_sentence(result), duration_text(result.seconds));
  if (!result.diverged_at.empty()) text += result.diverged_at + "\n";
  if (has_best_epoch(result) && experiment.plan.config.restore_best) {
    text += fmt::format("weights of epoch {}, which had the lowest validation loss\n", result.best_epoch + 1);
  }
  text = wrapped(text, 2);
  report::TextTable table(
      {{"part"}, {"rows", Align::kRight}, {"loss", Align::kRight}, {score_name(experiment), Align::kRight}});
  add_row(table, "train", result.train, experiment.data.train.size());
  if (result.validation) add_row(table, "validation", *result.validation, experiment.data.validation.size());
  if (result.test) add_row(table, "test", *result.test, experiment.data.test.size());
  return text + "\n" + table.render(console().width);
}

std::string chart(const TrainingResult& result) {
  if (result.history.epochs.size() < 2) return "";
  report::TerminalChartOptions options;
  options.title = "loss";
  options.x_title = "epoch";
  options.width = std::min(console().width, kChartWidth);
  options.height = 12;
  options.colour = console().colour;
  options.unicode = console().unicode;
  return "\n" + report::terminal_chart(report::history_curves(result.history, &PartFigures::loss), options);
}

std::string end_line(const Experiment& experiment, const TrainingResult& result,
                     const std::string& weights_hash, const std::string& model_path,
                     const std::string& resume) {
  const std::string score = score_name(experiment);
  std::string line = fmt::format(
      "{{\"event\":\"end\",\"stop_reason\":\"{}\",\"epochs\":{},\"steps\":{},\"seconds\":{},\"best_epoch\":{"
      "}",
      name_of(result.stop_reason), result.epochs, result.steps, json_number(result.seconds),
      result.best_epoch);
  if (!result.diverged_at.empty())
    line += ",\"diverged_at\":" +
            nlohmann::json(result.diverged_at).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (!resume.empty()) line += ",\"resume\":" + nlohmann::json(resume).dump();
  line += ",\"train\":" + json_figures(result.train, score);
  if (result.validation) line += ",\"validation\":" + json_figures(*result.validation, score);
  if (result.test) line += ",\"test\":" + json_figures(*result.test, score);
  return line + fmt::format(",\"weights_sha256\":\"{}\",\"model\":{}}}\n", weights_hash,
                            model_path.empty() ? "null" : nlohmann::json(model_path).dump());
}

}  // namespace gradus::cli
