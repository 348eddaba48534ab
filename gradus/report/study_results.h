// The numbers behind a study's tables and pictures: what a measure is over the replicates of a contender.
// Internal to the room.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/report/study_report.h"

namespace gradus::report::internal {

struct ContenderValue {
  std::vector<double> values = {};  // the finite ones, in the order of the replicates
  std::size_t without_bound = 0;    // runs that count as worst: diverged, failed, level never reached
  double mean = std::numeric_limits<double>::quiet_NaN();  // of the finite ones
  double low = std::numeric_limits<double>::quiet_NaN();   // 95 % interval of Student's t, from two values on
  double high = std::numeric_limits<double>::quiet_NaN();

  [[nodiscard]] double half() const { return (high - low) / 2; }
};

[[nodiscard]] ContenderValue value_of(const StudyOutcome& outcome, std::string_view contender,
                                      const study::Measure& measure);

// "3 of 5 without a value" where some runs count as worst; else nothing.
[[nodiscard]] std::string without_bound_text(const ContenderValue& value);

// A t interval with what the folds of a cross-validation share.
[[nodiscard]] study::Interval interval_of(const study::Study& study, std::span<const double> values);

// From the input to the output: "0", "2" of series "layers/0/gradients_norm". Empty where there are none.
[[nodiscard]] std::vector<std::string> layer_names(const study::MeasuredRun& run, std::string_view metric);
// The points behind a measure; null where the run did not record them.
[[nodiscard]] const std::vector<study::Point>* series_points(const study::Measure& measure,
                                                             const study::MeasuredRun& run);

// The study's own measures, else the final figures that its runs have.
[[nodiscard]] std::vector<study::Measure> result_measures(const StudyOutcome& outcome);

// A row for each contender, a cell for each measure: "0.9612 ± 0.0058", with "(3 of 5)" where runs have no value.
// All of a column have the same decimals.
[[nodiscard]] std::vector<std::vector<std::string>> result_cells(const StudyOutcome& outcome,
                                                                 std::span<const study::Measure> measures);

// "test accuracy", "best validation loss", "steps_to(test_accuracy, 0.9)".
[[nodiscard]] std::string measure_label(const study::Measure& measure);

// With a capital, as titles and captions begin.
[[nodiscard]] std::string capitalized(std::string text);

struct StateCounts {
  std::size_t done = 0;
  std::size_t diverged = 0;
  std::size_t failed = 0;
  std::size_t not_run = 0;
  std::size_t known = 0;  // of done and diverged: in the store before

  [[nodiscard]] std::size_t all() const { return done + diverged + failed + not_run; }
};
// Of all contenders where `contender` is the study's number of them.
[[nodiscard]] StateCounts count_states(const StudyOutcome& outcome, std::size_t contender);
// "5", "5, 2 diverged", "4 of 5, 1 not run"
[[nodiscard]] std::string states_text(const StateCounts& counts);

// At most `most` contenders out of `names` (empty: all): the best by the first measure, in the study's order.
[[nodiscard]] std::vector<std::string> best_contenders(const StudyOutcome& outcome,
                                                       const std::vector<std::string>& names,
                                                       std::size_t most);

// What our runs have for the measures that a claim is about, in its order: "0.9712", "0.9712 against 0.9650".
[[nodiscard]] std::string our_figures(const StudyOutcome& outcome, std::size_t claim);

}  // namespace gradus::report::internal
