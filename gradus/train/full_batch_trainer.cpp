#include "gradus/train/full_batch_trainer.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <vector>

#include "gradus/core/thread_pool.h"
#include "gradus/nn/penalty.h"
#include "gradus/optim/lbfgs.h"
#include "gradus/train/batch_source.h"
#include "gradus/train/checkpoint_keeper.h"
#include "gradus/train/full_batch.h"
#include "gradus/train/initial_weights.h"
#include "gradus/train/part_evaluators.h"
#include "gradus/train/training_transfer.h"
#include "gradus/train/validation_judge.h"

namespace gradus {

namespace {

using Clock = std::chrono::steady_clock;

// The inputs of all rows of a part, scaled.
template <class T>
class Inputs {
 public:
  Inputs(const Dataset& data, const Transform& transform) : source_(data, transform, data.size()) {
    source_.gather(0, data.size());
  }
  [[nodiscard]] MatrixView<const T> view() const { return source_.x(); }

 private:
  BatchSource<T> source_;
};

ArrayTargets targets_of(const Dataset& data) {
  return {data.labels, data.values, data.weights};
}

template <class T>
class FullBatchTrainer {
 public:
  FullBatchTrainer(const Plan& plan, const Preparation& data, Streams& streams, Observer& observer,
                   const std::function<bool()>& cancelled, CheckpointKeeper* keeper)
      : plan_(plan),
        data_(data),
        observer_(observer),
        cancelled_(cancelled),
        keeper_(keeper),
        parameters_(initial_parameters<T>(plan, streams)),
        table_(parameter_table(plan.network)),
        judge_(plan.config),
        inputs_(data.train, data.transform),
        full_batch_(plan.network, plan.loss, {}, inputs_.view(), targets_of(data.train)),
        parts_(plan, data, team_) {
    result_.best_validation_loss = std::numeric_limits<double>::quiet_NaN();
  }

  TrainingResult run() {
    const auto iterations = static_cast<std::size_t>(plan_.config.epochs);
    if (keeper_ != nullptr) {
      if (!keeper_->restore(*this)) keeper_->keep(*this, CheckpointMoment::kStart);
      if (!ended_) keeper_->start();
    }
    observer_.on_start(
        {data_.train.size(), 1, iterations, result_.steps, result_.epochs, result_.best_validation_loss});
    if (ended_) return measure();
    if (position_.empty()) position_.assign(parameters_.span().begin(), parameters_.span().end());
    begun_ = Clock::now();
    const LbfgsResult ended = minimize_lbfgs(
        [this](std::span<const double> at, std::span<double> gradient) { return value(at, gradient); },
        position_, options(),
        [this](std::size_t iteration, double loss) { return end_iteration(iteration, loss); }, &state_);
    if (ended.end == LbfgsEnd::kConverged || ended.end == LbfgsEnd::kNoProgress)
      result_.stop_reason = StopReason::kConverged;
    take_position();
    judge_.restore(parameters_.span());
    if (keeper_ != nullptr && result_.stop_reason != StopReason::kInterrupted) {
      ended_ = true;
      keeper_->keep(*this, CheckpointMoment::kEnd);
    }
    return measure();
  }

  // As that of the other trainings; between two iterations.
  template <class Archive>
  void transfer(Archive& archive) {
    archive(ended_, result_);
    archive.values(parameters_.span());
    if (ended_) return;
    archive(position_, state_);
    judge_.transfer(archive, parameters_.size());
    archive.require((position_.empty() || position_.size() == parameters_.size()) &&
                        state_.fits(parameters_.size(), options()) && result_.epochs == state_.iterations,
                    "a place that this training does not come to");
  }

 private:
  [[nodiscard]] LbfgsOptions options() const {
    return {.max_iterations = static_cast<std::size_t>(plan_.config.epochs),
            .max_evaluations = std::numeric_limits<std::size_t>::max()};
  }

  double value(std::span<const double> at, std::span<double> gradient) {
    const double loss = full_batch_(at, gradient);
    add_penalty_gradient<double>(plan_.penalty, table_, at, gradient);
    return loss + penalty<double>(plan_.penalty, table_, at);
  }

  // False when training is over.
  bool end_iteration(std::size_t iteration, double loss) {
    const auto now = Clock::now();
    take_position();
    result_.steps = iteration;
    result_.epochs = iteration;
    EpochEvent event;
    event.epoch = iteration - 1;
    event.step = iteration;
    event.seconds = std::chrono::duration<double>(now - begun_).count();
    result_.seconds += event.seconds;
    const auto every = static_cast<std::size_t>(plan_.config.log_every);
    if (every > 0 && iteration % every == 0) observer_.on_step({iteration, loss});
    event.train = parts_.train(parameters_.span());
    parts_.take_held_out(parameters_.span(), event);
    bool go_on = true;
    if (event.validation) {
      go_on = judge_.go_on(event.epoch, *event.validation, parameters_.span(), result_);
    } else {
      result_.best_epoch = event.epoch;
      result_.best_step = iteration;
    }
    event.evaluation_seconds = std::chrono::duration<double>(Clock::now() - now).count();
    result_.history.epochs.push_back(event);
    observer_.on_epoch(event);
    if (observer_.wants_weights()) {
      observer_.on_weights({event.step, event.epoch, std::span<const T>(parameters_.span())});
    }
    const bool stops = cancelled_ && cancelled_();
    if (keeper_ != nullptr && go_on && (stops || keeper_->due(iteration)))
      keeper_->keep(*this, stops ? CheckpointMoment::kStop : CheckpointMoment::kUnderWay);
    if (stops && go_on) {
      result_.stop_reason = StopReason::kInterrupted;
      go_on = false;
    }
    begun_ = Clock::now();
    return go_on;
  }

  void take_position() {
    std::ranges::transform(position_, parameters_.data(), [](double x) { return static_cast<T>(x); });
  }

  TrainingResult measure() {
    result_.train = parts_.train(parameters_.span());
    parts_.take_held_out(parameters_.span(), result_);
    result_.parameters = std::move(parameters_);
    return std::move(result_);
  }

  const Plan& plan_;
  const Preparation& data_;
  Observer& observer_;
  const std::function<bool()>& cancelled_;
  CheckpointKeeper* keeper_;  // may be null
  AlignedBuffer<T> parameters_;
  ParameterTable table_;
  ValidationJudge<T> judge_;
  ThreadPool team_;  // of one
  Inputs<T> inputs_;
  FullBatch<T> full_batch_;
  PartEvaluators<T> parts_;
  std::vector<double> position_;  // of the search, in double whatever T
  LbfgsState state_;
  Clock::time_point begun_;
  TrainingResult result_;
  bool ended_ = false;  // nothing is left but to judge the weights
};

}  // namespace

template <class T>
TrainingResult train_full_batch(const Plan& plan, const Preparation& data, Streams& streams,
                                Observer& observer, const std::function<bool()>& cancelled,
                                CheckpointKeeper* keeper) {
  return FullBatchTrainer<T>(plan, data, streams, observer, cancelled, keeper).run();
}

template TrainingResult train_full_batch<float>(const Plan&, const Preparation&, Streams&, Observer&,
                                                const std::function<bool()>&, CheckpointKeeper*);
template TrainingResult train_full_batch<double>(const Plan&, const Preparation&, Streams&, Observer&,
                                                 const std::function<bool()>&, CheckpointKeeper*);

}  // namespace gradus
