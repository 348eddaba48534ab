// What a training has told so far, in and out of archives.
#pragma once

#include "gradus/train/events.h"
#include "gradus/train/trainer.h"

namespace gradus {

template <class Archive>
void transfer(Archive& archive, PartFigures& figures) {
  archive(figures.loss, figures.score);
}

template <class Archive>
void transfer(Archive& archive, ValidationEvent& event) {
  archive(event.step, event.epoch, event.validation);
}

template <class Archive>
void transfer(Archive& archive, EpochEvent& event) {
  archive(event.epoch, event.step, event.seconds, event.evaluation_seconds, event.learning_rate, event.train,
          event.validation, event.test);
}

// Without parameters, and the figures that are taken behind the last step.
template <class Archive>
void transfer(Archive& archive, TrainingResult& result) {
  archive(result.stop_reason, result.diverged_at, result.steps, result.epochs, result.seconds,
          result.best_epoch, result.best_step, result.best_validation_loss, result.history.epochs,
          result.history.validations);
  archive.require(!name_of(result.stop_reason).empty(), "an unknown reason to stop");
}

}  // namespace gradus
