// A study: contenders that train on the same seeds, what is measured of them, and what is claimed.
// Plain values; study_file.h reads them, judge.h judges them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gradus/study/claim.h"
#include "gradus/study/printed_table.h"
#include "gradus/study/work.h"
#include "gradus/train/run_config.h"

namespace gradus::study {

// How the lists that vary become contenders.
enum class Mode { kGrid, kZip, kRandom, kHalving };

// One of those that a study compares: a configuration under a name.
struct Contender {
  std::string name = {};
  std::string text = {};  // for people; may be empty
  RunConfig config = {};  // its seed is that of the first replicate
  // What differs from the base: field and value as text, in the order of the table of fields.
  std::vector<std::pair<std::string, std::string>> changes = {};
  Work work = {};  // what it does instead of training, if not that
};

// A replicate is a seed, or with cross-validation one fold of it.
struct Replicate {
  std::optional<std::int64_t> seed = {};  // nullopt: every contender's own
  std::optional<std::size_t> fold = {};   // from 0; fold_split() says which rows are the test part

  friend bool operator==(const Replicate&, const Replicate&) = default;
};

// What a study may spend; it stops at the first bound that it meets.
struct Budget {
  std::optional<double> seconds = {};
  std::optional<std::size_t> runs = {};
};

// The pictures of docs/studies.md.
enum class PlotKind { kCurves, kBars, kHeatMap, kParallel, kConfusion, kWeights, kLayers, kDescent };
// What curves run over.
enum class PlotAxis { kEpoch, kStep, kSeconds };

// A picture that the study asks for.
struct Plot {
  PlotKind kind = PlotKind::kCurves;
  std::string title = {};
  std::optional<Measure> measure = {};       // not of confusion, weights and descent
  std::vector<std::string> contenders = {};  // empty: all
  PlotAxis x = PlotAxis::kEpoch;
  bool log_x = false;
  bool log_y = false;
  double smoothing = 0;  // weight of the past, in [0, 1)
};

// A sentence that the runs support or refute.
struct Claim {
  std::string says = {};
  Statement statement = {};    // bound to the contenders
  std::string text = {};       // in human words; may be empty
  std::string report = {};     // the report's own figure or conclusion
  std::string rerun = {};      // an independent re-run's
  bool must = false;           // the program fails where it is not supported
  bool deterministic = false;  // about these very runs, not about seeds in general
  std::size_t line = 0;        // in the study file
};

// The rungs of successive halving: of all contenders, trained briefly, the best 1 / factor go on.
struct Halving {
  Measure objective = {};
  std::int64_t factor = 3;
  std::int64_t smallest_epochs = 1;
};

// A question, what runs to answer it, and what is claimed about the outcome.
struct Study {
  std::string title = {};
  std::string question = {};
  std::string source = {};  // the file
  Mode mode = Mode::kGrid;
  std::int64_t seed = 0;  // of random ranges and bootstraps; with `replicates` the first replicate's
  RunConfig base = {};
  std::vector<Contender> contenders = {};
  std::vector<std::string> varied = {};  // fields of [vary], in the file's order: axes of heat maps
  std::vector<Replicate> replicates = {};
  std::size_t folds = 0;  // 0: no cross-validation
  Budget budget = {};
  std::vector<Metric> figures = {};  // beyond metrics(): what contenders give that do not train
  std::optional<Halving> halving = {};
  std::vector<Measure> measures = {};  // columns of the table of results
  std::vector<PrintedTable> tables = {};
  std::vector<Plot> plots = {};
  std::vector<Claim> claims = {};
};

// The printed table of that name; null where there is none.
[[nodiscard]] const PrintedTable* find_table(const Study& study, std::string_view name);

// One contender with one seed.
struct PlannedRun {
  std::size_t contender = 0;  // places in the study's lists
  std::size_t replicate = 0;
  RunConfig config = {};  // with the replicate's seed
};

// Other replicates than the file's: so many seeds from study.seed on, so many folds of each; nullopt: as it was.
void set_replicates(Study& study, std::optional<std::size_t> seeds, std::optional<std::size_t> folds);

// Replicate by replicate, contenders in order within: what is interrupted is paired.
[[nodiscard]] std::vector<PlannedRun> planned_runs(const Study& study);

// Throws Error(kBadConfiguration) where a contender wants data and names none.
void require_data(const Study& study);

[[nodiscard]] std::string_view name_of(Mode mode);
[[nodiscard]] std::string_view name_of(PlotKind kind);
[[nodiscard]] std::string_view name_of(PlotAxis axis);

}  // namespace gradus::study
