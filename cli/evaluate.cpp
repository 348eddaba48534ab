// gradus evaluate: a model on labelled data.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/figures_text.h"
#include "cli/model_commands.h"
#include "cli/run_flags.h"
#include "gradus/report/format_numbers.h"
#include "gradus/train/json_text.h"

namespace gradus::cli {

namespace {

struct EvaluateOptions {
  std::string model;
  std::string data;
  std::string data_folder;
  ImportFlags import;
  bool json = false;
};

std::string json_report(const EvaluateOptions& options, const PartReport& figures, const TargetCoding& target,
                        std::size_t rows) {
  nlohmann::ordered_json line = {
      {"event", "evaluation"}, {"model", options.model}, {"data", options.data}, {"rows", rows}};
  for (const auto& [name, value] : part_metrics(figures, target)) {
    line[name] = std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
  }
  if (target.task == Task::kClassification) {
    line["classes"] = target.classes;
    const ClassificationReport& report = figures.classification;
    for (std::size_t c = 0; c < report.classes; ++c) {
      const auto first = report.confusion.begin() + static_cast<std::ptrdiff_t>(c * report.classes);
      line["confusion"].push_back(
          std::vector<std::size_t>(first, first + static_cast<std::ptrdiff_t>(report.classes)));
    }
  }
  return line.dump() + "\n";
}

int evaluate_command(const EvaluateOptions& options) {
  const Model model = options.import.read(options.model);
  const Table table = load_table(options.data, source_options(options.data_folder));
  const Dataset data = apply(model.transform, model.target, table, true);
  const PartReport figures = part_report(predictions(model, data), data, model.target);
  if (options.json) {
    print(json_report(options, figures, model.target, data.size()));
  } else {
    print(wrapped(
        fmt::format("{} on {}: {} rows\n", options.model, options.data, report::format_count(data.size())),
        2));
    print(part_text(figures, model.target));
  }
  return kDone;
}

}  // namespace

void add_evaluate(Command& program, Outcome& outcome) {
  Command* command = program.add_command("evaluate", "Metrics of a model on labelled data",
                                         "gradus evaluate runs/1/model.safetensors houses.csv");
  const auto options = std::make_shared<EvaluateOptions>();
  command->add_option("MODEL", options->model, "a model file of any format")->required();
  command
      ->add_option("DATA", options->data,
                   "built-in set, .csv, .npz, or folder of X.npy and y.npy or of IDX files")
      ->required();
  add_data_folder(*command, options->data_folder);
  options->import.add_to(*command);
  command->add_flag("--json", options->json, "JSON on standard output");
  command->callback([options, &outcome] { outcome.status = evaluate_command(*options); });
}

}  // namespace gradus::cli
