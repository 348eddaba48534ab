// Learning-rate schedules: the factor on the base rate by step, epoch and, for plateau, the losses seen.
//
//   constant     1
//   exponential  decay^s (per step, report 002) or decay^epoch
//   step         factor^floor(epoch / every)
//   inverse      1 / (1 + rate s)^power, s the step from 0      ("inverse scaling": rate 1, power 0.5)
//   cosine       minimum + (1 - minimum) (1 + cos(pi s / total)) / 2 over all steps
//   plateau      times `factor`, never below minimum, when the smoothed loss has not fallen by min_delta for
//                `patience` epochs
//   one_cycle    from 1 / start_divisor up to 1 over the first `rise` of all steps, then down to
//                1 / (start_divisor end_divisor) at the last (Smith and Topin 2018; PyTorch's OneCycleLR, its
//                max_lr our base rate)
// Plateau's smoothed loss is the exponential mean of the median of the last three losses, so that one lucky
// epoch sets no record out of reach; after a cut the record is the level at the cut.
// A linear warm-up over the first warmup_steps steps multiplies any of them: (s + 1) / warmup_steps.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace gradus {

// How the learning rate changes over a run.
enum class ScheduleKind {
  kConstant,
  kExponential,
  kExponentialEpoch,
  kStep,
  kInverse,
  kCosine,
  kPlateau,
  kOneCycle
};
// The shape of the way down.
enum class Annealing { kCosine, kLinear };

// A schedule with its settings; the comment behind a field names the schedules that it is for.
struct ScheduleSpec {
  ScheduleKind kind = ScheduleKind::kConstant;
  double decay = 0.95;          // exponential, exponential_epoch
  std::uint64_t every = 10;     // step: epochs
  double factor = 0.1;          // step, plateau
  double rate = 1.0;            // inverse
  double power = 0.5;           // inverse
  double minimum = 0.0;         // cosine, plateau: smallest factor
  std::uint64_t patience = 10;  // plateau: epochs, from the third on
  double smoothing = 0.5;       // plateau: weight of the past in the exponential mean of the loss, [0, 1)
  double min_delta = 1e-4;      // plateau: relative
  double rise = 0.3;            // one_cycle: share of the steps, [0, 1]
  double start_divisor = 25;    // one_cycle: at least 1
  double end_divisor = 1e4;     // one_cycle: at least 1
  Annealing annealing = Annealing::kCosine;  // one_cycle: the form of both its slopes
  std::uint64_t warmup_steps = 0;

  void validate() const;  // Error(kBadConfiguration): field, value, range
  friend bool operator==(const ScheduleSpec&, const ScheduleSpec&) = default;
};

// constant exponential exponential_epoch step inverse cosine plateau one_cycle; an unknown name is
// Error(kBadConfiguration)
[[nodiscard]] std::span<const std::string_view> schedule_names();
[[nodiscard]] std::string_view name_of(ScheduleKind kind);
[[nodiscard]] ScheduleKind schedule_from_name(std::string_view name);
[[nodiscard]] std::span<const std::string_view> annealing_names();  // cosine linear
[[nodiscard]] Annealing annealing_from_name(std::string_view name);

// One owner. Uses gradus::math only.
class Schedule {
 public:
  // `total_steps`: of the whole training, for cosine and one_cycle. Throws like spec.validate().
  Schedule(const ScheduleSpec& spec, std::uint64_t total_steps);

  // The factor for step `step` (from 0) in epoch `epoch` (from 0). Powers of decay and factor are running
  // products, whose bits do not depend on which steps were asked for before.
  [[nodiscard]] double factor(std::uint64_t step, std::uint64_t epoch);
  // Plateau looks at it; the others do not. `loss`: validation where there is such a part, else training; one
  // that is not finite does not count.
  void epoch_ended(double loss);

  // The state, of one with the same settings.
  template <class Archive>
  void transfer(Archive& archive) {
    archive(exponent_, power_, plateau_factor_, previous_, losses_, smoothed_, best_, bad_epochs_);
  }

 private:
  double power(double base, std::uint64_t exponent);
  [[nodiscard]] double one_cycle(double step) const;

  ScheduleSpec spec_;
  std::uint64_t total_steps_;
  std::uint64_t exponent_ = 0;  // power_ = base^exponent_
  double power_ = 1;
  double plateau_factor_ = 1;
  std::array<double, 2> previous_{};  // losses, the older first
  std::uint64_t losses_ = 0;
  double smoothed_ = 0;
  double best_ = 0;
  std::uint64_t bad_epochs_ = 0;
};

}  // namespace gradus
