// The part of the lab that shows the store: the list, one run, curves, what differs, verdicts; tags, notes, deletion.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <unordered_map>

#include "gradus/runs/run_store.h"
#include "gradus/server/routes.h"

namespace gradus::server {

// Any number of threads ask it at once. It must outlive the routes that it adds.
class LabRuns {
 public:
  // The store is made where there is none.
  explicit LabRuns(const std::filesystem::path& runs) : store_(RunStore::open(runs)) {}

  void add_routes(Routes& routes);

 private:
  // Runs with the same number are repetitions that differ in their seed alone.
  [[nodiscard]] std::size_t group_of(std::uint64_t run);
  [[nodiscard]] HttpResponse groups();

  RunStore store_;
  std::mutex mutex_;  // of what follows; a configuration never changes and no id is used twice
  std::unordered_map<std::uint64_t, std::size_t> group_of_run_;
  std::unordered_map<std::string, std::size_t> group_of_configuration_;
};

}  // namespace gradus::server
