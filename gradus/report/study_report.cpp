// study_page: a study as sections of a page.
#include "gradus/report/study_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gradus/core/error.h"
#include "gradus/report/page_parts.h"
#include "gradus/report/study_figures.h"
#include "gradus/report/study_results.h"
#include "gradus/report/study_tables.h"
#include "gradus/runs/run_identity.h"

namespace gradus::report {

namespace {

using internal::counted;
using internal::Pictures;
using internal::StateCounts;

StateCounts all_states(const StudyOutcome& outcome) {
  return internal::count_states(outcome, outcome.study.contenders.size());
}

std::string verdict_words(const StudyOutcome& outcome) {
  std::string text;
  for (const study::Verdict verdict :
       {study::Verdict::kSupported, study::Verdict::kRefuted, study::Verdict::kCannotTell}) {
    const auto count = std::ranges::count(outcome.claims, verdict, &study::JudgedClaim::verdict);
    if (count == 0) continue;
    const std::string_view word = verdict == study::Verdict::kCannotTell ? "open" : name_of(verdict);
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, word);
  }
  return text;
}

std::string lead_of(const StudyOutcome& outcome) {
  const StateCounts counts = all_states(outcome);
  std::string text = fmt::format("{} of {}", counted(counts.all() - counts.not_run, "run"),
                                 counted(outcome.study.contenders.size(), "contender"));
  const std::size_t n = outcome.study.replicates.size();
  if (n > 1) text += fmt::format(" on the same {} {}", n, outcome.study.folds > 0 ? "folds" : "seeds");
  if (!outcome.claims.empty())
    text += fmt::format("; {}: {}", counted(outcome.claims.size(), "claim"), verdict_words(outcome));
  for (const std::string& cells : internal::cells_lines(outcome)) text += "; " + cells;
  text += ".";
  if (counts.diverged > 0) text += fmt::format(" {} diverged.", counted(counts.diverged, "run"));
  if (counts.failed > 0) text += fmt::format(" {} failed.", counted(counts.failed, "run"));
  if (counts.not_run > 0) {
    text += fmt::format(" {} did not begin: {}.", counted(counts.not_run, "run"),
                        outcome.result.budget_spent ? "the budget was spent" : "the study was interrupted");
  }
  return text;
}

VerdictRow verdict_row(const StudyOutcome& outcome, std::size_t i) {
  const study::Claim& claim = outcome.study.claims[i];
  const study::JudgedClaim& judged = outcome.claims[i];
  const study::JudgedPart& part = judged.part();
  VerdictRow row;
  row.claim = claim.says;
  row.text = claim.text;
  row.verdict = internal::mark_of(judged.verdict);
  if (std::isfinite(part.estimate)) row.estimate = part.estimate;
  if (part.interval) {
    row.low = part.interval->low;
    row.high = part.interval->high;
  }
  if (part.basis == study::Basis::kTTest || part.basis == study::Basis::kSignedRank) row.p = part.adjusted_p;
  row.reported = claim.report;
  row.rerun = claim.rerun;
  row.ours = internal::our_figures(outcome, i);
  // Of a single deterministic run our figures say it all.
  const bool said = part.basis == study::Basis::kExact && part.values.size() == 1 && !row.ours.empty();
  if (!said) row.note = judged.reason;
  for (const std::string& note : judged.notes) row.note += (row.note.empty() ? "" : "; ") + note;
  return row;
}

HtmlTable results_table(const StudyOutcome& outcome) {
  HtmlTable table{"", {"Contender"}, {}};
  if (outcome.study.replicates.size() > 1) table.caption = "Mean ± half of its 95 % interval";
  const std::vector<study::Measure> measures = internal::result_measures(outcome);
  for (const study::Measure& measure : measures) table.header.push_back(internal::measure_label(measure));
  table.header.emplace_back("Runs");
  table.rows = internal::result_cells(outcome, measures);
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    table.rows[i].insert(table.rows[i].begin(), outcome.study.contenders[i].name);
    table.rows[i].push_back(states_text(internal::count_states(outcome, i)));
  }
  return table;
}

std::string seed_text(const StudyOutcome& outcome, const study::PlannedRun& planned) {
  const study::Replicate& replicate = outcome.study.replicates.at(planned.replicate);
  std::string text = fmt::format("seed {}", planned.config.seed);
  if (replicate.fold) text += fmt::format(", fold {}", *replicate.fold + 1);
  return text;
}

std::string state_word(study::RunState state) {
  switch (state) {
    case study::RunState::kDone:
      return "finished";
    case study::RunState::kDiverged:
      return "diverged";
    case study::RunState::kFailed:
      return "failed";
    case study::RunState::kNotRun:
      return "not run";
  }
  GRADUS_ASSERT(false, static_cast<int>(state));
}

// Runs that did not end as planned, with the reason.
HtmlTable troubles_table(const StudyOutcome& outcome, const RunStore& store) {
  HtmlTable table{"Runs that did not finish", {"Contender", "Replicate", "State", "Reason"}, {}};
  for (const study::StudyRun& run : outcome.result.runs) {
    if (run.state == study::RunState::kDone) continue;
    // Of a run that was known before only the store knows why.
    const std::string reason = run.error.empty() && run.id > 0 ? store.record(run.id).error : run.error;
    table.rows.push_back({outcome.study.contenders[run.planned.contender].name,
                          seed_text(outcome, run.planned), state_word(run.state), reason});
  }
  return table;
}

bool shared_by_all(const study::Study& study, std::string_view name) {
  const Field& field = *find_field(name);
  const std::string text = field_text(study.contenders.front().config, field);
  return std::ranges::all_of(study.contenders, [&](const study::Contender& contender) {
    return field_text(contender.config, field) == text;
  });
}

// What all contenders have stands under the method instead.
HtmlTable contenders_table(const StudyOutcome& outcome) {
  HtmlTable table{"", {"Contender", "Differs in", "What it is"}, {}};
  bool texts = false;
  for (const study::Contender& contender : outcome.study.contenders) {
    std::string changes;
    for (const auto& [field, value] : contender.changes) {
      if (!shared_by_all(outcome.study, field))
        changes += fmt::format("{}{} = {}", changes.empty() ? "" : ", ", field, value);
    }
    texts = texts || !contender.text.empty();
    table.rows.push_back({contender.name, changes.empty() ? "nothing" : changes, contender.text});
  }
  if (!texts) {
    table.header.pop_back();
    for (std::vector<std::string>& row : table.rows) row.pop_back();
  }
  return table;
}

void add_section(HtmlReport& page, std::string heading, Pictures pictures) {
  if (pictures.figures.empty() && pictures.missing.empty()) return;
  page.sections.push_back({std::move(heading), std::move(pictures.missing), std::move(pictures.figures), {}});
}

void add_pictures(HtmlReport& page, const StudyOutcome& outcome, internal::ModelPictures& models) {
  if (outcome.study.plots.empty()) {
    add_section(page, "Pictures", internal::usual_pictures(outcome, models));
    return;
  }
  Pictures all;
  for (const study::Plot& plot : outcome.study.plots) {
    Pictures pictures = internal::plot_pictures(outcome, plot, models);
    std::ranges::move(pictures.figures, std::back_inserter(all.figures));
    std::ranges::move(pictures.missing, std::back_inserter(all.missing));
  }
  add_section(page, "Pictures", std::move(all));
}

// The data as typed; contenders may differ in it.
std::string data_of(const study::Study& study) {
  std::vector<std::string> names;
  for (const study::Contender& contender : study.contenders) {
    if (std::ranges::find(names, contender.config.data) == names.end())
      names.push_back(contender.config.data);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string seeds_of(const study::Study& study) {
  std::vector<std::string> seeds;
  for (const study::Replicate& replicate : study.replicates) {
    std::string seed = replicate.seed ? std::to_string(*replicate.seed) : "each contender's own";
    if (std::ranges::find(seeds, seed) == seeds.end()) seeds.push_back(std::move(seed));
  }
  return fmt::format("{}", fmt::join(seeds, ", "));
}

// Seeds and data have lines of their own.
std::string common_fields(const study::Study& study) {
  std::string text;
  for (const auto& [field, value] : internal::chosen_fields(study.contenders.front().config)) {
    if (field != "seed" && field != "data" && shared_by_all(study, field))
      text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", field, value);
  }
  return text.empty() ? "every field at its default" : text;
}

void add_method(HtmlReport& page, const StudyOutcome& outcome) {
  const StateCounts counts = all_states(outcome);
  page.method = {{"data", data_of(outcome.study)}, {"seeds", seeds_of(outcome.study)}};
  if (outcome.study.folds > 0)
    page.method.emplace_back("cross-validation", fmt::format("{} stratified folds", outcome.study.folds));
  page.method.emplace_back("all contenders", common_fields(outcome.study));
  page.method.emplace_back("runs", states_text(counts));
  if (counts.known > 0)
    page.method.emplace_back("not trained again",
                             fmt::format("{}, in the store before", counted(counts.known, "run")));
  if (!outcome.claims.empty()) {
    page.method.emplace_back(
        "verdicts",
        "paired by seed; two-sided, at 5 % after Holm's correction for all claims of the "
        "study; a claim of deterministic runs is held against these very runs");
  }
}

void add_runs(HtmlReport& page, const StudyOutcome& outcome, const PageOptions& options) {
  for (const study::StudyRun& run : outcome.result.runs) {
    if (run.id == 0) continue;
    const std::string text =
        fmt::format("{}: {}, {}{}", run.id, outcome.study.contenders[run.planned.contender].name,
                    seed_text(outcome, run.planned),
                    run.state == study::RunState::kDone ? "" : ", " + state_word(run.state));
    page.runs.push_back(internal::run_link(text, options.runs / std::to_string(run.id), options));
  }
}

}  // namespace

HtmlReport study_page(const StudyOutcome& outcome, const PageOptions& options) {
  const RunStore store = RunStore::open_existing(options.runs);
  internal::ModelPictures models(store, options.source);
  HtmlReport page;
  page.title = outcome.study.title.empty() ? "Study" : outcome.study.title;
  page.question = outcome.study.question;
  page.lead = lead_of(outcome);
  for (std::size_t i = 0; i < outcome.claims.size(); ++i) page.verdicts.push_back(verdict_row(outcome, i));
  if (auto claims = internal::claims_figure(outcome))
    page.sections.push_back({"Claims and their intervals", {}, {std::move(*claims)}, {}});
  HtmlSection results{"Results", {}, {}, {results_table(outcome)}};
  if (HtmlTable troubles = troubles_table(outcome, store); !troubles.rows.empty())
    results.tables.push_back(std::move(troubles));
  page.sections.push_back(std::move(results));
  std::ranges::move(internal::printed_sections(outcome), std::back_inserter(page.sections));
  add_pictures(page, outcome, models);
  page.sections.push_back({"What was compared", {}, {}, {contenders_table(outcome)}});
  add_method(page, outcome);
  page.command = options.command;
  page.environment = internal::environment_pairs(this_environment(1));
  add_runs(page, outcome, options);
  return page;
}

}  // namespace gradus::report
