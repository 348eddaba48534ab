// [base], [vary] and [[variant]] as contenders. Internal to the room.
#pragma once

#include <filesystem>
#include <string>

#include "gradus/study/study.h"

namespace gradus::study::internal {

class TomlTable;

constexpr std::size_t kMostRuns = 100'000;

// Reads [base] into study.base.
void read_base(const TomlTable& top, const std::filesystem::path& folder, Study& study);

// Makes study.contenders and study.varied; study.mode, seed, base and replicates stand. Throws
// Error(kBadConfiguration).
void read_contenders(const TomlTable& top, const std::filesystem::path& folder, Study& study);

}  // namespace gradus::study::internal
