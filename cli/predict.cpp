// gradus predict: predictions as CSV, for raw data as it came. CSV is read and written part by part: a file may be larger
// than memory.
#include <fmt/format.h>

#include <cmath>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/command.h"
#include "cli/model_commands.h"
#include "cli/out_file.h"
#include "cli/run_flags.h"
#include "cli/signals.h"
#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/data/csv_stream.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/progress_bar.h"
#include "gradus/train/json_text.h"
#include "gradus/train/metrics.h"

namespace gradus::cli {

namespace {

struct PredictOptions {
  std::string model;
  std::string data;
  std::string data_folder;
  std::string out;
  ImportFlags import;
  bool json = false;
};

// RFC 4180: quoted where it holds a separator, a quote or a line break.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

// Predictions as lines of CSV or of JSON.
class PredictionText {
 public:
  PredictionText(const TargetCoding& target, bool json) : target_(target), json_(json) {
    for (const std::string& name : target.classes)
      names_.push_back(json ? nlohmann::json(name).dump() : csv_field(name));
  }

  [[nodiscard]] std::string header() const {
    if (json_) return "";
    std::string text = "prediction";
    if (target_.task == Task::kClassification) {
      for (const std::string& name : target_.classes) text += "," + csv_field("probability_" + name);
    }
    return text + "\n";
  }

  [[nodiscard]] std::string lines(const Predictions& predictions, std::size_t rows_before) const {
    std::string text;
    for (std::size_t row = 0; row < predictions.rows; ++row) {
      if (json_) {
        add_json_line(predictions.view().row(row), rows_before + row, text);
      } else {
        add_csv_line(predictions.view().row(row), text);
      }
    }
    return text;
  }

 private:
  void add_csv_line(std::span<const double> values, std::string& text) const {
    const auto end = std::back_inserter(text);
    if (target_.task == Task::kRegression) {
      fmt::format_to(end, "{}\n", values[0]);
      return;
    }
    text += names_[argmax(values)];
    for (const double value : values) fmt::format_to(end, ",{}", value);
    text += '\n';
  }

  // Rows are counted from 0.
  void add_json_line(std::span<const double> values, std::size_t row, std::string& text) const {
    const auto end = std::back_inserter(text);
    fmt::format_to(end, "{{\"event\":\"prediction\",\"row\":{},\"prediction\":", row);
    if (target_.task == Task::kRegression) {
      text += json_number(values[0]) + "}\n";
      return;
    }
    text += names_[argmax(values)] + ",\"probabilities\":{";
    for (std::size_t c = 0; c < values.size(); ++c)
      fmt::format_to(end, "{}{}:{}", c == 0 ? "" : ",", names_[c], json_number(values[c]));
    text += "}}\n";
  }

  const TargetCoding& target_;
  bool json_;
  std::vector<std::string> names_;  // of classes, as they stand in a line
};

// Standard output, or a file that stands under its name when it is whole.
class Out {
 public:
  explicit Out(const std::string& path) {
    if (!path.empty()) file_.emplace(path);
  }
  void write(std::string_view text) {
    if (file_) {
      file_->write(text);
    } else {
      print(text);
    }
  }
  void finish() {
    if (file_) file_->commit();
  }

 private:
  std::optional<AtomicFile> file_;
};

// NaN is no prediction: the sums of a network whose training diverged overflow.
void check_finite(const PredictOptions& options, const Predictions& predictions, std::size_t rows_before) {
  for (std::size_t row = 0; row < predictions.rows; ++row) {
    for (const double value : predictions.view().row(row)) {
      if (std::isfinite(value)) continue;
      throw Error(
          ErrorCode::kBadData,
          fmt::format("predicting {} with {}: row {} gives no finite number; expected inputs like those "
                      "of training and a training that did not diverge",
                      options.data, options.model, rows_before + row + 1));
    }
  }
}

std::string lines_for(const PredictOptions& options, const Model& model, const Table& table,
                      const PredictionText& text) {
  const Predictions made = predictions(model, apply(model.transform, model.target, table, false));
  check_finite(options, made, table.rows_before);
  return text.lines(made, table.rows_before);
}

// False where somebody interrupted it.
bool predict_stream(const PredictOptions& options, const Model& model, InputFile file,
                    const PredictionText& text, Out& out) {
  // Lines of predictions and a bar would mix on one terminal.
  const bool shown = console().progress && (!options.out.empty() || !console().terminal);
  report::ProgressBar bar(std::cerr, {.is_terminal = shown, .unicode = console().unicode});
  CsvStream stream(file);
  Table part;
  for (bool first = true; stream.next(part); first = false) {
    if (interrupted()) return false;
    const std::string lines = lines_for(options, model, part, text);
    if (first) out.write(text.header());
    out.write(lines);
    const double size = static_cast<double>(file.size());
    if (size > 0) {
      bar.update({.label = file.name(),
                  .fraction = static_cast<double>(stream.bytes()) / size,
                  .rate = report::format_count(part.rows_before + part.rows) + " rows"});
    }
  }
  return true;
}

int predict_command(const PredictOptions& options) {
  const Model model = options.import.read(options.model);
  const PredictionText text(model.target, options.json);
  refuse_input_as_out(options.out, {options.model, options.data});
  if (!options.out.empty()) end_politely();
  Out out(options.out);
  if (options.data == "-") {
    if (!predict_stream(options, model, InputFile::standard_input(), text, out)) return kInterrupted;
  } else if (is_csv_file(options.data)) {
    if (!predict_stream(options, model, InputFile(options.data), text, out)) return kInterrupted;
  } else {
    const Table table = load_table(options.data, source_options(options.data_folder));
    const std::string lines = lines_for(options, model, table, text);
    out.write(text.header() + lines);
  }
  out.finish();
  return kDone;
}

}  // namespace

void add_predict(Command& program, Outcome& outcome) {
  Command* command =
      program.add_command("predict", "Predictions as CSV, for raw data as it came",
                          "gradus predict runs/1/model.safetensors new-houses.csv --out prices.csv");
  const auto options = std::make_shared<PredictOptions>();
  command->add_option("MODEL", options->model, "a model file of any format")->required();
  command
      ->add_option("DATA", options->data,
                   "built-in set, .csv of any length (-: from standard input), .npz, or folder of X.npy and "
                   "y.npy or of "
                   "IDX files; a target column is not needed")
      ->required();
  command->add_option("--out", options->out, "write here instead of to standard output")->type_name("FILE");
  add_data_folder(*command, options->data_folder);
  options->import.add_to(*command);
  command->add_flag("--json", options->json, "JSON lines instead of CSV");
  command->callback([options, &outcome] { outcome.status = predict_command(*options); });
}

}  // namespace gradus::cli
