// What others see of a training, and how they hold it: the observer between the thread that trains and the lab's readers.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gradus/server/event_log.h"
#include "gradus/server/thinned_rows.h"
#include "gradus/train/trainer.h"

namespace gradus::server {

[[nodiscard]] ParameterBlock copy_of(const ParameterView& parameters);

// The weights after a step.
struct Snapshot {
  ParameterBlock parameters;
  std::uint64_t step = 0;
  std::size_t epoch = 0;
};

// The on_... calls come from the training's thread, all others from any. Events are told some ten times a second,
// those between gathered into one; of epochs that are quicker than a curve can show, some are never told.
class TrainingWatch final : public Observer {
 public:
  // What is known before the first step, as members of a JSON object without its braces; `details` for state() alone.
  TrainingWatch(std::string description, std::string details);

  void on_start(const StartEvent& event) override;
  void on_step(const StepEvent& event) override;
  void on_progress(const ProgressEvent& event) override;
  void on_validation(const ValidationEvent& event) override;
  void on_epoch(const EpochEvent& event) override;
  void on_layers(const LayersEvent& event) override;
  [[nodiscard]] bool wants_weights() override { return looks_.load(std::memory_order_relaxed); }
  void on_weights(const WeightsEvent& event) override;

  void pause();
  void resume();
  void step();
  void stop();
  [[nodiscard]] bool stopped() const { return stopped_.load(std::memory_order_relaxed); }
  // Behind the last step: `stage` is the name of the run's status, `end` a JSON object with the figures.
  void end(std::string stage, std::string end);
  [[nodiscard]] bool ended() const;

  // Waits for the next step where the last look is older than a twentieth of a second. Null where the
  // training ended. Throws Error(kInvalidArgument) where it has not begun.
  [[nodiscard]] std::shared_ptr<const Snapshot> snapshot();

  // What was recorded of the layers: lines of kLayersFile, of many steps evenly spaced ones.
  [[nodiscard]] std::string layer_lines() const;
  [[nodiscard]] std::string state() const;
  [[nodiscard]] std::string summary() const;
  [[nodiscard]] const std::shared_ptr<EventLog>& events() const { return events_; }

 private:
  using Clock = std::chrono::steady_clock;

  // A curve and its points that no event has told yet.
  struct Curve {
    std::string name;
    ThinnedRows rows;
    std::vector<std::string> untold;
  };

  void require(bool begun, const char* what) const;
  void add(Curve& curve, std::string row);
  void tell_curves();
  void tell(std::string_view name, std::string_view json);
  void enter(std::string stage);
  [[nodiscard]] std::string head() const;

  const std::string description_;
  const std::string details_;
  const std::shared_ptr<EventLog> events_ = std::make_shared<EventLog>();

  std::atomic<bool> looks_ = false;  // somebody asks for the weights, or the training is to pause
  std::atomic<bool> stopped_ = false;

  mutable std::mutex mutex_;  // of all below
  std::condition_variable changed_;
  std::string stage_ = "waiting";
  std::string end_ = "null";
  bool begun_ = false;
  bool ended_ = false;
  bool pauses_ = false;
  std::uint64_t steps_granted_ = 0;  // to a paused training
  std::string progress_ = "null";
  std::uint64_t steps_per_epoch_ = 0;
  std::size_t epochs_ = 0;
  Curve epochs_curve_{"epochs", ThinnedRows(), {}};
  Curve validations_{"validations", ThinnedRows(), {}};
  Curve steps_{"steps", ThinnedRows(), {}};
  std::optional<EpochEvent> untaken_epoch_;  // the last one, where its curve left it out
  std::uint64_t told_ = 0;                   // events
  Clock::time_point curves_told_;
  ThinnedRows layers_{400};
  Clock::time_point layers_told_;
  std::shared_ptr<const Snapshot> snapshot_;
  Clock::time_point snapshot_taken_;
};

}  // namespace gradus::server
