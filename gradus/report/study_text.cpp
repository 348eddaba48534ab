// study_text: results and verdicts as tables for a terminal.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "gradus/report/display_text.h"
#include "gradus/report/estimate_text.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/study_results.h"
#include "gradus/report/text_table.h"

namespace gradus::report {

namespace {

std::string results_text(const StudyOutcome& outcome, int width) {
  const std::vector<study::Measure> measures = internal::result_measures(outcome);
  std::vector<Column> columns = {{"contender"}};
  for (const study::Measure& measure : measures) columns.push_back({study::to_text(measure), Align::kRight});
  columns.push_back({"runs"});
  const std::vector<std::vector<std::string>> rows = internal::result_cells(outcome, measures);
  TextTable table(std::move(columns));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::vector<std::string> cells = {outcome.study.contenders[i].name};
    cells.insert(cells.end(), rows[i].begin(), rows[i].end());
    cells.push_back(states_text(internal::count_states(outcome, i)));
    table.add_row(std::move(cells));
  }
  return table.render(width);
}

std::string p_text(const study::JudgedPart& part) {
  if (part.basis != study::Basis::kTTest && part.basis != study::Basis::kSignedRank) return "";
  return part.adjusted_p < 0.001 ? "<0.001" : format_significant(part.adjusted_p, 2);
}

std::string estimate_cell(const study::JudgedPart& part) {
  if (std::isnan(part.estimate)) return "-";
  EstimateText text;
  if (!part.interval) {
    text.add(part.estimate, NAN, NAN);
    return text.estimate(part.estimate);
  }
  text.add(part.estimate, part.interval->low, part.interval->high);
  return text.estimate(part.estimate) + " " + text.interval(part.interval->low, part.interval->high);
}

// Columns in which no claim has anything are left out; the reasons stand below each other under the table.
std::string verdicts_text(const StudyOutcome& outcome, int width) {
  const std::array<Column, 6> all = {{{"verdict"},
                                      {"claim"},
                                      {"estimate [95 %]", Align::kRight},
                                      {"p", Align::kRight},
                                      {"report", Align::kRight},
                                      {"ours", Align::kRight}}};
  std::vector<std::array<std::string, 6>> rows;
  for (std::size_t i = 0; i < outcome.claims.size(); ++i) {
    const study::Claim& claim = outcome.study.claims[i];
    const study::JudgedClaim& judged = outcome.claims[i];
    rows.push_back({std::string(name_of(judged.verdict)), claim.text.empty() ? claim.says : claim.text,
                    estimate_cell(judged.part()), p_text(judged.part()), claim.report,
                    internal::our_figures(outcome, i)});
  }
  std::vector<std::size_t> used;
  for (std::size_t c = 0; c < all.size(); ++c) {
    if (std::ranges::any_of(rows, [&](const auto& row) { return !row[c].empty(); })) used.push_back(c);
  }
  std::vector<Column> columns;
  for (const std::size_t c : used) columns.push_back(all.at(c));
  TextTable table(columns);
  for (const auto& row : rows) {
    std::vector<std::string> cells;
    for (const std::size_t c : used) cells.push_back(row.at(c));
    table.add_row(std::move(cells));
  }
  return table.render(width);
}

// Names and messages may hold anything: made harmless, then wrapped.
std::string line(std::string_view text, int width, int indent) {
  return wrap(repeat(" ", indent) + printable(text), width, indent + 2) + "\n";
}

std::string reasons_text(const StudyOutcome& outcome, int width) {
  std::string text;
  for (std::size_t i = 0; i < outcome.claims.size(); ++i) {
    const study::Claim& claim = outcome.study.claims[i];
    const study::JudgedClaim& judged = outcome.claims[i];
    const std::string& title = claim.text.empty() ? claim.says : claim.text;
    text += "\n" + line(fmt::format("{}: {}", name_of(judged.verdict), title), width, 0);
    if (!claim.text.empty()) text += line(claim.says, width, 2);
    text += line(judged.reason, width, 2);
    for (const std::string& note : judged.notes) text += line(note, width, 2);
    if (!claim.rerun.empty()) text += line("independent re-run: " + claim.rerun, width, 2);
  }
  return text;
}

std::string runs_text(const StudyOutcome& outcome, int width) {
  const internal::StateCounts counts = count_states(outcome, outcome.study.contenders.size());
  std::string runs = fmt::format("runs: {}", states_text(counts));
  if (counts.known > 0) runs += fmt::format("; {} of them in the store before", counts.known);
  if (outcome.result.budget_spent) runs += "; the budget is spent";
  if (outcome.result.cancelled) runs += "; interrupted, the same command goes on from here";
  std::string text = line(runs, width, 0);
  for (const study::StudyRun& run : outcome.result.runs) {
    if (run.state != study::RunState::kFailed) continue;
    text += line(fmt::format("failed: {}, seed {}: {}", outcome.study.contenders[run.planned.contender].name,
                             run.planned.config.seed, run.error),
                 width, 0);
  }
  return text;
}

}  // namespace

std::string study_text(const StudyOutcome& outcome, const StudyTextOptions& options) {
  std::string text;
  if (!outcome.study.title.empty()) text += line(outcome.study.title, options.width, 0);
  if (options.details) {
    if (!outcome.study.question.empty()) text += line(outcome.study.question, options.width, 0);
    text += "\n" + results_text(outcome, options.width) + "\n" + runs_text(outcome, options.width);
  }
  if (outcome.claims.empty()) return text;
  text += "\n" + verdicts_text(outcome, options.width);
  if (options.details) text += reasons_text(outcome, options.width);
  return text;
}

}  // namespace gradus::report
