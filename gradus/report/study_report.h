// What a study found, for people: the text that a terminal shows, and the page with every picture.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "gradus/data/source.h"
#include "gradus/report/html_report.h"
#include "gradus/runs/run_store.h"
#include "gradus/study/judge.h"
#include "gradus/study/runner.h"

namespace gradus::report {

// Views of what the runner and the judge returned; all of it outlives the calls below.
struct StudyFindings {
  const study::Study& study;
  const study::StudyResult& result;
  std::span<const study::JudgedClaim> claims;  // one for each of study.claims
};

// The table of results, contenders by measures, then the table of verdicts; what diverged, failed or did not
// run is counted. Lines take at most `width` columns; 0 sets no limit.
[[nodiscard]] std::string study_text(const StudyFindings& findings, int width);

struct PageOptions {
  SourceOptions source;               // where the data of confusion matrices is read again
  std::filesystem::path page_folder;  // that will hold the page: links to runs start here
};

// Question, verdicts, every [[plot]] (of a study without any: curves, results, claims), how it was done. A
// picture that cannot be made, because a model or its data is gone, is a sentence instead. Throws
// Error(kFile) where the store cannot be read.
[[nodiscard]] HtmlReport study_page(const StudyFindings& findings, const RunStore& store,
                                    const PageOptions& options);

}  // namespace gradus::report
