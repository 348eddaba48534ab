// What a study found as a file beside its runs, <runs>/studies/<study>.json, for those who look at the store later:
// the study's own file may be gone by then, and its runs may bear other names.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gradus/study/judge.h"
#include "gradus/study/runner.h"

namespace gradus::study {

// A claim and what became of it, in the words of `gradus study --json`.
struct FoundVerdict {
  std::string says = {};
  std::string text = {};     // in human words; may be empty
  std::string report = {};   // the report's own figure
  std::string verdict = {};  // "supported", "refuted", "cannot tell"
  double estimate = std::numeric_limits<double>::quiet_NaN();
  std::optional<Interval> interval = {};
  double p = 1;  // after Holm's correction
  std::string reason = {};
};

// One study of a store.
struct FoundStudy {
  std::string name = {};
  std::string title = {};
  std::string question = {};
  double judged = 0;                      // seconds since 1970
  std::vector<std::uint64_t> runs = {};   // that the verdicts rest upon
  std::vector<FoundVerdict> claims = {};  // in the study's order
  std::string error = {};  // of a file that cannot be read; then there is nothing else than the name
};

// Replaces what an earlier time found. Throws Error(kFile).
void write_verdicts(const std::filesystem::path& runs, const std::string& name, const Study& study,
                    const StudyResult& result, std::span<const JudgedClaim> claims);

// Of all studies of a store, by name.
[[nodiscard]] std::vector<FoundStudy> read_verdicts(const std::filesystem::path& runs);

}  // namespace gradus::study
