// gradus model verify: the golden vectors of a model file against this program.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/model_commands.h"
#include "gradus/formats/model_file.h"
#include "gradus/train/json_text.h"

namespace gradus::cli {

namespace {

struct VerifyOptions {
  std::string model;
  bool json = false;
};

std::string verdict(const StageCheck& stage) {
  if (stage.largest_difference == 0) return "the same bits";
  if (stage.held)
    return fmt::format("within {:.2g} of up to {:.3g}", stage.largest_difference, stage.largest);
  return fmt::format("differs by {:.3g}: row {}, unit {} is {:.9g}; expected {:.9g}",
                     stage.largest_difference, stage.row, stage.unit, stage.actual, stage.expected);
}

std::string to_json_line(const VerifyOptions& options, const GoldenCheck& check) {
  const StageCheck* first = check.first_difference();
  std::string stages;
  for (const StageCheck& stage : check.stages) {
    stages += fmt::format("{}{{\"stage\":{},\"held\":{},\"largest_difference\":{},\"largest\":{}}}",
                          stages.empty() ? "" : ",", nlohmann::json(stage.name).dump(), stage.held,
                          json_number(stage.largest_difference), json_number(stage.largest));
  }
  return fmt::format(
      "{{\"event\":\"verify\",\"model\":{},\"golden_rows\":{},\"held\":{},\"first_difference\":{},\"stages\":"
      "[{}]}}",
      nlohmann::json(options.model).dump(), check.rows, check.rows > 0 && first == nullptr,
      first == nullptr ? "null" : nlohmann::json(first->name).dump(), stages);
}

int verify_command(const VerifyOptions& options) {
  std::vector<std::string> notes;
  const GoldenCheck check = check_golden(read_model(options.model, {}, notes), options.model);
  if (options.json) {
    print_line(to_json_line(options, check));
  } else {
    print(golden_text(check));
  }
  return check.rows > 0 && check.first_difference() == nullptr ? kDone : kCheckFailed;
}

}  // namespace

std::string golden_text(const GoldenCheck& check) {
  if (check.rows == 0) return "no golden vectors: the file is older than them, or another program's\n";
  std::size_t width = 0;
  for (const StageCheck& stage : check.stages) width = std::max(width, stage.name.size());
  std::string text;
  for (const StageCheck& stage : check.stages)
    text += fmt::format("{:<{}}  {}\n", stage.name, width, verdict(stage));
  const StageCheck* first = check.first_difference();
  return text + (first == nullptr ? fmt::format("verified: {} golden rows hold\n", check.rows)
                                  : fmt::format("not verified: {} is the first to differ\n", first->name));
}

void add_model_verify(Command& group, Outcome& outcome) {
  Command* verify =
      group.add_command("verify",
                        "Runs the golden vectors inside a model file: all hold, or the first layer "
                        "that differs is named (exit 1)",
                        "gradus model verify runs/1/model.safetensors");
  const auto options = std::make_shared<VerifyOptions>();
  verify->add_option("MODEL", options->model, "a model file of any format")->required();
  verify->add_flag("--json", options->json, "JSON on standard output");
  verify->callback([options, &outcome] { outcome.status = verify_command(*options); });
}

}  // namespace gradus::cli
