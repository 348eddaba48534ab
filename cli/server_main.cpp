// gradus-server: the commands of gradus that listen on the network (cli/server_commands.h).
#include "cli/program.h"

namespace gradus::cli {
namespace {

void add_commands(Command& program, Outcome& outcome) {
  add_lab(program, outcome);
  add_serve(program, outcome);
}

}  // namespace
}  // namespace gradus::cli

int main(int count, char** arguments) {
  gradus::cli::end_in_order();
  return gradus::cli::run_program(count, arguments, gradus::cli::add_commands);
}
