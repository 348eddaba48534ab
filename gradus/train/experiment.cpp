#include "gradus/train/experiment.h"

#include "gradus/core/buffer.h"
#include "gradus/core/error.h"
#include "gradus/core/thread_pool.h"
#include "gradus/train/initial_weights.h"
#include "gradus/train/window.h"

namespace gradus {

namespace {

// The table of a part that is given as a file; nullptr where the text is a size.
const Table* part_table(const std::string& text, const SourceOptions& source, TableCache& tables) {
  return part_size_from_text(text) ? nullptr : &tables.get(text, source);
}

// Read here for its errors, and again where the precision is known: before a run has left anything.
void check_initial_weights(const Plan& plan) {
  if (plan.config.initial_weights.empty()) return;
  const ParameterTable table = parameter_table(plan.network);
  AlignedBuffer<double> unused(table.block_size);
  read_initial_weights<double>(plan.config.initial_weights, table, unused.span());
}

Experiment set_up_on(const Table& table, const RunConfig& config, const SourceOptions& source,
                     TableCache& tables) {
  SourceOptions parts = source;
  parts.window = window_of(config);
  const Table* validation = part_table(config.validation, parts, tables);
  const Table* test = part_table(config.test, parts, tables);

  Streams streams(config);
  Preparation data =
      prepare(table, preparation_spec(config, table), streams.split(), streams.labels(), validation, test);
  Plan plan = make_plan(config, data);
  check_initial_weights(plan);
  return {std::move(data), std::move(plan), std::move(streams), table.notes};
}

}  // namespace

const Table& TableCache::get(const std::string& name, const SourceOptions& options) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<const Table>& table =
      tables_[Key(name, options.data_folder, options.seed, options.samples, options.window)];
  if (table == nullptr) table = std::make_unique<const Table>(load_table(name, options));
  return *table;
}

Experiment set_up(const RunConfig& config, const SourceOptions& source) {
  TableCache tables;
  return set_up(config, source, tables);
}

Experiment set_up(const RunConfig& config, const SourceOptions& source, TableCache& tables) {
  const FloatingPointScope rounding;
  validate(config);
  if (config.data.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                "training: no data named; expected a built-in set such as digits, a .csv, a .npz, or a "
                "folder of X.npy and y.npy or of IDX files");
  }
  SourceOptions options = source;
  options.samples = static_cast<std::size_t>(config.samples);
  options.window = window_of(config);
  return set_up_on(tables.get(config.data, options), config, source, tables);
}

Experiment set_up(const RunConfig& config, const SourceOptions& source, const Table& table) {
  const FloatingPointScope rounding;
  validate(config);
  TableCache tables;
  return set_up_on(table, config, source, tables);
}

std::string score_name(const Experiment& experiment) {
  return experiment.data.target.task == Task::kClassification ? "accuracy" : "r2";
}

}  // namespace gradus
