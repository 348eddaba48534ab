// What makes two runs the same: the configuration, the data, the build.
#pragma once

#include <string>
#include <string_view>

#include "gradus/data/dataset.h"
#include "gradus/runs/run_record.h"
#include "gradus/train/experiment.h"
#include "gradus/train/run_config.h"

namespace gradus {

// 64 hexadecimal digits: SHA-256 of what decides the weights besides the data, which is the resolved
// configuration without `threads`, `data` and `split_order`, the content of a file of initial weights in place of its path,
// and the numerics version. Throws Error where that file cannot be read.
[[nodiscard]] std::string configuration_hash(const RunConfig& config);

// 64 hexadecimal digits: SHA-256 of the features, and of rows, targets and weights of each part. Features
// are hashed once per process, in blocks of 1 MiB that are shared out to threads; of more than 256 MiB evenly
// spaced blocks of that much in all.
[[nodiscard]] std::string data_hash(const Preparation& data);

// Of this process.
[[nodiscard]] Environment this_environment(std::int64_t threads);

// The header of a run that is set up: everything but name, study and its contender, tags and note.
[[nodiscard]] RunHeader header_of(const Experiment& experiment);

// Back from to_json(config). Throws Error(kBadData) naming `source`.
[[nodiscard]] RunConfig config_from_json(std::string_view text, const std::string& source);

}  // namespace gradus
