// study_text: results and verdicts as tables for a terminal.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "gradus/report/display_text.h"
#include "gradus/report/estimate_text.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/study_results.h"
#include "gradus/report/study_tables.h"
#include "gradus/report/text_table.h"

namespace gradus::report {

namespace {

int widest(const std::string& header, const std::vector<std::vector<std::string>>& rows, std::size_t column) {
  int width = display_width(header);
  for (const std::vector<std::string>& row : rows) width = std::max(width, display_width(row[column]));
  return width;
}

// Measures that have no room beside each other go on below, so that no number is cut.
std::string results_text(const StudyOutcome& outcome, int width) {
  constexpr int kLongestName = 36;
  constexpr int kGap = 2;
  const std::vector<study::Measure> measures = internal::result_measures(outcome);
  const std::vector<std::vector<std::string>> cells = internal::result_cells(outcome, measures);
  std::vector<std::string> names;
  std::vector<std::string> states;
  int names_width = display_width("contender");
  for (std::size_t i = 0; i < cells.size(); ++i) {
    names.push_back(shorten(outcome.study.contenders[i].name, width > 0 ? kLongestName : 0x10000));
    states.push_back(states_text(internal::count_states(outcome, i)));
    names_width = std::max(names_width, display_width(names.back()));
  }
  std::string text;
  std::size_t next = 0;
  do {
    const bool first = next == 0;
    std::vector<Column> columns = {{"contender"}};
    std::vector<std::vector<std::string>> rows;
    for (const std::string& name : names) rows.push_back({name});
    if (first) {
      columns.push_back({"runs"});
      for (std::size_t i = 0; i < rows.size(); ++i) rows[i].push_back(states[i]);
    }
    int used = names_width + (first ? kGap + widest("runs", rows, 1) : 0);
    for (const std::size_t begin = next; next < measures.size(); ++next) {
      const std::string header = study::to_text(measures[next]);
      used += kGap + widest(header, cells, next);
      if (width > 0 && used > width && next > begin) break;
      columns.push_back({header, Align::kRight});
      for (std::size_t i = 0; i < rows.size(); ++i) rows[i].push_back(cells[i][next]);
    }
    TextTable table(std::move(columns));
    for (std::vector<std::string>& row : rows) table.add_row(std::move(row));
    text += (first ? "" : "\n") + table.render(width);
  } while (next < measures.size());
  return text;
}

std::string p_text(const study::JudgedPart& part) {
  if (part.basis != study::Basis::kTTest && part.basis != study::Basis::kSignedRank) return "";
  return part.adjusted_p < 0.001 ? "<0.001" : format_significant(part.adjusted_p, 2);
}

std::string estimate_cell(const study::JudgedPart& part) {
  if (!std::isfinite(part.estimate)) return "-";
  EstimateText text;
  if (!part.interval) {
    text.add(part.estimate, NAN, NAN);
    return text.estimate(part.estimate);
  }
  text.add(part.estimate, part.interval->low, part.interval->high);
  return text.estimate(part.estimate) + " " + text.interval(part.interval->low, part.interval->high);
}

constexpr std::array<std::string_view, 6> kHeaders = {"verdict", "claim",  "estimate [95 %]",
                                                      "p",       "report", "ours"};
using VerdictCells = std::array<std::string, kHeaders.size()>;

std::vector<VerdictCells> verdict_cells(const StudyOutcome& outcome) {
  std::vector<VerdictCells> rows;
  for (std::size_t i = 0; i < outcome.claims.size(); ++i) {
    const study::Claim& claim = outcome.study.claims[i];
    const study::JudgedClaim& judged = outcome.claims[i];
    rows.push_back({std::string(name_of(judged.verdict)), claim.text.empty() ? claim.says : claim.text,
                    estimate_cell(judged.part()), p_text(judged.part()), claim.report,
                    internal::our_figures(outcome, i)});
  }
  return rows;
}

// Without columns in which no claim has anything; the last ones give way to the claim where there is no room.
std::vector<std::size_t> verdict_columns(const std::vector<VerdictCells>& rows, int width) {
  constexpr int kReadableClaim = 36;
  std::vector<std::size_t> columns;
  int used = 0;
  for (std::size_t c = 0; c < kHeaders.size(); ++c) {
    int widest = 0;
    for (const VerdictCells& row : rows) widest = std::max(widest, display_width(row[c]));
    if (widest == 0) continue;
    widest = std::max(widest, display_width(kHeaders[c]));
    used += (c == 1 ? std::min(widest, kReadableClaim) : widest) + 2;
    if (width > 0 && used - 2 > width && c > 2) break;
    columns.push_back(c);
  }
  return columns;
}

std::string verdicts_text(const StudyOutcome& outcome, int width) {
  const std::vector<VerdictCells> rows = verdict_cells(outcome);
  const std::vector<std::size_t> used = verdict_columns(rows, width);
  std::vector<Column> columns;
  for (const std::size_t c : used)
    columns.push_back({std::string(kHeaders[c]), c == 2 || c == 3 ? Align::kRight : Align::kLeft});
  TextTable table(columns);
  for (const VerdictCells& row : rows) {
    std::vector<std::string> cells;
    for (const std::size_t c : used) cells.push_back(row[c]);
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
    const std::string ours = internal::our_figures(outcome, i);
    std::string figures = claim.report.empty() ? "" : "report " + claim.report;
    for (const auto& [name, value] : {std::pair("re-run", claim.rerun), std::pair("ours", ours)}) {
      if (!value.empty()) figures += fmt::format("{}{} {}", figures.empty() ? "" : "; ", name, value);
    }
    if (!figures.empty()) text += line(figures, width, 2);
  }
  return text;
}

// A run of each reason; hundreds often fail for one.
std::string failures_text(const StudyOutcome& outcome, int width) {
  struct Failure {
    const study::StudyRun* first;
    std::size_t more = 0;
  };
  std::vector<Failure> failures;
  for (const study::StudyRun& run : outcome.result.runs) {
    if (run.state != study::RunState::kFailed) continue;
    const auto same = [&](const Failure& failure) { return failure.first->error == run.error; };
    const auto known = std::ranges::find_if(failures, same);
    if (known == failures.end()) {
      failures.push_back({&run});
    } else {
      ++known->more;
    }
  }
  std::string text;
  for (const auto& [run, more] : failures) {
    text += line(fmt::format("failed: {}, seed {}: {}{}",
                             outcome.study.contenders[run->planned.contender].name, run->planned.config.seed,
                             run->error, more > 0 ? fmt::format(" ({} more for the same reason)", more) : ""),
                 width, 0);
  }
  return text;
}

std::string runs_text(const StudyOutcome& outcome, int width) {
  const internal::StateCounts counts = internal::count_states(outcome, outcome.study.contenders.size());
  std::string runs = fmt::format("runs: {}", states_text(counts));
  if (counts.known > 0) runs += fmt::format("; {} of them in the store before", counts.known);
  if (outcome.result.budget_spent) runs += "; the budget is spent";
  if (outcome.result.cancelled) runs += "; interrupted, the same command goes on from here";
  std::string text = line(runs, width, 0);
  return text + failures_text(outcome, width);
}

}  // namespace

std::string study_text(const StudyOutcome& outcome, const StudyTextOptions& options) {
  std::string text;
  if (!outcome.study.title.empty()) text += line(outcome.study.title, options.width, 0);
  if (options.details) {
    if (!outcome.study.question.empty()) text += line(outcome.study.question, options.width, 0);
    text += "\n" + results_text(outcome, options.width) + "\n" + runs_text(outcome, options.width);
  }
  for (const std::string& cells : internal::cells_lines(outcome)) text += line(cells, options.width, 0);
  if (outcome.claims.empty()) return text;
  text += "\n" + verdicts_text(outcome, options.width);
  if (options.details) text += reasons_text(outcome, options.width);
  return text;
}

}  // namespace gradus::report
