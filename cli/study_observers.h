// What a person, or a program behind --json, sees while a study runs.
#pragma once

#include <memory>

#include "gradus/study/runner.h"

namespace gradus::cli {

// An observer that is told when everything has run, before anything else is printed.
class StudyView : public study::StudyObserver {
 public:
  virtual void finish() {}
};

// On standard error: one line per running run and one for the whole; nothing where that is no terminal.
[[nodiscard]] std::unique_ptr<StudyView> make_live_view(const study::Study& study);
// JSON lines `study` and `run`. `name` is the study's.
[[nodiscard]] std::unique_ptr<StudyView> make_json_view(const study::Study& study, const std::string& name);

// done diverged failed not_run
[[nodiscard]] std::string_view name_of(study::RunState state);

}  // namespace gradus::cli
