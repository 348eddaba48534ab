// `gradus lab` and `gradus serve` are a program of their own, gradus-server, beside `gradus`: the libraries behind them (HTTP,
// encryption, compression) would double the time in which every other command starts.
#pragma once

#include <optional>

#include "cli/command.h"

namespace gradus::cli {

inline constexpr const char* kLabSummary = "The local page: start, watch, compare and understand trainings";
inline constexpr const char* kServeSummary =
    "Predictions over HTTP: the Open Inference Protocol v2, and records with names of columns";

// Their lines in the help of the whole program.
void list_server_commands(Command& program);

// Becomes gradus-server where the command line asks for one of its commands or for its help; then it does not return, but for the
// exit status where gradus-server is not there. Nothing where another command is asked for.
[[nodiscard]] std::optional<int> run_server(int count, char** arguments);

}  // namespace gradus::cli
