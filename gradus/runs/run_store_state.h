// What a RunStore holds; its functions stand in run_store.cpp (writing) and run_store_read.cpp. Internal to the
// room.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gradus/runs/filter.h"
#include "gradus/runs/run_store.h"
#include "gradus/runs/sqlite.h"

namespace gradus {

// Its functions are called with `mutex` held, the writing ones within a transaction.
struct RunStore::State {
  State(std::filesystem::path folder, internal::Access access, Writers writers = Writers::kOneMachine);

  // Throws Error(kInvalidArgument) where there is none.
  [[nodiscard]] bool has(std::uint64_t id) const;
  void require(std::uint64_t id) const;
  [[nodiscard]] RunFolder new_folder();
  void insert(std::uint64_t id, const RunHeader& header, RunStatus status);
  void update(std::uint64_t id, const RunOutcome& outcome);
  void insert_series(std::uint64_t id, const Series& series, std::optional<double> final);
  [[nodiscard]] std::int64_t environment_id(const Environment& environment);
  [[nodiscard]] std::int64_t series_id(const std::string& name);
  // All series with their numbers, sorted by name.
  [[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> all_series() const;

  [[nodiscard]] std::vector<std::uint64_t> sorted_ids(const internal::Selection& selection,
                                                      std::size_t limit) const;
  // In the order of `ids`, without figures; those that are gone are left out.
  [[nodiscard]] std::vector<RunRow> rows(const std::vector<std::uint64_t>& ids) const;

  // The two ways of rows(), without tags.
  [[nodiscard]] std::vector<RunRow> rows_one_by_one(const std::vector<std::uint64_t>& ids) const;
  [[nodiscard]] std::vector<RunRow> rows_by_sweep(const std::vector<std::uint64_t>& ids) const;

  std::filesystem::path runs;
  std::string process;
  internal::Database database;
  std::mutex mutex;                  // one thread at a time
  std::uint64_t largest_number = 0;  // of the folders that were there when the first run was made
  bool folders_seen = false;
};

}  // namespace gradus
