// Verdicts: claims held against what the runs measured. docs/statistics.md says how and why.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/study/measure.h"
#include "gradus/study/rank_tests.h"
#include "gradus/study/statistics.h"
#include "gradus/study/study.h"

namespace gradus::study {

// What the runs say about a claim.
enum class Verdict { kSupported, kRefuted, kCannotTell };
// "supported", "refuted", "cannot tell"
[[nodiscard]] std::string_view name_of(Verdict verdict);

// What a verdict rests on.
enum class Basis {
  kNothing,     // too few replicates, or nothing measured
  kExact,       // the comparison itself: deterministic runs, or differences that are all equal
  kTTest,       // the paired t test
  kSignedRank,  // Wilcoxon's test: a difference is infinite, so that there is no mean
};

// One comparison, over the replicates in which both sides are known. For `abs(x) <= t` the quantity is x, whose
// interval must lie within -+t; else it is left - right, held against 0.
struct JudgedPart {
  std::string says = {};
  Verdict verdict = Verdict::kCannotTell;
  Basis basis = Basis::kNothing;
  double estimate = 0;  // mean of the quantity; the median where one is infinite; NaN without values
  std::optional<Interval> interval = {};   // 95 %, of Student's t
  std::optional<Interval> bootstrap = {};  // 95 %, bias-corrected and accelerated
  double left = 0;                         // means of the two sides
  double right = 0;
  double effect = 0;  // d_z after Hedges, NaN where it is not defined
  std::optional<SignedRankTest> signed_rank = {};
  double p = 1;           // two-sided
  double adjusted_p = 1;  // after Holm's correction over the study's claims
  std::optional<std::size_t> more_seeds =
      {};  // of "cannot tell": how many more would decide, where that is known
  std::vector<std::size_t> replicates = {};  // of the values
  std::vector<double> values = {};           // of the quantity
  std::string reason = {};                   // one line for people
};

// The verdict on one claim, and why.
struct JudgedClaim {
  Verdict verdict = Verdict::kCannotTell;
  std::size_t deciding = 0;             // the part that the verdict hangs on
  std::vector<JudgedPart> parts = {};   // never empty
  std::string reason = {};              // one line for people
  std::vector<std::string> notes = {};  // runs that diverged, failed or are missing, by name

  [[nodiscard]] const JudgedPart& part() const { return parts[deciding]; }
};

// All claims of the study at once, since they are corrected for their number. Runs of other contenders and
// replicates are ignored; missing ones leave their pair out.
[[nodiscard]] std::vector<JudgedClaim> judge(const Study& study, std::span<const MeasuredRun> runs);

}  // namespace gradus::study
