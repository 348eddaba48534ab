// From a configuration to what is built: every "auto" decided from the data, every name turned into a plain
// specification.
#pragma once

#include <string>
#include <vector>

#include "gradus/data/dataset.h"
#include "gradus/nn/initializer.h"
#include "gradus/nn/loss.h"
#include "gradus/nn/network_spec.h"
#include "gradus/nn/penalty.h"
#include "gradus/optim/optimizer.h"
#include "gradus/optim/schedule.h"
#include "gradus/train/run_config.h"

namespace gradus {

// A configuration with everything decided that it left open.
struct Plan {
  RunConfig config;                  // nothing in it is "auto" but the sizes of the parts: it repeats the run
  std::vector<std::string> choices;  // what was decided and why, one line each, for people
  NetworkSpec network;
  LossSpec loss;
  PenaltySpec penalty;
  InitializerSpec initializer;
  OptimizerSpec optimizer;
  double max_norm = 0;  // of every unit's incoming weights; 0: any
  ScheduleSpec schedule;
};

// How the data are to be split, encoded and scaled. Throws Error(kBadConfiguration), kNotFound (split_order).
[[nodiscard]] PreparationSpec preparation_spec(const RunConfig& config, const Table& table);

// A share "0.2", a count "899", "0", "none" or "auto". nullopt: the text is the name of a file.
[[nodiscard]] std::optional<PartSize> part_size_from_text(const std::string& text);

// Throws Error(kBadConfiguration) where loss, task and network do not fit together, the batch is larger
// than the training part, or batch normalization would meet a batch of one row.
[[nodiscard]] Plan make_plan(const RunConfig& config, const Preparation& data);

}  // namespace gradus
