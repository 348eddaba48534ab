// Made-up runs for the tests of this folder.
#pragma once

#include <string>

#include "gradus/runs/run_record.h"

namespace gradus::test {

inline RunHeader header(const std::string& name) {
  RunHeader header;
  header.name = name;
  header.data = "digits";
  header.network = "64-32-10";
  header.steps_per_epoch = 10;
  header.configuration =
      R"({"optimizer":"adam","hidden":[64,32],"epochs":3,"shuffle":true,"learning_rate":0.001})";
  header.configuration_hash = "configuration";
  header.data_hash = "data";
  header.environment = {"a processor", "avx2", 2, "0.1.0", 2, "g++ 12", "0123abc", "Linux", "glibc 2.36"};
  header.tags = {"red", "blue"};
  return header;
}

// Three epochs of ten steps; the loss ends at `loss`, the accuracy at 1 - loss.
inline RunOutcome finished(double loss) {
  RunOutcome outcome;
  outcome.stop_reason = "epochs";
  outcome.steps = 30;
  outcome.epochs = 3;
  outcome.seconds = 0.5;
  outcome.weights_sha256 = "abc";
  outcome.series = {{"validation_loss", {10, 20, 30}, {loss + 2, loss + 1, loss}},
                    {"validation_accuracy", {10, 20, 30}, {0, 1 - loss / 2, 1 - loss}}};
  outcome.finals = {{"validation_loss", loss}, {"validation_accuracy", 1 - loss}};
  return outcome;
}

}  // namespace gradus::test
