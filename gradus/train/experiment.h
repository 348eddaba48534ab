// From a configuration to a run that is ready: tables loaded, parts made, plan decided.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "gradus/data/dataset.h"
#include "gradus/data/source.h"
#include "gradus/train/plan.h"
#include "gradus/train/streams.h"

namespace gradus {

// What train() takes, all of it decided.
struct Experiment {
  Preparation data;
  Plan plan;
  Streams streams;
  std::vector<std::string> notes;  // what reading the source decided
};

// Tables that several runs train on, read once. Any number of threads may ask; tables live as long as it.
class TableCache {
 public:
  [[nodiscard]] const Table& get(const std::string& name, const SourceOptions& options);

 private:
  using Key = std::tuple<std::string, std::filesystem::path, std::uint64_t, std::size_t, std::size_t>;
  std::mutex mutex_;
  std::map<Key, std::unique_ptr<const Table>> tables_;
};

// Everything that can be wrong with configuration and data is found here, before any work. Throws
// gradus::Error.
[[nodiscard]] Experiment set_up(const RunConfig& config, const SourceOptions& source);
[[nodiscard]] Experiment set_up(const RunConfig& config, const SourceOptions& source, TableCache& tables);
// On a table in memory, whatever config.data says.
[[nodiscard]] Experiment set_up(const RunConfig& config, const SourceOptions& source, const Table& table);

// accuracy, or r2 of a regression
[[nodiscard]] std::string score_name(const Experiment& experiment);

}  // namespace gradus
