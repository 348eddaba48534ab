// The commands of `gradus runs`; runs.cpp adds them to the program.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gradus/runs/run_query.h"

namespace gradus::cli {

struct RunsOptions {
  std::string runs = "runs";
  std::vector<std::uint64_t> ids;
  RunQuery query;
  std::string data_folder;
  bool json = false;
};

// Each returns an exit status.
int list_runs(const RunsOptions& options);
int show_run(const RunsOptions& options);
int compare_runs(const RunsOptions& options);
int reproduce_run(const RunsOptions& options);

}  // namespace gradus::cli
