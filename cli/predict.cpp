// gradus predict: predictions as CSV, for raw data as it came.
#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/json_text.h"
#include "cli/run_flags.h"
#include "gradus/core/error.h"
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
  bool json = false;
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

// One JSON line per row of the data, rows counted from 0.
std::string to_json_lines(const Predictions& predictions, const TargetCoding& target) {
  std::vector<std::string> names;
  for (const std::string& name : target.classes) names.push_back(nlohmann::json(name).dump());
  std::string text;
  for (std::size_t row = 0; row < predictions.rows; ++row) {
    const std::span<const double> values = predictions.view().row(row);
    text += fmt::format("{{\"event\":\"prediction\",\"row\":{},\"prediction\":", row);
    if (target.task == Task::kRegression) {
      text += json_number(values[0]) + "}\n";
      continue;
    }
    text += names[argmax(values)] + ",\"probabilities\":{";
    for (std::size_t c = 0; c < values.size(); ++c)
      text += fmt::format("{}{}:{}", c == 0 ? "" : ",", names[c], json_number(values[c]));
    text += "}}\n";
  }
  return text;
}

// NaN is no prediction: the sums of a network whose training diverged overflow.
void check_finite(const PredictOptions& options, const Predictions& predictions) {
  for (std::size_t row = 0; row < predictions.rows; ++row) {
    for (const double value : predictions.view().row(row)) {
      if (std::isfinite(value)) continue;
      throw Error(
          ErrorCode::kBadData,
          fmt::format("predicting {} with {}: row {} gives no finite number; expected inputs like those "
                      "of training and a training that did not diverge",
                      options.data, options.model, row + 1));
    }
  }
}

int predict_command(const PredictOptions& options) {
  const Model model = load_model(options.model);
  const Table table = load_table(options.data, source_options(options.data_folder));
  const Dataset data = apply(model.transform, model.target, table, false);
  const Predictions made = predictions(model, data);
  check_finite(options, made);
  const std::string text = options.json ? to_json_lines(made, model.target) : to_csv(made, model.target);
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
                   "built-in set, .csv, .npz, or folder of X.npy and y.npy or of IDX files; a target column "
                   "is not needed")
      ->required();
  command->add_option("--out", options->out, "write here instead of to standard output")->type_name("FILE");
  add_data_folder(*command, options->data_folder);
  command->add_flag("--json", options->json, "JSON lines instead of CSV");
  command->callback([options, &outcome] { outcome.status = predict_command(*options); });
}

}  // namespace gradus::cli
