// Small trained models for the tests of formats/.
#pragma once

#include "gradus/formats/model.h"
#include "gradus/train/experiment.h"
#include "gradus/train/trainer.h"

namespace gradus::test {

// Two epochs on the digits, with one hidden layer of 12 unless told otherwise.
inline Model trained_digits(RunConfig config = {}) {
  config.data = "digits";
  if (config.hidden == RunConfig().hidden) config.hidden = {12};
  config.epochs = 2;
  Experiment experiment = set_up(config, {});
  Observer nobody;
  TrainingResult result = train(experiment.plan, experiment.data, experiment.streams, nobody);
  return make_model(experiment, result);
}

}  // namespace gradus::test
