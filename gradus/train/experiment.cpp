#include "gradus/train/experiment.h"

#include <optional>

#include "gradus/core/error.h"

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

}  // namespace

Experiment set_up(const RunConfig& config, const SourceOptions& source) {
  validate(config);
  if (config.data.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                "training: no data named; expected a built-in set such as digits, a .csv, a .npz or a folder "
                "of IDX files");
  }
  SourceOptions options = source;
  options.samples = static_cast<std::size_t>(config.samples);
  const Table table = load_table(config.data, options);
  const std::optional<Table> validation = part_table(config.validation, options);
  const std::optional<Table> test = part_table(config.test, options);

  Streams streams(config);
  Preparation data = prepare(table, preparation_spec(config, table), streams.split(), streams.labels(),
                             pointer(validation), pointer(test));
  Plan plan = make_plan(config, table, data);
  return {std::move(data), std::move(plan), std::move(streams), table.notes};
}

}  // namespace gradus
