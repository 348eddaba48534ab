// What a validation decides: whether training goes on, and which weights are the best so far.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "gradus/core/buffer.h"
#include "gradus/train/early_stopping.h"
#include "gradus/train/trainer.h"

namespace gradus {

template <class T>
class ValidationJudge {
 public:
  explicit ValidationJudge(const RunConfig& config)
      : restores_best_(config.restore_best),
        target_score_(config.target_score),
        stopping_(
            config.early_stopping == "patience" ? StoppingRule::kPatience : StoppingRule::kOldestMinimum,
            static_cast<std::size_t>(config.patience), config.min_delta) {}

  // False when training should stop; `result` then says why, and always where the best validation was.
  bool go_on(std::size_t epoch, const PartFigures& validation, std::span<const T> parameters,
             TrainingResult& result) {
    const bool stop = stopping_.observe(validation.loss);
    if (stopping_.improved()) {
      result.best_epoch = epoch;
      result.best_step = result.steps;
      result.best_validation_loss = validation.loss;
      if (restores_best_) keep(parameters);
    }
    if (stop && result.stop_reason == StopReason::kEpochs) result.stop_reason = StopReason::kEarlyStopping;
    if (target_score_ > 0 && validation.score >= target_score_) {
      result.stop_reason = StopReason::kTargetScore;
      return false;
    }
    return !stop;
  }

  // Puts the best weights back, where they were kept.
  void restore(std::span<T> parameters) const {
    if (best_.size() > 0) std::ranges::copy(best_.span(), parameters.begin());
  }

  // The state, of a training with so many parameters.
  template <class Archive>
  void transfer(Archive& archive, std::size_t parameters) {
    bool kept = best_.size() > 0;
    archive(stopping_, kept);
    if (!kept) return;
    if (best_.size() == 0) best_ = AlignedBuffer<T>(parameters);
    archive.values(best_.span());
  }

 private:
  void keep(std::span<const T> parameters) {
    if (best_.size() == 0) best_ = AlignedBuffer<T>(parameters.size());
    std::ranges::copy(parameters, best_.data());
  }

  bool restores_best_;
  double target_score_;
  EarlyStopping stopping_;
  AlignedBuffer<T> best_;
};

}  // namespace gradus
