// gradus check: gradients against central differences, for every operation or for one network on real data.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/model_commands.h"
#include "cli/run_flags.h"
#include "cli/signals.h"
#include "gradus/core/error.h"
#include "gradus/nn/gradient_check.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/text_table.h"
#include "gradus/train/check_problem.h"
#include "gradus/train/experiment.h"
#include "gradus/train/json_text.h"

namespace gradus::cli {

namespace {

struct CheckOptions {
  std::string subject;  // model or configuration; empty: every operation
  std::string data;
  std::string data_folder;
  ImportFlags import;
  std::size_t rows = 32;
  std::size_t entries = 200;
  bool json = false;
};

std::string place(const GradientCheckEntry& entry) {
  return fmt::format("{}[{},{}]", entry.tensor, entry.row, entry.col);
}

std::string json_line(const GradientCheckResult& result) {
  nlohmann::ordered_json line = {{"event", "gradient_check"},   {"name", result.name},
                                 {"sizes", result.sizes},       {"step", result.step},
                                 {"checked", result.checked},   {"kinks", result.kinks},
                                 {"worst", place(result.worst)}};
  return line.dump().substr(0, line.dump().size() - 1) +
         fmt::format(",\"analytic\":{},\"numeric\":{},\"relative_error\":{},\"bound\":{},\"passed\":{}}}",
                     json_number(result.worst.analytic), json_number(result.worst.numeric),
                     json_number(result.worst.relative_error), json_number(result.bound), result.passed());
}

const std::vector<report::Column>& columns(std::size_t name_width) {
  using report::Align;
  static const std::vector<report::Column> table = {{"operation", Align::kLeft, static_cast<int>(name_width)},
                                                    {"sizes", Align::kLeft, 20},
                                                    {"step", Align::kRight, 7},
                                                    {"entries", Align::kRight, 7},
                                                    {"kinks", Align::kRight, 5},
                                                    {"worst error", Align::kRight, 11},
                                                    {"at", Align::kLeft, 14},
                                                    {"analytic", Align::kRight, 12},
                                                    {"numeric", Align::kRight, 12},
                                                    {"verdict", Align::kLeft, 7}};
  return table;
}

std::string row(const GradientCheckResult& result, std::size_t name_width) {
  using report::format_significant;
  return report::row_line(
      columns(name_width),
      std::vector<std::string>{
          result.name, result.sizes, format_significant(result.step, 2), fmt::format("{}", result.checked),
          fmt::format("{}", result.kinks), format_significant(result.worst.relative_error, 2),
          place(result.worst), format_significant(result.worst.analytic, 6),
          format_significant(result.worst.numeric, 6), result.passed() ? "right" : "WRONG"});
}

// For a terminal that is too narrow for the table: two lines.
std::string two_lines(const GradientCheckResult& result) {
  using report::format_significant;
  return wrapped(fmt::format("{}\n", result.name), 4) +
         wrapped(fmt::format(
                     "  {}: worst error {} at {}, analytic {}, numeric {}; {}; step {}; {} entries, {} at a "
                     "kink\n",
                     result.passed() ? "right" : "WRONG", format_significant(result.worst.relative_error, 2),
                     place(result.worst), format_significant(result.worst.analytic, 6),
                     format_significant(result.worst.numeric, 6), result.sizes,
                     format_significant(result.step, 2), result.checked, result.kinks),
                 4);
}

// Prints each row as it is known and counts the failures.
class Rows {
 public:
  Rows(bool json, std::size_t name_width) : json_(json), name_width_(name_width) {
    const std::string header = report::header_line(columns(name_width_));
    table_ = !console().terminal || header.size() <= static_cast<std::size_t>(console().width);
    if (!json_ && table_) print(header);
  }

  void add(const GradientCheckResult& result) {
    ++rows_;
    failures_ += result.passed() ? 0 : 1;
    kinks_ += result.kinks;
    print(json_ ? json_line(result) + "\n" : table_ ? row(result, name_width_) : two_lines(result));
  }

  [[nodiscard]] int finish() const {
    if (!json_) {
      print(
          fmt::format("\n{} of {} right; every entry within {} of the largest of its tensor, central "
                      "differences in double\n",
                      rows_ - failures_, rows_, kGradientCheckBound));
      if (kinks_ > 0)
        print(fmt::format("{} entries lie at a kink, where the probes change side: shown, not judged\n",
                          kinks_));
    }
    return failures_ == 0 ? kDone : kCheckFailed;
  }

 private:
  bool json_;
  bool table_ = true;
  std::size_t name_width_;
  std::size_t rows_ = 0;
  std::size_t failures_ = 0;
  std::size_t kinks_ = 0;
};

int check_operations(const CheckOptions& options) {
  end_politely();
  const std::vector<GradientCheckCase> cases = gradient_check_cases();
  std::size_t width = 9;
  for (const GradientCheckCase& one : cases) width = std::max(width, one.name.size());
  Rows rows(options.json, width);
  for (const GradientCheckCase& one : cases) {
    if (interrupted()) return kInterrupted;
    rows.add(check_gradient(one.name, one.make()));
  }
  return rows.finish();
}

int judge(const CheckOptions& options, const GradientCheckProblem& problem) {
  Rows rows(options.json, options.subject.size());
  rows.add(check_gradient(options.subject, problem, own_gradient(), options.entries));
  return rows.finish();
}

int check_config(const CheckOptions& options) {
  RunConfig config;
  read_toml(options.subject, config);
  if (!options.data.empty()) config.data = options.data;
  Experiment experiment = set_up(config, source_options(options.data_folder));
  return judge(options, check_problem(experiment, options.rows));
}

int check_model(const CheckOptions& options) {
  const Model model = options.import.read(options.subject);
  if (options.data.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                "checking a model: no data named; expected --data with labelled data for it");
  }
  const Table table = load_table(options.data, source_options(options.data_folder));
  const Dataset data = apply(model.transform, model.target, table, true);
  GradientCheckProblem problem =
      check_problem(model.network, model.loss, {}, data, model.transform, options.rows);
  std::visit([&](const auto& block) { problem.parameters.assign(block.span().begin(), block.span().end()); },
             model.parameters);
  return judge(options, problem);
}

int check_command(const CheckOptions& options) {
  const bool config = options.subject.ends_with(".toml");
  if (!config && !options.subject.empty()) return check_model(options);
  if (!options.import.options().empty()) {
    throw Error(
        ErrorCode::kInvalidArgument,
        "checking: --activation, --loss or --classes came without weights of another program; they say "
        "what its file does not");
  }
  return config ? check_config(options) : check_operations(options);
}

}  // namespace

void add_check(Command& program, Outcome& outcome) {
  Command* command =
      program.add_command("check", "Gradient check: every operation, or one network on real data",
                          "gradus check\n  gradus check studies/radboud/deep.toml --data digits");
  const auto options = std::make_shared<CheckOptions>();
  command->add_option("SUBJECT", options->subject,
                      "a configuration (.toml) or a model; without it every operation is checked");
  command->add_option("--data", options->data, "data for it [the configuration's own]")->type_name("DATA");
  command->add_option("--rows", options->rows, "rows of the batch [32]")
      ->type_name("N")
      ->check(whole_number(1, 100000));
  command
      ->add_option("--entries", options->entries,
                   "entries checked in each tensor, spread evenly; 0: all [200]")
      ->type_name("N")
      ->check(whole_number(0, 1000000000));
  add_data_folder(*command, options->data_folder);
  options->import.add_to(*command);
  command->add_flag("--json", options->json, "JSON lines on standard output");
  command->callback([options, &outcome] { outcome.status = check_command(*options); });
}

}  // namespace gradus::cli
