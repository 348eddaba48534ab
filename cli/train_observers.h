// What a person, or a program behind --json, sees while a network trains.
#pragma once

#include <memory>
#include <string>

#include "gradus/train/events.h"

namespace gradus::cli {

struct ObserverSetup {
  std::size_t epochs = 0;
  std::string score_name;  // accuracy or r2
  bool has_validation = false;
  bool has_test = false;
};

// A progress bar on standard error and a table of epochs on standard output.
[[nodiscard]] std::unique_ptr<Observer> make_table_observer(const ObserverSetup& setup);
// JSON lines `epoch`, `step` and `validation`.
[[nodiscard]] std::unique_ptr<Observer> make_json_observer(const ObserverSetup& setup);
// The progress bar alone (--quiet).
[[nodiscard]] std::unique_ptr<Observer> make_progress_observer(const ObserverSetup& setup);

}  // namespace gradus::cli
