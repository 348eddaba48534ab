// When to stop, from the validation losses alone.
//
//   patience        stop after `patience` validations in a row without a fall by more than min_delta
//   oldest_minimum  the reports' rule: once `patience` losses are known, stop when the oldest of the last
//                   patience + 1 (or of the `patience` there are) is their minimum
#pragma once

#include <cstddef>
#include <deque>
#include <limits>

namespace gradus {

enum class StoppingRule { kNever, kPatience, kOldestMinimum };

class EarlyStopping {
 public:
  EarlyStopping(StoppingRule rule, std::size_t patience, double min_delta);

  // True when training should stop now. NaN never counts as progress.
  [[nodiscard]] bool observe(double loss);
  // The last observed loss is the lowest so far (by any amount): the moment to keep the weights.
  [[nodiscard]] bool improved() const { return improved_; }
  [[nodiscard]] double best() const { return best_; }

  // The state, of one with the same settings.
  template <class Archive>
  void transfer(Archive& archive) {
    archive(best_, reference_, without_progress_, improved_, window_);
  }

 private:
  StoppingRule rule_;
  std::size_t patience_;
  double min_delta_;
  double best_ = std::numeric_limits<double>::infinity();
  double reference_ = std::numeric_limits<double>::infinity();  // what min_delta is measured from
  std::size_t without_progress_ = 0;
  bool improved_ = false;
  std::deque<double> window_;
};

}  // namespace gradus
