#include "gradus/report/study_tables.h"

#include <fmt/format.h>

#include <algorithm>

#include "gradus/report/format_numbers.h"
#include "gradus/report/study_results.h"

namespace gradus::report::internal {

namespace {

constexpr std::size_t kMostDifferences = 10;

struct Difference {
  study::CellDifference cell;
  const study::MeasuredRun* run = nullptr;
};

struct Cells {
  std::size_t all = 0;
  std::size_t matched = 0;
  std::vector<Difference> differing = {};

  [[nodiscard]] std::string text() const {
    return fmt::format("{} of {} cell{}", format_count(matched), format_count(all), all == 1 ? "" : "s");
  }
};

// Of the runs that there are, in the order of the file; `contender` may be empty.
Cells count_cells(const StudyOutcome& outcome, const study::PrintedTable& table, std::string_view contender) {
  Cells cells;
  for (const std::string& name : table.contenders()) {
    if (!contender.empty() && name != contender) continue;
    for (const study::MeasuredRun& run : outcome.result.measured) {
      if (run.contender != name) continue;
      study::TableMatch match = study::compare(table, name, run);
      cells.all += match.cells;
      cells.matched += match.matched;
      for (const study::CellDifference& cell : match.differing) cells.differing.push_back({cell, &run});
    }
  }
  return cells;
}

HtmlTable counts_table(const StudyOutcome& outcome, const study::PrintedTable& table) {
  HtmlTable counts{"", {"Contender", "Cells", "Equal"}, {}};
  for (const std::string& name : table.contenders()) {
    const Cells cells = count_cells(outcome, table, name);
    counts.rows.push_back({name, format_count(cells.all), format_count(cells.matched)});
  }
  return counts;
}

std::string place_text(const study::Measure& measure) {
  const bool epoch = measure.reduction == study::Reduction::kAtEpoch;
  if (!epoch && measure.reduction != study::Reduction::kAtStep) return "";
  return fmt::format("{} {:.0f}", epoch ? "epoch" : "step", measure.argument);
}

std::string label_of(study::Measure measure) {
  if (!place_text(measure).empty()) measure.reduction = study::Reduction::kFinal;
  return measure_label(measure);
}

HtmlTable differences_table(const StudyOutcome& outcome, const Cells& cells) {
  HtmlTable table{"", {"Contender", "Where", "Figure", "Printed", "Measured"}, {}};
  const std::size_t shown = std::min(cells.differing.size(), kMostDifferences);
  table.caption = shown < cells.differing.size() ? fmt::format("The first {} of {} cells that differ", shown,
                                                               format_count(cells.differing.size()))
                                                 : "Cells that differ";
  const bool seeds = outcome.study.replicates.size() > 1;
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& [difference, run] = cells.differing[i];
    const study::PrintedCell& cell = *difference.cell;
    table.rows.push_back({seeds ? fmt::format("{}, seed {}", cell.contender, run->seed) : cell.contender,
                          place_text(cell.measure), label_of(cell.measure), cell.printed,
                          difference.measured ? format_exact(*difference.measured) : "not measured"});
  }
  return table;
}

}  // namespace

std::string cells_text(const StudyOutcome& outcome, const study::PrintedTable& table,
                       std::string_view contender) {
  return count_cells(outcome, table, contender).text();
}

std::vector<std::string> cells_lines(const StudyOutcome& outcome) {
  std::vector<std::string> lines;
  for (const study::PrintedTable& table : outcome.study.tables) {
    const Cells cells = count_cells(outcome, table, "");
    if (cells.all > 0) lines.push_back(fmt::format("{}: {}", table.name, cells.text()));
  }
  return lines;
}

std::vector<HtmlSection> printed_sections(const StudyOutcome& outcome) {
  std::vector<HtmlSection> sections;
  for (const study::PrintedTable& table : outcome.study.tables) {
    const Cells cells = count_cells(outcome, table, "");
    HtmlSection& section = sections.emplace_back();
    section.heading = fmt::format("Printed figures: {}", table.name);
    section.paragraphs = {fmt::format("{} agree with what is printed, each to {}.", cells.text(),
                                      table.tolerance
                                          ? fmt::format("within {}", format_exact(*table.tolerance))
                                          : "half a unit of its last printed digit")};
    section.tables = {counts_table(outcome, table)};
    if (!cells.differing.empty()) section.tables.push_back(differences_table(outcome, cells));
  }
  return sections;
}

}  // namespace gradus::report::internal
