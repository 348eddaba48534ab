// One comparison over the replicates: its values, and the chances of them. Internal to the room.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gradus/study/judge.h"

namespace gradus::study::internal {

constexpr double kSignificance = 0.05;

// Finds the runs of a study.
class RunTable {
 public:
  RunTable(const Study& study, std::span<const MeasuredRun> runs);
  [[nodiscard]] const MeasuredRun* find(const std::string& contender, std::size_t replicate) const;
  [[nodiscard]] std::size_t replicates() const { return study_.replicates.size(); }
  [[nodiscard]] const Study& study() const { return study_; }

 private:
  const Study& study_;
  std::map<std::pair<std::string, std::size_t>, const MeasuredRun*> runs_;
};

// Whose cells cells_matched counts.
[[nodiscard]] std::vector<std::string> contenders_of(const Expression& cells, const Study& study);

// nullopt where a run is missing, did not record a measure, or the arithmetic has no result.
[[nodiscard]] std::optional<double> evaluate(const Expression& expression, const RunTable& runs,
                                             std::size_t replicate);

// `abs(x) <= bound` and its like: x is held against an interval around 0.
struct Tolerance {
  const Expression* x = nullptr;
  double bound = 0;
  bool inside = true;  // false: abs(x) >= bound
};
[[nodiscard]] std::optional<Tolerance> tolerance_of(const Comparison& comparison);

// The part before it is known how many claims there are: p-values are two-sided, for either outcome.
struct TestedPart {
  JudgedPart part;
  double p_supported = 1;
  double p_refuted = 1;
  double distance = 0;   // from the nearest value that would change sides, in standard deviations
  bool decided = false;  // exactly: by comparison, not by chance
};

[[nodiscard]] TestedPart test_part(const Comparison& comparison, bool deterministic, const RunTable& runs);

struct ReasonContext {
  bool deterministic = false;
  bool folds = false;             // of a cross-validation
  std::size_t corrected_for = 0;  // claims
};
// One line for people; all figures and the verdict are there.
[[nodiscard]] std::string reason_of(const JudgedPart& part, const Comparison& comparison,
                                    const ReasonContext& context);

}  // namespace gradus::study::internal
