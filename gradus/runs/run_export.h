// Runs as files for other programs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/runs/run_store.h"

namespace gradus {

// csv: runs.csv, a row per run with its figures and configuration, and series.csv with the columns run, series,
// step, epoch, value. tensorboard: a folder per run, "12" or "12-name", with an event file. `folder` is made; files
// of the same names are replaced. Returns the files. Throws Error(kInvalidArgument) for an id that is not there,
// before anything is written.
[[nodiscard]] std::vector<std::filesystem::path> export_csv(const RunStore& store,
                                                            std::span<const std::uint64_t> ids,
                                                            const std::filesystem::path& folder);
[[nodiscard]] std::vector<std::filesystem::path> export_tensorboard(const RunStore& store,
                                                                    std::span<const std::uint64_t> ids,
                                                                    const std::filesystem::path& folder);

// The same tables as text. Throws Error(kInvalidArgument) where the curves have more points than `most`.
[[nodiscard]] std::string runs_csv(const RunStore& store, std::span<const std::uint64_t> ids);
[[nodiscard]] std::string series_csv(const RunStore& store, std::span<const std::uint64_t> ids,
                                     std::size_t most = std::numeric_limits<std::size_t>::max());

// A cell of CSV. Text that a spreadsheet would take for a formula is preceded by an apostrophe.
[[nodiscard]] std::string csv_cell(std::string_view text);

}  // namespace gradus
