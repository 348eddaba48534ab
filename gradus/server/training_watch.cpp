#include "gradus/server/training_watch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/runs/layer_lines.h"
#include "gradus/train/json_text.h"

namespace gradus::server {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBetweenEvents{100};  // of one name
constexpr milliseconds kOldestLook{50};

std::string numbers(const std::optional<PartFigures>& figures) {
  return figures ? fmt::format("{},{}", json_number(figures->loss), json_number(figures->score))
                 : std::string("null,null");
}

// [epoch, step, learning rate, then loss and score of training, validation and test]
std::string row_of(const EpochEvent& event) {
  return fmt::format("[{},{},{},{},{},{}]", event.epoch, event.step, json_number(event.learning_rate),
                     numbers(event.train), numbers(event.validation), numbers(event.test));
}

std::string array_of(const std::vector<std::string>& rows) {
  return fmt::format("[{}]", fmt::join(rows, ","));
}

}  // namespace

ParameterBlock copy_of(const ParameterView& parameters) {
  return std::visit(
      []<class T>(std::span<const T> values) -> ParameterBlock {
        AlignedBuffer<T> block(values.size());
        std::ranges::copy(values, block.data());
        return block;
      },
      parameters);
}

TrainingWatch::TrainingWatch(std::string description, std::string details)
    : description_(std::move(description)), details_(std::move(details)) {}

void TrainingWatch::on_start(const StartEvent& event) {
  const std::lock_guard lock(mutex_);
  steps_per_epoch_ = event.steps_per_epoch;
  epochs_ = event.epochs;
  begun_ = true;
  enter("running");
}

void TrainingWatch::on_step(const StepEvent& event) {
  if (steps_.rows.takes_next()) add(steps_, fmt::format("[{},{}]", event.step, json_number(event.loss)));
}

void TrainingWatch::on_progress(const ProgressEvent& event) {
  const std::lock_guard lock(mutex_);
  tell_curves();
  progress_ =
      fmt::format("{{\"step\":{},\"epoch\":{},\"samples_per_second\":{},\"seconds_left\":{},\"loss\":{}}}",
                  event.step, event.epoch, json_number(event.samples_per_second),
                  json_number(event.seconds_left), json_number(event.loss));
  tell("progress", progress_);
}

void TrainingWatch::on_validation(const ValidationEvent& event) {
  if (validations_.rows.takes_next())
    add(validations_, fmt::format("[{},{},{}]", event.epoch, event.step, numbers(event.validation)));
}

void TrainingWatch::on_epoch(const EpochEvent& event) {
  if (epochs_curve_.rows.takes_next()) {
    untaken_epoch_.reset();
    add(epochs_curve_, row_of(event));
  } else {
    untaken_epoch_ = event;
  }
}

void TrainingWatch::on_layers(const LayersEvent& event) {
  const auto now = Clock::now();
  const bool kept = layers_.takes_next();
  const bool told = now - layers_told_ >= kBetweenEvents;
  if (!kept && !told) return;
  std::string line = layers_line(event);
  const std::lock_guard lock(mutex_);
  if (kept) layers_.add(line);
  if (!told) return;
  layers_told_ = now;
  line.pop_back();  // its end
  tell("layers", line);
}

void TrainingWatch::on_weights(const WeightsEvent& event) {
  auto taken = std::make_shared<Snapshot>();
  taken->parameters = copy_of(event.parameters);
  taken->step = event.step;
  taken->epoch = event.epoch;
  std::unique_lock lock(mutex_);
  snapshot_ = std::move(taken);
  snapshot_taken_ = Clock::now();
  looks_ = false;
  changed_.notify_all();
  if (!pauses_) return;
  curves_told_ = {};  // whatever was held back
  tell_curves();
  if (stage_ != "paused") enter("paused");
  changed_.wait(lock, [&] { return !pauses_ || steps_granted_ > 0 || stopped(); });
  if (steps_granted_ > 0) --steps_granted_;
  looks_ = pauses_;
  if (!pauses_) enter("running");
}

void TrainingWatch::require(bool begun, const char* what) const {
  if (ended_)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: the training has ended ({})", what, stage_));
  if (begun && !begun_) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{}: the training has not begun; it waits for its turn", what));
  }
}

void TrainingWatch::pause() {
  const std::lock_guard lock(mutex_);
  require(true, "pausing");
  pauses_ = true;
  looks_ = true;
}

void TrainingWatch::resume() {
  const std::lock_guard lock(mutex_);
  require(true, "going on");
  pauses_ = false;
  steps_granted_ = 0;
  changed_.notify_all();
}

void TrainingWatch::step() {
  const std::lock_guard lock(mutex_);
  require(true, "one step");
  if (pauses_) {
    ++steps_granted_;
    changed_.notify_all();
  } else {
    pauses_ = true;
    looks_ = true;
  }
}

void TrainingWatch::stop() {
  const std::lock_guard lock(mutex_);
  require(false, "stopping");
  stopped_ = true;
  changed_.notify_all();
}

void TrainingWatch::end(std::string stage, std::string end) {
  const std::lock_guard lock(mutex_);
  if (untaken_epoch_) {
    epochs_curve_.untold.push_back(row_of(*untaken_epoch_));
    epochs_curve_.rows.add(row_of(*untaken_epoch_));
  }
  curves_told_ = {};
  tell_curves();
  stage_ = std::move(stage);
  end_ = std::move(end);
  ended_ = true;
  tell("end", fmt::format("{{\"state\":\"{}\",\"end\":{}}}", stage_, end_));
  events_->end();
  changed_.notify_all();
}

bool TrainingWatch::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

std::shared_ptr<const Snapshot> TrainingWatch::snapshot() {
  std::unique_lock lock(mutex_);
  if (ended_) return nullptr;
  require(true, "looking at the weights");
  const auto oldest = Clock::now() - kOldestLook;
  const auto fresh = [&] { return snapshot_ && (stage_ == "paused" || snapshot_taken_ >= oldest); };
  if (!fresh()) looks_ = true;
  changed_.wait(lock, [&] { return fresh() || ended_; });
  return ended_ ? nullptr : snapshot_;
}

std::string TrainingWatch::head() const {
  return fmt::format("{},\"state\":\"{}\",\"epochs\":{},\"steps_per_epoch\":{},\"progress\":{},\"end\":{}",
                     description_, stage_, epochs_, steps_per_epoch_, progress_, end_);
}

std::string TrainingWatch::summary() const {
  const std::lock_guard lock(mutex_);
  return fmt::format("{{{}}}", head());
}

std::string TrainingWatch::layer_lines() const {
  const std::lock_guard lock(mutex_);
  return fmt::format("{}", fmt::join(layers_.rows(), ""));
}

std::string TrainingWatch::state() const {
  const std::lock_guard lock(mutex_);
  return fmt::format(
      "{{{},{},\"curves\":{{\"epochs\":{},\"validations\":{},\"steps\":{}}},\"last_event\":{}}}", head(),
      details_, array_of(epochs_curve_.rows.rows()), array_of(validations_.rows.rows()),
      array_of(steps_.rows.rows()), told_);
}

void TrainingWatch::add(Curve& curve, std::string row) {
  const std::lock_guard lock(mutex_);
  curve.untold.push_back(row);
  curve.rows.add(std::move(row));
  tell_curves();
}

// Unless they have been told a moment ago.
void TrainingWatch::tell_curves() {
  const auto now = Clock::now();
  if (now - curves_told_ < kBetweenEvents) return;
  curves_told_ = now;
  for (Curve* curve : {&epochs_curve_, &validations_, &steps_}) {
    if (curve->untold.empty()) continue;
    tell(curve->name, array_of(curve->untold));
    curve->untold.clear();
  }
}

void TrainingWatch::tell(std::string_view name, std::string_view json) {
  events_->append(name, json);
  ++told_;
}

void TrainingWatch::enter(std::string stage) {
  stage_ = std::move(stage);
  tell("state", fmt::format("{{\"state\":\"{}\"}}", stage_));
}

}  // namespace gradus::server
