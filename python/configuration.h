// A run's configuration and where data lie, out of Python's keywords.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>
#include <string>

#include "gradus/data/source.h"
#include "gradus/train/experiment.h"
#include "gradus/train/run_config.h"

namespace gradus::python {

// What `make_experiment` needs, gathered with the interpreter's lock held.
struct RunRequest {
  RunConfig config;
  SourceOptions source;
  const Table* table = nullptr;  // instead of config.data; outlives the request
};

// The TOML file first, where one is named, then the keywords. Throws TypeError for one that is no field.
[[nodiscard]] RunRequest request_of(const std::optional<std::string>& file, const nanobind::dict& fields,
                                    const Table* table, const std::string& data_folder);

[[nodiscard]] Experiment make_experiment(const RunRequest& request);

}  // namespace gradus::python
