// gradus: the command-line program.
#include "cli/processes.h"
#include "cli/program.h"
#include "cli/server_commands.h"

namespace gradus::cli {
namespace {

void add_commands(Command& program, Outcome& outcome) {
  add_train(program, outcome);
  add_evaluate(program, outcome);
  add_predict(program, outcome);
  add_check(program, outcome);
  add_descend(program, outcome);
  add_study(program, outcome);
  add_runs(program, outcome);
  add_report(program, outcome);
  add_data(program, outcome);
  add_model(program, outcome);
  list_server_commands(program);
  add_bench(program, outcome);
  add_version(program, outcome);
}

}  // namespace
}  // namespace gradus::cli

int main(int count, char** arguments) {
  using namespace gradus::cli;
  end_in_order();
  if (const std::optional<int> status = run_server(count, arguments)) return *status;
  const int status = run_program(count, arguments, add_commands);
  leave_processes();
  return status;
}
