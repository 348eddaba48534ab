// What is known about a run: who it is, how it went, what it measured. Plain values; run_store.h keeps them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gradus {

// How a run ended, if it has.
enum class RunStatus {
  kRunning,
  kFinished,
  kDiverged,
  kFailed,
  kInterrupted,
  kStopped,  // never stored: a running one whose process is gone
};

// running finished diverged failed interrupted stopped
[[nodiscard]] std::string_view name_of(RunStatus status);

// Where a run was made. Nothing of it may change the weights, but for the numerics version and, in the drawing
// of normal numbers, the C library (docs/numerics.md).
struct Environment {
  std::string processor;
  std::string kernels;  // the kernel set
  std::int64_t threads = 0;
  std::string version;  // of gradus
  std::int64_t numerics_version = 0;
  std::string compiler;
  std::string source;  // git's name of the source tree when it was built, "-dirty" with changes; may be empty
  std::string system;
  std::string c_library;

  friend bool operator==(const Environment&, const Environment&) = default;
};

// A measured figure over the steps of a run; both vectors have the same length. Steps count from 1, step 0 is
// before the first.
struct Series {
  std::string name;  // "validation_loss", ...: see run_series.h
  std::vector<std::uint64_t> steps;
  std::vector<double> values;
};

// What the store keeps ready of each series, to sort by. Values that are not finite count for `last` alone.
struct SeriesFigures {
  std::uint64_t count = 0;  // points
  std::optional<double> last;
  std::optional<double> best;  // the maximum where higher_is_better(name), else the minimum
  std::optional<std::uint64_t> best_step;
  std::optional<double> minimum;
  std::optional<double> maximum;
  std::optional<double> final;  // of the weights that were kept, over the whole part
};

// What is known before the first step.
struct RunHeader {
  std::string name;
  std::string study;
  std::string contender;
  std::int64_t replicate = 0;
  std::int64_t seed = 0;
  std::string data;     // as typed: "digits", "houses.csv"
  std::string network;  // "64-128-10"
  std::uint64_t parameters = 0;
  std::uint64_t steps_per_epoch = 0;
  std::string configuration;  // a JSON object with every field
  std::string configuration_hash;
  std::string data_hash;
  Environment environment;
  std::vector<std::string> tags;
  std::string note;
  double started = 0;  // seconds since 1970; 0: now
};

// What is known after the last one.
struct RunOutcome {
  RunStatus status = RunStatus::kFinished;  // neither kRunning nor kStopped
  std::string stop_reason;
  std::uint64_t steps = 0;
  std::uint64_t epochs = 0;
  double seconds = 0;  // training steps alone
  std::string weights_sha256;
  std::string model;  // path of the model file; empty where there is none
  std::string error;  // of a failed run; of a diverged one: where
  std::vector<Series> series;
  std::map<std::string, double> finals;  // by the name of the series: figures of the weights that were kept
};

// A run as it stands in the store.
struct RunRecord {
  std::uint64_t id = 0;
  std::filesystem::path folder;
  std::string name;
  std::string study;
  std::string contender;
  std::int64_t replicate = 0;
  std::int64_t seed = 0;
  std::string data;
  std::string network;
  std::uint64_t parameters = 0;
  std::uint64_t steps_per_epoch = 0;
  RunStatus status = RunStatus::kRunning;
  std::string stop_reason;
  double started = 0;
  std::optional<double> finished;
  std::uint64_t steps = 0;
  std::uint64_t epochs = 0;
  double seconds = 0;
  std::string configuration_hash;
  std::string data_hash;
  std::string weights_sha256;
  std::string model;
  std::string error;
  std::string note;
  std::vector<std::string> tags;  // sorted
};

}  // namespace gradus
