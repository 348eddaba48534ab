// For the tests of pages: a study that has really run, in a store within `folder`.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "gradus/report/study_report.h"
#include "gradus/study/study_file.h"

namespace gradus::report::test {

struct StudyThatRan {
  StudyThatRan(const std::string& text, std::filesystem::path place)
      : folder(std::move(place)), study(study::parse_study(text, "test.toml", "")) {
    RunStore store = RunStore::open(runs());
    study::StudyObserver nobody;
    study::RunnerOptions options;
    options.name = "test";
    options.workers = 1;
    result = study::run_study(study, store, options, nobody);
    claims = study::judge(study, result.measured);
  }

  [[nodiscard]] std::filesystem::path runs() const { return folder / "runs"; }
  [[nodiscard]] StudyOutcome outcome() const { return {study, result, claims}; }
  [[nodiscard]] PageOptions options() const { return {.runs = runs(), .command = "gradus study test.toml"}; }
  [[nodiscard]] HtmlReport page() const { return study_page(outcome(), options()); }

  std::filesystem::path folder;
  study::Study study;
  study::StudyResult result = {};
  std::vector<study::JudgedClaim> claims = {};
};

}  // namespace gradus::report::test
