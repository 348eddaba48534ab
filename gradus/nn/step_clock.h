// Where the time of a training step goes, phase by phase.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

namespace gradus {

// The parts of a training step whose time is taken apart.
enum class StepPhase : std::size_t { kOther, kGather, kForward, kLoss, kBackward, kUpdate };
inline constexpr std::size_t kStepPhases = 6;

// The time since the last enter() belongs to the phase entered then. Read by one thread.
class StepClock {
 public:
  void enter(StepPhase phase) {
    const auto now = std::chrono::steady_clock::now();
    seconds_[static_cast<std::size_t>(phase_)] += std::chrono::duration<double>(now - since_).count();
    phase_ = phase;
    since_ = now;
  }
  [[nodiscard]] double seconds(StepPhase phase) const { return seconds_[static_cast<std::size_t>(phase)]; }

 private:
  std::array<double, kStepPhases> seconds_{};
  StepPhase phase_ = StepPhase::kOther;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

}  // namespace gradus
