// What a person, or a program behind --json, sees while a study runs.
#pragma once

#include <memory>

#include "gradus/study/runner.h"

namespace gradus::cli {

// On standard error: one line per running run and one for the whole, gone with the view; nothing where that is no terminal.
[[nodiscard]] std::unique_ptr<study::StudyObserver> make_live_view(const study::Study& study);
// JSON lines `study` and `run`. `name` is the study's.
[[nodiscard]] std::unique_ptr<study::StudyObserver> make_json_view(const study::Study& study,
                                                                   const std::string& name);

// done diverged failed not_run
[[nodiscard]] std::string_view name_of(study::RunState state);

}  // namespace gradus::cli
