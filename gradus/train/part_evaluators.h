// The figures of a run's parts, taken in one way at the end of an epoch and of the training.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "gradus/core/thread_pool.h"
#include "gradus/data/dataset.h"
#include "gradus/train/evaluator.h"
#include "gradus/train/plan.h"

namespace gradus {

// One owner. Plan, data and team must outlive it.
template <class T>
class PartEvaluators {
 public:
  PartEvaluators(const Plan& plan, const Preparation& data, ThreadPool& team)
      : train_(plan.network, plan.loss, data.train, data.transform, team, options(plan.config)) {
    if (!data.validation.empty())
      validation_.emplace(plan.network, plan.loss, data.validation, data.transform, team,
                          options(plan.config));
    if (!data.test.empty())
      test_.emplace(plan.network, plan.loss, data.test, data.transform, team, options(plan.config));
  }

  [[nodiscard]] bool has_validation() const { return validation_.has_value(); }
  [[nodiscard]] PartFigures train(std::span<const T> parameters) { return train_.figures(parameters); }
  // Where there is one.
  [[nodiscard]] PartFigures validation(std::span<const T> parameters) {
    return validation_->figures(parameters);
  }
  // Validation and test, where there are such parts, of an epoch's event or a training's result.
  template <class Figures>
  void take_held_out(std::span<const T> parameters, Figures& figures) {
    if (validation_) figures.validation = validation_->figures(parameters);
    if (test_) figures.test = test_->figures(parameters);
  }

 private:
  static EvaluationOptions options(const RunConfig& config) {
    if (config.metrics_over != "batches") return {};
    return {.over = MetricsOver::kBatches,
            .batch_size = static_cast<std::size_t>(config.batch_size.value()),
            .drop_last = config.drop_last};
  }

  Evaluator<T> train_;
  std::optional<Evaluator<T>> validation_;
  std::optional<Evaluator<T>> test_;
};

}  // namespace gradus
