// What a person, or a program behind --json, sees while a network trains.
#pragma once

#include <memory>
#include <string>

#include "gradus/train/events.h"

namespace gradus::cli {

// An observer that is told when training is over, before anything else is printed.
class RunObserver : public Observer {
 public:
  virtual void finish() {}
  void on_note(const std::string& text) override;  // on standard error
};

struct ObserverSetup {
  std::size_t epochs = 0;
  std::string score_name;  // accuracy or r2
  bool has_validation = false;
  bool has_test = false;
};

// A progress bar on standard error and a table of epochs on standard output. Of long runs the table shows the
// first epoch, every nth and the last; a star says that the validation loss reached a new low since the row
// before.
[[nodiscard]] std::unique_ptr<RunObserver> make_table_observer(const ObserverSetup& setup);
// JSON lines `epoch`, `step` and `validation`.
[[nodiscard]] std::unique_ptr<RunObserver> make_json_observer(const ObserverSetup& setup);
// The progress bar alone (--quiet).
[[nodiscard]] std::unique_ptr<RunObserver> make_progress_observer(const ObserverSetup& setup);

}  // namespace gradus::cli
