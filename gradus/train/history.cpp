#include "gradus/train/history.h"

#include <fmt/format.h>

namespace gradus {

namespace {

std::string columns(const std::optional<PartFigures>& part) {
  return part ? fmt::format(",{},{}", part->loss, part->score) : ",,";
}

}  // namespace

std::string to_csv(const History& history, const std::string& score_name) {
  std::string text = "epoch,step,seconds,evaluation_seconds,learning_rate";
  for (const char* part : {"train", "validation", "test"})
    text += fmt::format(",{0}_loss,{0}_{1}", part, score_name);
  text += "\n";
  for (const EpochEvent& row : history.epochs) {
    text += fmt::format("{},{},{},{},{}", row.epoch, row.step, row.seconds, row.evaluation_seconds,
                        row.learning_rate);
    text += columns(row.train) + columns(row.validation) + columns(row.test) + "\n";
  }
  return text;
}

}  // namespace gradus
