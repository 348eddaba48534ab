// gradus predict: predictions as CSV, for raw data as it came.
#include <fmt/format.h>

#include <memory>

#include "cli/command.h"
#include "cli/run_flags.h"
#include "gradus/core/files.h"
#include "gradus/formats/model.h"
#include "gradus/train/metrics.h"

namespace gradus::cli {

namespace {

struct PredictOptions {
  std::string model;
  std::string data;
  std::string data_folder;
  std::string out;
};

// RFC 4180: quoted where it holds a separator, a quote or a line break.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string to_csv(const Predictions& predictions, const TargetCoding& target) {
  std::string text = "prediction";
  if (target.task == Task::kClassification) {
    for (const std::string& name : target.classes) text += "," + csv_field("probability_" + name);
  }
  text += "\n";
  const MatrixView<const double> view = predictions.view();
  for (std::size_t row = 0; row < predictions.rows; ++row) {
    const std::span<const double> values = view.row(row);
    if (target.task == Task::kRegression) {
      text += fmt::format("{}\n", values[0]);
      continue;
    }
    text += csv_field(target.classes[argmax(values)]);
    for (const double value : values) text += fmt::format(",{}", value);
    text += "\n";
  }
  return text;
}

int predict_command(const PredictOptions& options) {
  const Model model = load_model(options.model);
  const Table table = load_table(options.data, source_options(options.data_folder));
  const Dataset data = apply(model.transform, model.target, table, false);
  const std::string text = to_csv(predictions(model, data), model.target);
  if (options.out.empty()) {
    print(text);
  } else {
    write_file_atomically(options.out, text);
  }
  return kDone;
}

}  // namespace

void add_predict(CLI::App& program, Outcome& outcome) {
  CLI::App* command = add_command(program, "predict", "Predictions as CSV, for raw data as it came",
                                  "gradus predict runs/1/model.safetensors new-houses.csv --out prices.csv");
  const auto options = std::make_shared<PredictOptions>();
  command->add_option("MODEL", options->model, "a .safetensors file that gradus has written")->required();
  command
      ->add_option("DATA", options->data,
                   "built-in set, .csv, .npz or folder of IDX files; a target column is not needed")
      ->required();
  command->add_option("--out", options->out, "write here instead of to standard output")->type_name("FILE");
  add_data_folder(*command, options->data_folder);
  command->callback([options, &outcome] { outcome.status = predict_command(*options); });
}

}  // namespace gradus::cli
