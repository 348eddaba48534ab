// gradus model convert to C source: its flags, the rows that the ranges come from, and what the numbers cost.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/figures_text.h"
#include "cli/model_commands.h"
#include "cli/run_flags.h"
#include "gradus/core/error.h"
#include "gradus/formats/c_source.h"
#include "gradus/report/format_numbers.h"
#include "gradus/train/experiment.h"

namespace gradus::cli {

namespace {

constexpr std::size_t kFewestCalibrationRows = 16;
constexpr std::size_t kMostCalibrationRows = 4096;
constexpr std::size_t kMostCalibrationValues = 1 << 24;  // wide data take fewer rows

// Of the run: the training part for the ranges, the test part for the loss; or all rows for both.
struct Parts {
  Dataset train;
  Dataset test;
  std::string train_name;
  std::string test_name;
};

bool is_built_in(const std::string& data) {
  return std::ranges::any_of(built_in_sets(), [&](const BuiltIn& set) { return set.name == data; });
}

// Its parts come from the table alone: no path inside a model file is followed.
bool splits_itself(const RunConfig& config) {
  return !config.data.empty() && config.split_order.empty() && part_size_from_text(config.validation) &&
         part_size_from_text(config.test);
}

Parts whole_table(const Model& model, const std::string& data, const CSourceFlags& flags) {
  const Table table = load_table(data, source_options(flags.data_folder));
  const Dataset all = apply(model.transform, model.target, table, true);
  return {.train = all, .test = all, .train_name = "the data", .test_name = "these rows"};
}

Parts parts_of_run(const Model& model, const std::string& source, const CSourceFlags& flags) {
  RunConfig config;
  config.data.clear();
  if (!model.config.empty()) parse_toml(model.config, source, config);
  const std::string data = flags.calibrate.empty() ? config.data : flags.calibrate;
  if (flags.calibrate.empty() && !is_built_in(data)) {
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("converting {}: its data{} are no built-in set; {} takes its ranges from them; name "
                    "them with --calibrate DATA",
                    source, data.empty() ? "" : fmt::format(", {},", data), flags.numbers));
  }
  if (!splits_itself(config)) return whole_table(model, data, flags);
  config.data = data;
  config.initial_weights.clear();
  Experiment experiment = set_up(config, source_options(flags.data_folder));
  const Preparation& made = experiment.data;
  if (made.transform.feature_names() != model.transform.feature_names() ||
      made.target.classes != model.target.classes) {
    throw Error(
        ErrorCode::kBadData,
        fmt::format("converting {}: {} gives other features or classes than the model's; expected the "
                    "data that it was trained on",
                    source, data));
  }
  const bool has_test = !made.test.empty();
  return {.train = made.train,
          .test = has_test ? made.test : made.train,
          .train_name = "the training part",
          .test_name = has_test ? "the test part" : "the training part"};
}

// Raw rows, evenly spread.
std::vector<float> raw_rows(const Dataset& data, std::size_t most) {
  const std::size_t rows = std::min(most, data.size());
  std::vector<float> values;
  values.reserve(rows * data.features->cols);
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t row = data.rows[r * data.size() / rows];
    for (std::size_t c = 0; c < data.features->cols; ++c)
      values.push_back(static_cast<float>(data.features->at(row, c)));
  }
  return values;
}

MatrixView<const float> view(const std::vector<float>& rows, std::size_t cols) {
  return {rows.data(), rows.size() / cols, cols};
}

// Accuracy, or R2 of a regression.
double score(const Predictions& predictions, const Dataset& data, const TargetCoding& target) {
  const PartReport report = part_report(predictions, data, target);
  return target.task == Task::kClassification ? report.classification.accuracy : report.regression.r2;
}

struct Loss {
  std::size_t calibration_rows = 0;
  std::string calibration_name;
  std::size_t rows = 0;
  std::string name;
  double in_float = 0;
  double in_numbers = 0;
};

std::string loss_text(const Loss& loss, const CSourceFlags& flags, const TargetCoding& target) {
  using report::format_count;
  const bool classes = target.task == Task::kClassification;
  const auto text = [&](double value) {
    return classes ? report::format_percent(value, 2) : report::format_fixed(value, 4);
  };
  const double lost = loss.in_float - loss.in_numbers;
  return fmt::format(
      "ranges from {} rows of {}\n{} on {}, {} rows: {} in float, {} in {}: {} {}{}\n",
      format_count(loss.calibration_rows), loss.calibration_name, classes ? "accuracy" : "R2", loss.name,
      format_count(loss.rows), text(loss.in_float), text(loss.in_numbers), flags.numbers,
      lost < 0 ? "gains" : "loses",
      classes ? report::format_fixed(100 * std::abs(lost), 2) : report::format_fixed(std::abs(lost), 4),
      classes ? " points" : "");
}

void print_json(const Model& model, const CSource& source, const Loss& loss, const ConvertPaths& paths,
                CNumbers numbers, const std::vector<std::string>& notes) {
  nlohmann::ordered_json line = {{"event", "convert"},
                                 {"from", paths.from},
                                 {"to", paths.to},
                                 {"notes", notes},
                                 {"numbers", name_of(numbers)},
                                 {"flash_bytes", source.flash_bytes()},
                                 {"ram_bytes", source.ram_bytes()}};
  if (loss.rows > 0) {
    const std::string key = model.target.task == Task::kClassification ? "accuracy" : "r2";
    line["calibration"] = {{"rows", loss.calibration_rows}, {"of", loss.calibration_name}};
    line["test"] = {
        {"rows", loss.rows}, {"of", loss.name}, {key + "_float", loss.in_float}, {key, loss.in_numbers}};
  }
  print_line(line.dump());
}

}  // namespace

void CSourceFlags::add_to(Command& command) {
  const std::string group = "C source (.h, or .c with a header beside it)";
  command
      .add_option(
          "--numbers", numbers,
          "float; double; int8: weights and inputs of layers in 8 bits; fixed: 16 bits, whole numbers "
          "alone [float or double, as the model is]")
      ->type_name("float|double|int8|fixed")
      ->group(group);
  command
      .add_option("--calibrate", calibrate,
                  "data of the run: int8 and fixed take their ranges from its training part and are tried on "
                  "its test part [the run's own, where it is a built-in set]")
      ->type_name("DATA")
      ->group(group);
  command.add_option("--name", name, "what every identifier begins with [from the file's name]")
      ->type_name("NAME")
      ->group(group);
  add_data_folder(command, data_folder);
}

bool CSourceFlags::given() const {
  return !numbers.empty() || !calibrate.empty() || !name.empty();
}

void convert_to_c(const Model& model, const ConvertPaths& paths, const CSourceFlags& flags,
                  std::vector<std::string> notes, bool json) {
  const CNumbers numbers = flags.numbers.empty() ? c_numbers_of(model) : c_numbers_from_name(flags.numbers);
  const std::string name = flags.name.empty() ? c_name_of(paths.to) : flags.name;
  check_c_name(name);
  if (is_double(model) && numbers != CNumbers::kDouble)
    notes.emplace_back("weights rounded from double to float");
  Loss loss;
  const auto make = [&] {
    if (numbers == CNumbers::kFloat || numbers == CNumbers::kDouble) return CSource(model, numbers);
    const Parts parts = parts_of_run(model, paths.from, flags);
    const std::size_t cols = parts.train.features->cols;
    const std::size_t most =
        std::clamp(kMostCalibrationValues / cols, kFewestCalibrationRows, kMostCalibrationRows);
    const std::vector<float> rows = raw_rows(parts.train, most);
    CSource source(model, numbers, view(rows, cols));
    const std::vector<float> tests = raw_rows(parts.test, parts.test.size());
    loss = {.calibration_rows = rows.size() / cols,
            .calibration_name = parts.train_name,
            .rows = parts.test.size(),
            .name = parts.test_name,
            .in_float = score(predictions(model, parts.test), parts.test, model.target),
            .in_numbers = score(source.predictions(view(tests, cols)), parts.test, model.target)};
    return source;
  };
  const CSource source = make();
  save_c_source(paths.to, source, name);
  if (json) {
    print_json(model, source, loss, paths, numbers, notes);
    return;
  }
  for (const std::string& note : notes) print(wrapped(note + "\n", 2));
  print_line(paths.to);
  if (loss.rows > 0) print(wrapped(loss_text(loss, flags, model.target), 2));
  print(fmt::format("flash {} bytes of tables, RAM {} bytes\nself-test: {}\n",
                    report::format_count(source.flash_bytes()), report::format_count(source.ram_bytes()),
                    c_self_test_command(paths.to, name)));
}

}  // namespace gradus::cli
