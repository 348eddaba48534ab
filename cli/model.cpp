// gradus model: the group of commands about model files.
#include "cli/model_commands.h"

namespace gradus::cli {

void add_model(CLI::App& program, Outcome& outcome) {
  CLI::App* group = add_command(program, "model", "What is inside a model file, and whether it is right",
                                "gradus model info runs/1/model.safetensors");
  group->require_subcommand(1);
  add_model_info(*group, outcome);
  add_model_verify(*group, outcome);
}

}  // namespace gradus::cli
