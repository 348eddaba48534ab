// The record of a run: one row per epoch, and the validations within epochs where there were any.
#pragma once

#include <string>
#include <vector>

#include "gradus/train/events.h"

namespace gradus {

// What a run told, in order.
struct History {
  std::vector<EpochEvent> epochs;
  std::vector<ValidationEvent> validations;
};

// CSV with all digits: epoch, step, seconds, evaluation_seconds, learning_rate, train_loss, train_accuracy, ... `score_name` is
// accuracy or r2.
[[nodiscard]] std::string to_csv(const History& history, const std::string& score_name);

}  // namespace gradus
