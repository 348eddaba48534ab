// What a study found, for people: the text that a terminal shows, and the page with every picture.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "gradus/data/source.h"
#include "gradus/report/html_report.h"
#include "gradus/study/judge.h"
#include "gradus/study/runner.h"

namespace gradus::report {

// Views of what the runner and the judge returned.
struct StudyOutcome {
  const study::Study& study;
  const study::StudyResult& result;
  std::span<const study::JudgedClaim> claims;  // one for each of study.claims
};

// How much of it, and how wide.
struct StudyTextOptions {
  int width = 0;        // columns; 0: no limit
  bool details = true;  // the table of results; else the verdicts alone
};

// Results, contenders by measures, then verdicts; what diverged, failed or did not run is counted.
[[nodiscard]] std::string study_text(const StudyOutcome& outcome, const StudyTextOptions& options = {});

// What a page needs beyond the outcome.
struct PageOptions {
  std::filesystem::path runs;              // folder of the store
  std::string command;                     // that repeats it
  SourceOptions source = {};               // where the data of confusion matrices is read again
  std::filesystem::path page_folder = {};  // that will hold the page; empty: `runs`. Links start here.
};

// Question, verdicts, every [[plot]] (of a study without any: curves and results), claims as intervals, how it
// was done. A picture that cannot be made, because a model or its data is gone, is a sentence instead. Throws
// Error(kFile) where the store cannot be read.
[[nodiscard]] HtmlReport study_page(const StudyOutcome& outcome, const PageOptions& options);

}  // namespace gradus::report
