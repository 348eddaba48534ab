// A fold of a cross-validation as an ordinary configuration: a file with the order of the rows, the fold's last.
// Internal to the room.
#pragma once

#include <cstddef>
#include <filesystem>

#include "gradus/train/experiment.h"

namespace gradus::study {

// The test part of `config` becomes the rows that the fold holds back. The file lies under `runs`/folds and is named
// after its content. Throws Error(kBadConfiguration) for data with a test part of their own, and like set_up().
void hold_back_fold(RunConfig& config, std::size_t folds, std::size_t fold, const SourceOptions& source,
                    TableCache& tables, const std::filesystem::path& runs);

}  // namespace gradus::study
