#include "gradus/study/fold_config.h"

#include <fmt/format.h>

#include "gradus/core/checksum.h"
#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/study/folds.h"
#include "gradus/train/window.h"

namespace gradus::study {

void hold_back_fold(RunConfig& config, std::size_t folds, std::size_t fold, const SourceOptions& source,
                    TableCache& tables, const std::filesystem::path& runs) {
  RunConfig whole = config;
  whole.validation = "0";
  whole.test = "0";
  whole.shuffle_split = false;
  whole.train_count = 0;
  const Experiment experiment = set_up(whole, source, tables);
  SourceOptions options = source;
  options.samples = static_cast<std::size_t>(config.samples);
  options.window = window_of(config);
  const Table& table = tables.get(config.data, options);
  if (table.given_test_rows > 0) {
    throw Error(
        ErrorCode::kBadConfiguration,
        fmt::format("cross-validation in {} folds: {} has a test part of its own; leave out folds, or name "
                    "data without one",
                    folds, config.data));
  }
  const Dataset& all = experiment.data.train;
  std::vector<std::int32_t> labels = all.labels;
  labels.resize(all.size());  // of a regression: all the same
  const FoldSplit split = fold_split(labels, folds, fold, static_cast<std::uint64_t>(config.seed));

  // Rows without a target are named too, first; nobody uses them.
  std::vector<bool> usable(table.rows);
  for (const std::uint32_t row : all.rows) usable[row] = true;
  std::string text;
  for (std::size_t row = 0; row < table.rows; ++row) {
    if (!usable[row]) text += fmt::format("{}\n", row);
  }
  for (const std::uint32_t place : split.order) text += fmt::format("{}\n", all.rows[place]);
  const std::filesystem::path folder = runs / "folds";
  std::filesystem::create_directories(folder);
  Sha256 hash;
  hash.add(text);
  const std::filesystem::path file = folder / (hash.hex().substr(0, 16) + ".txt");
  if (!std::filesystem::exists(file)) write_file_atomically(file, text);
  config.split_order = file.string();
  config.test = fmt::format("{}", split.held_back);
  config.stratify = false;
}

}  // namespace gradus::study
