#include "gradus/train/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "gradus/core/error.h"
#include "gradus/core/thread_pool.h"
#include "gradus/dist/tree_sum.h"
#include "gradus/train/checkpoint_keeper.h"
#include "gradus/train/full_batch_trainer.h"
#include "gradus/train/initial_weights.h"
#include "gradus/train/layer_probe.h"
#include "gradus/train/part_evaluators.h"
#include "gradus/train/thread_choice.h"
#include "gradus/train/training_step.h"
#include "gradus/train/training_transfer.h"
#include "gradus/train/validation_judge.h"

namespace gradus {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Order order_of(const RunConfig& config) {
  if (config.replacement) return Order::kWithReplacement;
  return config.shuffle ? Order::kShuffled : Order::kAsItStands;
}

bool has_dropout(const NetworkSpec& network) {
  return std::ranges::any_of(network.layers,
                             [](const LayerSpec& layer) { return layer.kind == LayerKind::kDropout; });
}

StepOptions step_options(const Plan& plan, Streams& streams, ProcessGroup& group) {
  StepOptions options{.max_norm = plan.max_norm,
                      .gradient_slices = static_cast<std::size_t>(plan.config.gradient_slices),
                      .group = &group};
  if (has_dropout(plan.network)) {
    options.dropout_seed = streams.dropout().interval(std::numeric_limits<std::uint64_t>::max());
  }
  return options;
}

template <class T>
std::size_t threads_of(const Plan& plan, const ProcessGroup& group) {
  if (plan.config.threads) return static_cast<std::size_t>(*plan.config.threads);
  if (!group.is_alone())
    return 1;  // the processors of a machine are shared out by mpirun, one process to each
  return choose_threads<T>(plan.network, plan.loss, plan.optimizer,
                           static_cast<std::size_t>(plan.config.batch_size.value()));
}

// An epoch under way.
struct EpochProgress {
  EpochProgress(const Plan& plan, std::size_t epoch)
      : sum(plan.loss.kind,
            plan.config.metrics_over == "batches" ? MetricsOver::kBatches : MetricsOver::kSamples) {
    event.epoch = epoch;
  }

  EpochEvent event;  // without its figures
  FigureSum sum;
  std::size_t done = 0;  // steps

  template <class Archive>
  void transfer(Archive& archive) {
    archive(event, sum, done);
  }
};

template <class T>
class Trainer {
 public:
  Trainer(const Plan& plan, const Preparation& data, Streams& streams, Observer& observer,
          const std::function<bool()>& cancelled, CheckpointKeeper* keeper, ProcessGroup& group)
      : plan_(plan),
        data_(data),
        streams_(streams),
        observer_(observer),
        cancelled_(cancelled),
        keeper_(keeper),
        group_(group),
        batch_size_(static_cast<std::size_t>(plan.config.batch_size.value())),
        steps_per_epoch_(batches(data.train.size())),
        parameters_(initial_parameters<T>(plan, streams)),
        team_(threads_of<T>(plan, group)),
        step_options_(step_options(plan, streams, group)),
        step_(plan.network, plan.loss, plan.penalty, plan.optimizer, data.train, data.transform, batch_size_,
              parameters_.span(), team_, step_options_),
        schedule_(plan.schedule, steps_per_epoch_ * static_cast<std::uint64_t>(plan.config.epochs)),
        order_(data.train, order_of(plan.config), streams.order()),
        epoch_(plan, 0),
        order_begin_(streams.order()),
        judge_(plan.config),
        parts_(plan, data, team_),
        started_(Clock::now()) {
    if (plan.config.layers_every > 0 && group.rank() == 0)
      probe_.emplace(plan, data.train, data.transform, step_options_.dropout_seed);
    result_.best_validation_loss = std::numeric_limits<double>::quiet_NaN();
  }

  TrainingResult run() {
    if (keeper_ != nullptr) begin_checkpoints();
    observer_.on_start({data_.train.size(), steps_per_epoch_, epochs(), result_.steps, epoch_.event.epoch,
                        result_.best_validation_loss});
    bool go_on = !ended_;
    while (go_on && epoch_.event.epoch < epochs()) go_on = run_epoch();
    return finish();
  }

  // What the steps to come depend on, and what is told of those that are done; between two steps, or behind the last.
  template <class Archive>
  void transfer(Archive& archive) {
    archive(ended_, result_);
    archive.values(parameters_.span());
    if constexpr (Archive::kReads) step_.load_parameters();
    if (ended_) return;
    archive(epoch_, order_begin_, streams_, schedule_);
    judge_.transfer(archive, parameters_.size());
    OptimizerMemory<T> memory;
    if constexpr (!Archive::kReads) memory = step_.optimizer_memory();
    archive(memory.steps, memory.first, memory.second);
    if constexpr (Archive::kReads) {
      archive.require(epoch_.event.epoch < epochs() && epoch_.done <= steps_per_epoch_ &&
                          result_.epochs == epoch_.event.epoch &&
                          result_.steps == result_.epochs * steps_per_epoch_ + epoch_.done,
                      "a place that this training does not come to");
      step_.restore(memory);
      streams_.order() = order_begin_;
    }
  }

 private:
  [[nodiscard]] std::size_t epochs() const { return static_cast<std::size_t>(plan_.config.epochs); }
  void begin_checkpoints() {
    if (keeper_->restore(*this)) {
      steps_before_ = result_.steps;
    } else {
      keep(CheckpointMoment::kStart);
    }
    if (!ended_) keeper_->start();
  }

  // Called by all processes, one of which keeps checkpoints, or none. What it takes counts for no speed.
  void keep(CheckpointMoment moment) {
    const auto before = Clock::now();
    step_.gather_optimizer_memory();
    step_.store_parameters();
    if (keeper_ != nullptr) keeper_->keep(*this, moment, before);
    held_seconds_ += seconds_since(before);
  }

  [[nodiscard]] std::size_t batches(std::size_t rows) const {
    return plan_.config.drop_last ? rows / batch_size_ : (rows + batch_size_ - 1) / batch_size_;
  }

  // False when training is over.
  bool run_epoch() {
    EpochEvent& event = epoch_.event;
    FigureSum& sum = epoch_.sum;
    const std::size_t epoch = event.epoch;
    if (keeper_ != nullptr) order_begin_ = streams_.order();
    const std::vector<std::uint32_t>& order = order_.next_epoch();
    const auto begin = Clock::now();
    const double before_begin = event.seconds + event.evaluation_seconds + held_seconds_;
    const auto training_seconds = [&] {
      return seconds_since(begin) + before_begin - event.evaluation_seconds - held_seconds_;
    };
    bool go_on = true;
    while (go_on && epoch_.done < steps_per_epoch_) {
      const auto samples = batch_at(order, epoch_.done);
      order_.reach(epoch_.done * batch_size_);
      event.learning_rate = plan_.optimizer.learning_rate * schedule_.factor(result_.steps, epoch);
      const bool looks = looks_at_layers();
      if (looks) look_before(samples);
      go_on = one_step(samples, batch_at(order, epoch_.done + 1), event.learning_rate, sum);
      if (looks && go_on) look_after(epoch);
      if (!go_on) break;
      ++epoch_.done;
      report_progress(epoch, sum);
      if (observer_.wants_weights()) show_weights(epoch, sum);
      if (validates_now()) {
        const auto before = Clock::now();
        go_on = validate(epoch);
        event.evaluation_seconds += seconds_since(before);
      }
      const auto [stops, keeps] = asked_for();
      if (go_on && (stops || keeps)) {
        event.seconds = training_seconds();
        keep(stops ? CheckpointMoment::kStop : CheckpointMoment::kUnderWay);
      }
      if (stops && go_on) {
        result_.stop_reason = StopReason::kInterrupted;
        go_on = false;
      }
    }
    event.seconds = training_seconds();
    result_.seconds += event.seconds;
    if (epoch_.done == steps_per_epoch_) go_on = end_epoch(event, sum) && go_on;
    if (go_on) epoch_ = EpochProgress(plan_, epoch + 1);
    return go_on;
  }

  // What somebody wants behind a step, of whichever process: all do it, behind the same step.
  struct Asked {
    bool to_stop = false;
    bool to_keep = false;
  };
  [[nodiscard]] Asked asked_for() {
    const Asked here{cancelled_ && cancelled_(), keeper_ != nullptr && keeper_->due(result_.steps)};
    if (group_.is_alone()) return here;
    const auto before = Clock::now();
    const unsigned bits = group_.bits_of_any((here.to_stop ? 1U : 0U) | (here.to_keep ? 2U : 0U));
    asking_seconds_ += seconds_since(before);
    shared_seconds_ += seconds_since(before);
    return {(bits & 1U) != 0, (bits & 2U) != 0};
  }
  [[nodiscard]] double waited() const { return step_.waited() + asking_seconds_; }

  // Empty behind the end of the order.
  [[nodiscard]] std::span<const std::uint32_t> batch_at(const std::vector<std::uint32_t>& order,
                                                        std::size_t batch) const {
    const std::size_t first = std::min(batch * batch_size_, order.size());
    return std::span(order).subspan(first, std::min(batch_size_, order.size() - first));
  }

  bool one_step(std::span<const std::uint32_t> samples, std::span<const std::uint32_t> next,
                double learning_rate, FigureSum& sum) {
    const auto before = group_.is_alone() ? Clock::time_point() : Clock::now();
    const double loss = step_.run(samples, learning_rate, next);
    if (!std::isfinite(loss)) {
      step_.store_parameters();
      diverge(std::isnan(loss) ? "nan" : "infinite");
      return false;
    }
    ++result_.steps;
    step_.add_figures(sum);
    if (!group_.is_alone()) {
      shared_seconds_ += seconds_since(before);
      weigh_processes();
    }
    const auto every = static_cast<std::uint64_t>(plan_.config.log_every);
    if (every > 0 && result_.steps % every == 0) observer_.on_step({result_.steps, loss});
    return true;
  }

  // After some steps, once: whether several processes are faster than one would be.
  void weigh_processes() {
    constexpr std::uint64_t kFirst = 8;  // the ones before it wait for processes that start later
    constexpr std::uint64_t kLast = 72;
    constexpr double kWorthwhile = 1.1;
    const std::uint64_t steps = result_.steps - steps_before_;
    if (steps == kFirst) {
      shared_before_ = shared_seconds_;
      waited_before_ = waited();
    }
    if (steps != kLast) return;
    const double seconds = shared_seconds_ - shared_before_;
    const double gain =
        (seconds - (waited() - waited_before_)) / seconds * static_cast<double>(group_.size());
    if (gain >= kWorthwhile) return;
    observer_.on_note(
        fmt::format("{} processes share a step of this network at {:.2f} times the speed of one, for they "
                    "wait for each other; independent runs gain more: mpirun -n {} gradus study STUDY",
                    group_.size(), gain, group_.size()));
  }

  // Whether the step to come is one whose layers are recorded.
  [[nodiscard]] bool looks_at_layers() const {
    const std::uint64_t step = result_.steps + 1;
    return probe_ && (step == 1 || step % static_cast<std::uint64_t>(plan_.config.layers_every) == 0);
  }

  void look_before(std::span<const std::uint32_t> samples) {
    step_.store_parameters();
    probe_->before(parameters_.span(), samples, result_.steps + 1);
  }

  void look_after(std::size_t epoch) {
    step_.store_parameters();
    observer_.on_layers({result_.steps, epoch, probe_->after(parameters_.span())});
  }

  // A loss that is not finite comes of this step's batch, or of the update of the step before.
  void diverge(const char* loss) {
    result_.stop_reason = StopReason::kDiverged;
    const std::string parameter = step_.non_finite_parameter();
    result_.diverged_at =
        parameter.empty() ? fmt::format("step {}: loss {}; first not finite: {}", result_.steps + 1, loss,
                                        step_.non_finite_value())
                          : fmt::format("step {}: its update made {} not finite", result_.steps, parameter);
  }

  void report_progress(std::size_t epoch, const FigureSum& sum) {
    if (result_.steps % 16 != 0) return;  // a look at the clock costs more than a small step
    const auto now = Clock::now();
    if (now - last_progress_ < std::chrono::milliseconds(100)) return;
    last_progress_ = now;
    tell_progress(epoch, sum);
  }

  void tell_progress(std::size_t epoch, const FigureSum& sum) {
    const double elapsed = seconds_since(started_) - held_seconds_;
    const auto total = static_cast<double>(steps_per_epoch_) * static_cast<double>(plan_.config.epochs);
    const auto done = static_cast<double>(result_.steps - steps_before_);
    const double left = total - static_cast<double>(result_.steps);
    observer_.on_progress({result_.steps, epoch, done * static_cast<double>(batch_size_) / elapsed,
                           elapsed * left / done,
                           sum.figures(data_.target.task == Task::kClassification).loss});
  }

  void show_weights(std::size_t epoch, const FigureSum& sum) {
    tell_progress(epoch, sum);
    const auto before = Clock::now();
    step_.store_parameters();
    observer_.on_weights({result_.steps, epoch, std::span<const T>(parameters_.span())});
    held_seconds_ += seconds_since(before);
  }

  // Within an epoch: after the first step of the run and every interval from there, as the reports do.
  [[nodiscard]] bool validates_now() const {
    const auto times = static_cast<std::size_t>(plan_.config.validations_per_epoch);
    if (times == 0 || !parts_.has_validation()) return false;
    const std::size_t interval = std::max<std::size_t>(1, steps_per_epoch_ / times);
    return (result_.steps - 1) % interval == 0;
  }

  // A validation within an epoch. False when it ends training.
  bool validate(std::size_t epoch) {
    step_.store_parameters();
    const ValidationEvent event{result_.steps, epoch, parts_.validation(parameters_.span())};
    result_.history.validations.push_back(event);
    observer_.on_validation(event);
    return judge_.go_on(epoch, event.validation, parameters_.span(), result_);
  }

  bool end_epoch(EpochEvent& event, const FigureSum& sum) {
    const auto begin = Clock::now();
    step_.store_parameters();
    event.step = result_.steps;
    event.train = plan_.config.train_metrics == "running"
                      ? sum.figures(data_.target.task == Task::kClassification)
                      : parts_.train(parameters_.span());
    parts_.take_held_out(parameters_.span(), event);
    bool go_on = true;
    if (event.validation) {
      if (plan_.config.validations_per_epoch == 0)
        go_on = judge_.go_on(event.epoch, *event.validation, parameters_.span(), result_);
    } else {
      result_.best_epoch = event.epoch;
      result_.best_step = result_.steps;
    }
    schedule_.epoch_ended(event.validation ? event.validation->loss : event.train.loss);
    event.evaluation_seconds += seconds_since(begin);
    ++result_.epochs;
    result_.history.epochs.push_back(event);
    observer_.on_epoch(event);
    return go_on;
  }

  TrainingResult finish() {
    step_.store_parameters();
    judge_.restore(parameters_.span());
    result_.finite = step_.non_finite_parameter().empty();
    if (!result_.finite && result_.stop_reason != StopReason::kDiverged) diverge("unknown");
    if (keeper_ != nullptr && !ended_ && result_.stop_reason != StopReason::kInterrupted) {
      ended_ = true;
      keeper_->keep(*this, CheckpointMoment::kEnd);
    }
    result_.train = parts_.train(parameters_.span());
    parts_.take_held_out(parameters_.span(), result_);
    result_.parameters = std::move(parameters_);
    return std::move(result_);
  }

  const Plan& plan_;
  const Preparation& data_;
  Streams& streams_;
  Observer& observer_;
  const std::function<bool()>& cancelled_;
  CheckpointKeeper* keeper_;  // may be null
  ProcessGroup& group_;
  std::size_t batch_size_;
  std::size_t steps_per_epoch_;
  AlignedBuffer<T> parameters_;
  ThreadPool team_;
  StepOptions step_options_;
  TrainingStep<T> step_;
  Schedule schedule_;
  BatchOrder order_;
  EpochProgress epoch_;
  Generator order_begin_;  // what the epoch's order is drawn from
  ValidationJudge<T> judge_;
  PartEvaluators<T> parts_;
  std::optional<LayerProbe<T>> probe_;
  Clock::time_point started_;
  Clock::time_point last_progress_;
  double asking_seconds_ = 0;  // all processes whether to stop
  double shared_seconds_ = 0;  // steps and that: what several processes share
  double shared_before_ = 0;   // when weighing began
  double waited_before_ = 0;
  double held_seconds_ = 0;         // by observers who looked at the weights, and by checkpoints
  std::uint64_t steps_before_ = 0;  // of processes before this one
  bool ended_ = false;              // nothing is left but to judge the weights
  TrainingResult result_;
};

}  // namespace

std::string_view name_of(StopReason reason) {
  switch (reason) {
    case StopReason::kEpochs:
      return "epochs";
    case StopReason::kEarlyStopping:
      return "early_stopping";
    case StopReason::kTargetScore:
      return "target_score";
    case StopReason::kConverged:
      return "converged";
    case StopReason::kDiverged:
      return "diverged";
    case StopReason::kInterrupted:
      return "interrupted";
  }
  return "";
}

void check_processes(const Plan& plan, std::size_t processes) {
  const std::size_t layers = plan.network.layers.size();
  if (processes > 1 && layers > kMostRanges) {
    throw Error(
        ErrorCode::kBadConfiguration,
        fmt::format("training in {} processes: the network has {} layers; expected at most {}; start one "
                    "process, with --threads for more processors",
                    processes, layers, kMostRanges));
  }
  const auto slices = static_cast<std::size_t>(plan.config.gradient_slices);
  if (processes <= slices) return;
  throw Error(
      ErrorCode::kBadConfiguration,
      fmt::format("training in {} processes: gradient_slices is {}; expected one slice for each process at "
                  "least; set --gradient-slices {}, or start fewer processes",
                  processes, slices, processes));
}

TrainingResult train(const Plan& plan, const Preparation& data, Streams& streams, Observer& observer,
                     const std::function<bool()>& cancelled, CheckpointKeeper* keeper, ProcessGroup* group) {
  const FloatingPointScope rounding;
  ProcessGroup& processes = group == nullptr ? alone() : *group;
  check_processes(plan, processes.size());
  const bool wide = plan.config.precision == "double";
  if (plan.config.optimizer == kLbfgs) {
    return wide ? train_full_batch<double>(plan, data, streams, observer, cancelled, keeper)
                : train_full_batch<float>(plan, data, streams, observer, cancelled, keeper);
  }
  if (wide) return Trainer<double>(plan, data, streams, observer, cancelled, keeper, processes).run();
  return Trainer<float>(plan, data, streams, observer, cancelled, keeper, processes).run();
}

}  // namespace gradus
