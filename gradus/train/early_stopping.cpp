#include "gradus/train/early_stopping.h"

#include <algorithm>

namespace gradus {

EarlyStopping::EarlyStopping(StoppingRule rule, std::size_t patience, double min_delta)
    : rule_(patience == 0 ? StoppingRule::kNever : rule), patience_(patience), min_delta_(min_delta) {}

bool EarlyStopping::observe(double loss) {
  improved_ = loss < best_;
  if (improved_) best_ = loss;
  if (loss < reference_ - min_delta_) {
    reference_ = loss;
    without_progress_ = 0;
  } else {
    ++without_progress_;
  }
  if (rule_ == StoppingRule::kPatience) return without_progress_ >= patience_;
  if (rule_ == StoppingRule::kNever) return false;
  window_.push_back(loss);
  if (window_.size() > patience_ + 1) window_.pop_front();
  return window_.size() >= patience_ && *std::ranges::min_element(window_) == window_.front();
}

}  // namespace gradus
