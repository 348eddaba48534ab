// gradus model info: what is inside a model file.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/model_commands.h"
#include "gradus/formats/model_file.h"
#include "gradus/report/format_numbers.h"

namespace gradus::cli {

namespace {

struct InfoOptions {
  std::string model;
  ImportFlags import;
  bool json = false;
};

constexpr int kTextColumn = 11;

void print_info(const InfoOptions& options, const Model& model) {
  const TargetCoding& target = model.target;
  print(fmt::format("{}\n\n{}\n", options.model, summary(model.network, model.transform.ones_column)));
  print(wrapped(fmt::format("task       {} of {}\n", name_of(target.task), target.name), kTextColumn));
  if (target.task == Task::kClassification)
    print(wrapped(fmt::format("classes    {}\n", fmt::join(target.classes, ", ")), kTextColumn));
  print(
      wrapped(fmt::format("inputs     {}\n", fmt::join(model.transform.feature_names(), ", ")), kTextColumn));
  print(fmt::format("scaling    {}\nloss       {}\nprecision  {}\nnumerics   version {}\nsha256     {}\n",
                    name_of(model.transform.scaling), name_of(model.loss.kind),
                    is_double(model) ? "double" : "float", model.numerics_version, weights_sha256(model)));
  if (!model.data_sha256.empty())
    print(wrapped(fmt::format("data       {}\n", model.data_sha256), kTextColumn));
  print(fmt::format("golden     {}\n", model.golden.empty() ? "no rows to verify it with"
                                                            : fmt::format("{} rows for gradus model verify",
                                                                          model.golden.rows())));
  for (const auto& [name, value] : model.metrics)
    print(wrapped(fmt::format("{:<20}  {}\n", name, report::format_significant(value, 6)), kTextColumn));
}

void print_json(const InfoOptions& options, const Model& model) {
  nlohmann::ordered_json line = {{"event", "model"},
                                 {"model", options.model},
                                 {"parameters", parameter_table(model.network).count},
                                 {"task", name_of(model.target.task)},
                                 {"target", model.target.name},
                                 {"classes", model.target.classes},
                                 {"features", model.transform.feature_names()},
                                 {"loss", name_of(model.loss.kind)},
                                 {"precision", is_double(model) ? "double" : "float"},
                                 {"numerics_version", model.numerics_version},
                                 {"metrics", model.metrics},
                                 {"golden_rows", model.golden.rows()},
                                 {"data_sha256", model.data_sha256},
                                 {"weights_sha256", weights_sha256(model)}};
  print_line(line.dump());
}

}  // namespace

void add_model_info(Command& group, Outcome& outcome) {
  Command* info = group.add_command("info", "Layers, parameters, inputs, classes and figures of a model",
                                    "gradus model info runs/1/model.safetensors");
  const auto options = std::make_shared<InfoOptions>();
  info->add_option("MODEL", options->model, "a model file of any format")->required();
  options->import.add_to(*info);
  info->add_flag("--json", options->json, "JSON on standard output");
  info->callback([options, &outcome] {
    std::vector<std::string> notes;
    const Model model = read_model(options->model, options->import.options(), notes);
    if (options->json) {
      print_json(*options, model);
    } else {
      print_info(*options, model);
    }
    outcome.status = kDone;
  });
}

}  // namespace gradus::cli
