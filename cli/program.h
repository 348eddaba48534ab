// A program of commands: it parses the command line, runs the command that was chosen, and turns every error into one line
// and an exit status.
#pragma once

#include <exception>
#include <string>

#include "cli/command.h"

namespace gradus::cli {

using AddCommands = void (*)(Command& program, Outcome& outcome);

// From here on whatever nobody can catch (memory that runs out within a destructor or a thread) ends the program with one line and
// the exit status of its cause.
void end_in_order();

// What is said of an error that ends the program, and its exit status. Without text where another process has said it.
struct LastWords {
  std::string text;
  int status = kBug;
};
[[nodiscard]] LastWords last_words(const std::exception& error);

// All of main(). The command `help` and the page of the whole program come with it. Returns the exit status.
[[nodiscard]] int run_program(int count, char** arguments, AddCommands add_commands);

}  // namespace gradus::cli
