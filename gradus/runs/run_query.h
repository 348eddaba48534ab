// Which runs to list, in which order, with which figures.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gradus/runs/run_record.h"

namespace gradus {

// Which runs of a store, in which order.
struct RunQuery {
  // Comparisons joined by `and`: "optimizer=adam and validation_accuracy>0.9". On the left a column (id, name,
  // study, contender, replicate, seed, status, stop_reason, data, network, parameters, steps, epochs, seconds,
  // started, finished, weights_sha256, configuration_hash, data_hash, note, tag), else a field of the
  // configuration (where a column has its name: "configuration.epochs"), else a series: its last value, or with
  // a prefix "best:", "final:", "minimum:", "maximum:". Operators = != < <= > >= and ~ (contains). Values with
  // blanks stand in single or double quotes. A run without that figure never matches.
  std::string filter;
  std::vector<std::string> tags;  // runs that bear all of them
  // A column or a figure, named as above; empty: id. Numbers and times from the largest, texts from A, figures
  // from the better one; runs without that figure come last.
  std::string sort;
  bool reverse = false;
  std::size_t limit = 0;             // 0: all
  std::vector<std::string> metrics;  // series whose figures come along
};

// A run of a list with its figures.
struct RunRow {
  RunRecord run;
  std::vector<std::optional<SeriesFigures>> metrics;  // one for each of RunQuery::metrics
};

}  // namespace gradus
