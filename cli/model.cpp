// gradus model: the group of commands about model files.
#include <fmt/format.h>

#include "cli/model_commands.h"
#include "gradus/formats/model_file.h"
#include "gradus/nn/activation.h"

namespace gradus::cli {

void ImportFlags::add_to(Command& command) {
  const std::string group = "Weights of another program";
  command
      .add_option(
          "--activation", activations_,
          "between its layers with weights, one for all or one for each place [relu, or as its graph says]")
      ->delimiter(',')
      ->type_name("A,B,...")
      ->group(group);
  command
      .add_option("--loss", loss_,
                  "that it was trained with [softmax_cross_entropy; of one output mean_squared_error]")
      ->type_name("NAME")
      ->group(group);
  command.add_option("--classes", classes_, "in the order of its outputs [0,1,...]")
      ->delimiter(',')
      ->type_name("A,B,...")
      ->group(group);
}

ImportOptions ImportFlags::options() const {
  ImportOptions options;
  for (const std::string& name : activations_) options.activations.push_back(activation_from_name(name));
  if (!loss_.empty()) options.loss = loss_from_name(loss_);
  options.classes = classes_;
  return options;
}

Model ImportFlags::read(const std::string& path) const {
  std::vector<std::string> notes;
  Model model = read_model(path, options(), notes);
  for (const std::string& note : notes) print_error(fmt::format("gradus: {}: {}", path, note));
  return model;
}

void add_model(Command& program, Outcome& outcome) {
  Command* group = program.add_command("model", "What is inside a model file, and whether it is right",
                                       "gradus model info runs/1/model.safetensors");
  group->require_command();
  add_model_info(*group, outcome);
  add_model_convert(*group, outcome);
  add_model_verify(*group, outcome);
}

}  // namespace gradus::cli
