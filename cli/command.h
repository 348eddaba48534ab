// What the commands share. One file per command: it adds its flags to the program and, when chosen, does its
// work and returns an exit status. Parse, call the library, print.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>
#include <string>

#include "cli/console.h"

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

void add_train(CLI::App& program, Outcome& outcome);
void add_evaluate(CLI::App& program, Outcome& outcome);
void add_predict(CLI::App& program, Outcome& outcome);
void add_check(CLI::App& program, Outcome& outcome);
void add_descend(CLI::App& program, Outcome& outcome);
void add_runs(CLI::App& program, Outcome& outcome);
void add_study(CLI::App& program, Outcome& outcome);
void add_report(CLI::App& program, Outcome& outcome);
void add_data(CLI::App& program, Outcome& outcome);
void add_model(CLI::App& program, Outcome& outcome);
void add_bench(CLI::App& program, Outcome& outcome);
void add_version(CLI::App& program, Outcome& outcome);

// A subcommand with its description and, under the flags, an example.
CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& example);

// What a flag's text must be, with a message that says it.
CLI::Validator whole_number(std::int64_t low, std::int64_t high);
CLI::Validator number_above(double low, double high = std::numeric_limits<double>::max());

}  // namespace gradus::cli
