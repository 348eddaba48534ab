// Learning-rate schedules, with our own elementary functions so that the rates have the same bits everywhere.
#include "gradus/optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "gradus/core/names.h"
#include "gradus/kernels/math.h"
#include "gradus/optim/setting.h"

namespace gradus {
namespace {

// In the order of ScheduleKind.
constexpr std::array<std::string_view, 8> kNames = {
    "constant", "exponential", "exponential_epoch", "step", "inverse", "cosine", "plateau", "one_cycle"};
// In the order of Annealing.
constexpr std::array<std::string_view, 2> kAnnealingNames = {"cosine", "linear"};

double median(double a, double b, double c) {
  return std::max(std::min(a, b), std::min(std::max(a, b), c));
}

}  // namespace

void ScheduleSpec::validate() const {
  const auto check = [](std::string_view field, double value, const internal::SettingRange& range) {
    internal::check_setting("schedule", field, value, range);
  };
  check("decay", decay, internal::kAboveZeroToOne);
  check("every", static_cast<double>(every), internal::kAtLeastOne);
  check("factor", factor, internal::kAboveZeroToOne);
  check("rate", rate, internal::kNotNegative);
  check("power", power, internal::kNotNegative);
  check("minimum", minimum, internal::kFromZeroToOne);
  check("patience", static_cast<double>(patience), internal::kAtLeastOne);
  check("smoothing", smoothing, internal::kFromZeroBelowOne);
  check("min_delta", min_delta, internal::kFromZeroBelowOne);
  check("rise", rise, internal::kFromZeroToOne);
  check("start_divisor", start_divisor, internal::kAtLeastOne);
  check("end_divisor", end_divisor, internal::kAtLeastOne);
}

std::span<const std::string_view> schedule_names() {
  return kNames;
}

std::string_view name_of(ScheduleKind kind) {
  return kNames.at(static_cast<std::size_t>(kind));
}

ScheduleKind schedule_from_name(std::string_view name) {
  return static_cast<ScheduleKind>(index_of_name("schedule", name, kNames));
}

std::span<const std::string_view> annealing_names() {
  return kAnnealingNames;
}

Annealing annealing_from_name(std::string_view name) {
  return static_cast<Annealing>(index_of_name("annealing", name, kAnnealingNames));
}

Schedule::Schedule(const ScheduleSpec& spec, std::uint64_t total_steps)
    : spec_(spec), total_steps_(total_steps) {
  spec.validate();
}

double Schedule::factor(std::uint64_t step, std::uint64_t epoch) {
  const double s = static_cast<double>(step);
  double factor = 1;
  switch (spec_.kind) {
    case ScheduleKind::kConstant:
      break;
    case ScheduleKind::kExponential:
      factor = power(spec_.decay, step);
      break;
    case ScheduleKind::kExponentialEpoch:
      factor = power(spec_.decay, epoch);
      break;
    case ScheduleKind::kStep:
      factor = power(spec_.factor, epoch / spec_.every);
      break;
    case ScheduleKind::kInverse:
      factor = 1 / math::pow(1 + spec_.rate * s, spec_.power);
      break;
    case ScheduleKind::kCosine: {
      const double progress = step < total_steps_ ? s / static_cast<double>(total_steps_) : 1;
      factor = spec_.minimum + (1 - spec_.minimum) * (1 + math::cos(std::numbers::pi * progress)) / 2;
      break;
    }
    case ScheduleKind::kPlateau:
      factor = plateau_factor_;
      break;
    case ScheduleKind::kOneCycle:
      factor = one_cycle(s);
      break;
  }
  if (step < spec_.warmup_steps) factor *= (s + 1) / static_cast<double>(spec_.warmup_steps);
  return factor;
}

// The peak is at step rise * total - 1, a fraction perhaps, as PyTorch has it.
double Schedule::one_cycle(double step) const {
  const auto between = [this](double from, double to, double share) {
    if (spec_.annealing == Annealing::kLinear) return from + (to - from) * share;
    return to + (from - to) / 2 * (1 + math::cos(std::numbers::pi * share));
  };
  const double last = static_cast<double>(total_steps_) - 1;
  const double peak = std::max(0.0, spec_.rise * static_cast<double>(total_steps_) - 1);
  const double low = 1 / spec_.start_divisor;
  if (step <= peak && peak > 0) return between(low, 1, step / peak);
  return between(1, low / spec_.end_divisor, step < last ? (step - peak) / (last - peak) : 1);
}

// Called with one base only; an exponent below the last one starts anew. Ends early where the power moves no more.
double Schedule::power(double base, std::uint64_t exponent) {
  if (exponent < exponent_) {
    exponent_ = 0;
    power_ = 1;
  }
  for (; exponent_ < exponent; ++exponent_) {
    const double next = power_ * base;
    if (next == power_) exponent_ = exponent - 1;
    power_ = next;
  }
  return power_;
}

void Schedule::epoch_ended(double loss) {
  if (spec_.kind != ScheduleKind::kPlateau || !std::isfinite(loss)) return;
  ++losses_;
  const double middle = median(previous_[0], previous_[1], loss);
  previous_ = {previous_[1], loss};
  if (losses_ < 3) return;

  smoothed_ = losses_ == 3 ? middle : spec_.smoothing * smoothed_ + (1 - spec_.smoothing) * middle;
  if (losses_ == 3 || smoothed_ < best_ - spec_.min_delta * std::abs(best_)) {
    best_ = smoothed_;
    bad_epochs_ = 0;
    return;
  }
  if (++bad_epochs_ < spec_.patience) return;
  plateau_factor_ = std::max(spec_.minimum, plateau_factor_ * spec_.factor);
  best_ = smoothed_;
  bad_epochs_ = 0;
}

}  // namespace gradus
