// Small trainings for the tests of this folder.
#pragma once

#include "gradus/train/experiment.h"
#include "gradus/train/trainer.h"

namespace gradus {

inline RunConfig small_config() {
  RunConfig config;
  config.data = "digits";
  config.hidden = {16};
  config.epochs = 3;
  config.patience = 0;
  return config;
}

inline TrainingResult train_quietly(const RunConfig& config) {
  Experiment experiment = set_up(config, {});
  Observer nobody;
  return train(experiment.plan, experiment.data, experiment.streams, nobody);
}

inline std::vector<double> weights_of(const TrainingResult& result) {
  return std::visit(
      [](const auto& block) { return std::vector<double>(block.span().begin(), block.span().end()); },
      result.parameters);
}

}  // namespace gradus
