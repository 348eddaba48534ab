#include "gradus/train/experiment.h"

#include <optional>

#include "gradus/core/buffer.h"
#include "gradus/core/error.h"
#include "gradus/core/thread_pool.h"
#include "gradus/train/initial_weights.h"

namespace gradus {

namespace {

// The table of a part that is given as a file; none where the text is a size.
std::optional<Table> part_table(const std::string& text, const SourceOptions& source) {
  if (part_size_from_text(text)) return std::nullopt;
  return load_table(text, source);
}

const Table* pointer(const std::optional<Table>& table) {
  return table ? &*table : nullptr;
}

// Read here for its errors, and again where the precision is known: before a run has left anything.
void check_initial_weights(const Plan& plan) {
  if (plan.config.initial_weights.empty()) return;
  const ParameterTable table = parameter_table(plan.network);
  AlignedBuffer<double> unused(table.block_size);
  read_initial_weights<double>(plan.config.initial_weights, table, unused.span());
}

}  // namespace

Experiment set_up(const RunConfig& config, const SourceOptions& source) {
  const FloatingPointScope rounding;
  validate(config);
  if (config.data.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                "training: no data named; expected a built-in set such as digits, a .csv, a .npz, or a "
                "folder of X.npy and y.npy or of IDX files");
  }
  SourceOptions options = source;
  options.samples = static_cast<std::size_t>(config.samples);
  const Table table = load_table(config.data, options);
  const std::optional<Table> validation = part_table(config.validation, source);
  const std::optional<Table> test = part_table(config.test, source);

  Streams streams(config);
  Preparation data = prepare(table, preparation_spec(config, table), streams.split(), streams.labels(),
                             pointer(validation), pointer(test));
  Plan plan = make_plan(config, table, data);
  check_initial_weights(plan);
  return {std::move(data), std::move(plan), std::move(streams), table.notes};
}

}  // namespace gradus
