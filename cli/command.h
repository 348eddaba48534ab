// What the commands share. One file per command: it adds its flags to the program and, when chosen, does its
// work and returns an exit status. Parse, call the library, print.
#pragma once

#include "cli/console.h"
#include "cli/flags.h"

namespace gradus::cli {

enum ExitStatus : int {
  kDone = 0,
  kCheckFailed = 1,  // a check or verification failed, a training diverged
  kUserMistake = 2,  // flags, configuration, data
  kEnvironment = 3,  // file, disk, network
  kBug = 4,
  kInterrupted = 130
};

// Set by the chosen command's callback.
struct Outcome {
  int status = kDone;
};

void add_train(Command& program, Outcome& outcome);
void add_evaluate(Command& program, Outcome& outcome);
void add_predict(Command& program, Outcome& outcome);
void add_check(Command& program, Outcome& outcome);
void add_descend(Command& program, Outcome& outcome);
void add_runs(Command& program, Outcome& outcome);
void add_study(Command& program, Outcome& outcome);
void add_report(Command& program, Outcome& outcome);
void add_data(Command& program, Outcome& outcome);
void add_model(Command& program, Outcome& outcome);
void add_lab(Command& program, Outcome& outcome);
void add_serve(Command& program, Outcome& outcome);
void add_bench(Command& program, Outcome& outcome);
void add_version(Command& program, Outcome& outcome);

}  // namespace gradus::cli
