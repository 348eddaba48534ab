#include "gradus/report/study_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gradus/report/estimate_text.h"
#include "gradus/report/study_tables.h"
#include "gradus/study/statistics.h"

namespace gradus::report::internal {

namespace {

constexpr double kConfidence = 0.95;

bool measured_by_any(const StudyOutcome& outcome, const study::Measure& measure) {
  return std::ranges::any_of(outcome.result.measured, [&](const study::MeasuredRun& run) {
    const auto value = study::evaluate(measure, run);
    return value && std::isfinite(*value);
  });
}

// One measure of one contender, as a claim names it.
struct Named {
  std::string contender;
  study::Measure measure;
  friend bool operator==(const Named&, const Named&) = default;
};

std::vector<Named> measures_in(const study::Comparison& comparison) {
  std::vector<Named> found;
  const auto visit = [&](const study::Expression& part) {
    if (part.kind != study::Expression::Kind::kMeasure) return;
    const Named named = {part.contender, part.measure};
    if (std::ranges::find(found, named) == found.end()) found.push_back(named);
  };
  study::for_each_expression(comparison.left, visit);
  study::for_each_expression(comparison.right, visit);
  return found;
}

std::string figure_text(const ContenderValue& value) {
  if (value.values.empty()) return value.without_bound > 0 ? "none" : "not measured";
  EstimateText text;
  text.add(value.mean, value.low, value.high);
  return text.estimate(value.mean);
}

std::string cell_text(const ContenderValue& value, const EstimateText& text) {
  const std::size_t runs = value.values.size() + value.without_bound;
  if (runs == 0) return "";
  if (value.values.empty()) return "none";
  std::string cell = text.estimate(value.mean);
  if (std::isfinite(value.half())) cell += " ± " + text.estimate(value.half());
  if (value.without_bound > 0) cell += fmt::format(" ({} of {})", value.values.size(), runs);
  return cell;
}

}  // namespace

study::Interval interval_of(const study::Study& study, std::span<const double> values) {
  const double overlap = study.folds > 1 ? 1 / (static_cast<double>(study.folds) - 1) : 0;
  return study::t_interval(study::summarize(values, overlap), kConfidence);
}

ContenderValue value_of(const StudyOutcome& outcome, std::string_view contender,
                        const study::Measure& measure) {
  ContenderValue result;
  std::vector<const study::MeasuredRun*> runs;
  for (const study::MeasuredRun& run : outcome.result.measured) {
    if (run.contender == contender) runs.push_back(&run);
  }
  std::ranges::sort(runs, {}, &study::MeasuredRun::replicate);
  for (const study::MeasuredRun* run : runs) {
    const auto value = study::evaluate(measure, *run);
    if (!value) continue;
    if (std::isfinite(*value)) {
      result.values.push_back(*value);
    } else {
      ++result.without_bound;
    }
  }
  if (result.values.empty()) return result;
  result.mean = study::summarize(result.values).mean;
  if (result.values.size() < 2) return result;
  const study::Interval interval = interval_of(outcome.study, result.values);
  result.low = interval.low;
  result.high = interval.high;
  return result;
}

std::string without_bound_text(const ContenderValue& value) {
  if (value.without_bound == 0) return "";
  return fmt::format("{} of {} without a value", value.without_bound,
                     value.without_bound + value.values.size());
}

std::vector<std::string> layer_names(const study::MeasuredRun& run, std::string_view metric) {
  constexpr std::string_view kLayers = "layers/";
  std::vector<std::string> names;
  for (const auto& [key, points] : run.series) {
    if (!key.starts_with(kLayers) || !key.ends_with(metric)) continue;
    const std::size_t length = key.size() - kLayers.size() - metric.size();
    if (length > 1 && key[kLayers.size() + length - 1] == '/')
      names.push_back(key.substr(kLayers.size(), length - 1));
  }
  // They are numbers: "2" stands before "10".
  std::ranges::sort(names, {}, [](const std::string& name) { return std::pair(name.size(), name); });
  return names;
}

const std::vector<study::Point>* series_points(const study::Measure& measure, const study::MeasuredRun& run) {
  std::string key = measure.metric.name;
  if (measure.layer > 0) {
    const std::vector<std::string> layers = layer_names(run, key);
    if (measure.layer > layers.size()) return nullptr;
    key = fmt::format("layers/{}/{}", layers[measure.layer - 1], key);
  }
  const auto series = run.series.find(key);
  return series == run.series.end() || series->second.empty() ? nullptr : &series->second;
}

std::vector<study::Measure> result_measures(const StudyOutcome& outcome) {
  if (!outcome.study.measures.empty()) return outcome.study.measures;
  std::vector<study::Measure> measures;
  for (const char* part : {"test", "validation", "train"}) {
    for (const char* figure : {"accuracy", "r2", "loss"}) {
      const study::Metric* metric = study::find_metric(fmt::format("{}_{}", part, figure));
      if (metric == nullptr) continue;
      study::Measure measure{.metric = *metric};
      if (measured_by_any(outcome, measure)) measures.push_back(std::move(measure));
    }
  }
  return measures;
}

std::vector<std::vector<std::string>> result_cells(const StudyOutcome& outcome,
                                                   std::span<const study::Measure> measures) {
  const std::vector<study::Contender>& contenders = outcome.study.contenders;
  std::vector<std::vector<std::string>> rows(contenders.size());
  for (const study::Measure& measure : measures) {
    std::vector<ContenderValue> values;
    EstimateText text;
    for (const study::Contender& contender : contenders) {
      values.push_back(value_of(outcome, contender.name, measure));
      text.add(values.back().mean, values.back().low, values.back().high);
    }
    for (std::size_t i = 0; i < contenders.size(); ++i) rows[i].push_back(cell_text(values[i], text));
  }
  return rows;
}

std::string measure_label(const study::Measure& measure) {
  using study::Reduction;
  if (measure.reduction != Reduction::kFinal && measure.reduction != Reduction::kBest &&
      measure.reduction != Reduction::kLast)
    return study::to_text(measure);
  std::string name = measure.metric.name;
  std::ranges::replace(name, '_', ' ');
  if (name.ends_with(" r2")) name.replace(name.size() - 2, 2, "R²");
  if (measure.layer > 0) name += fmt::format(", layer {}", measure.layer);
  if (measure.reduction == Reduction::kBest) return "best " + name;
  return measure.reduction == Reduction::kLast ? "last " + name : name;
}

std::string capitalized(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return text;
}

StateCounts count_states(const StudyOutcome& outcome, std::size_t contender) {
  StateCounts counts;
  for (const study::StudyRun& run : outcome.result.runs) {
    if (contender < outcome.study.contenders.size() && run.planned.contender != contender) continue;
    counts.done += run.state == study::RunState::kDone ? 1U : 0U;
    counts.diverged += run.state == study::RunState::kDiverged ? 1U : 0U;
    counts.failed += run.state == study::RunState::kFailed ? 1U : 0U;
    counts.not_run += run.state == study::RunState::kNotRun ? 1U : 0U;
    counts.known += run.known ? 1U : 0U;
  }
  return counts;
}

std::string states_text(const StateCounts& counts) {
  const std::size_t begun = counts.all() - counts.not_run;
  std::string text =
      counts.not_run > 0 ? fmt::format("{} of {}", begun, counts.all()) : fmt::format("{}", begun);
  if (counts.diverged > 0) text += fmt::format(", {} diverged", counts.diverged);
  if (counts.failed > 0) text += fmt::format(", {} failed", counts.failed);
  if (counts.not_run > 0) text += fmt::format(", {} not run", counts.not_run);
  return text;
}

std::vector<std::string> best_contenders(const StudyOutcome& outcome, const std::vector<std::string>& names,
                                         std::size_t most) {
  std::vector<std::string> all = names;
  if (all.empty()) {
    for (const study::Contender& contender : outcome.study.contenders) all.push_back(contender.name);
  }
  const std::vector<study::Measure> measures = result_measures(outcome);
  if (all.size() <= most || measures.empty()) {
    all.resize(std::min(all.size(), most));
    return all;
  }
  const double sign = better(measures.front()) == study::Better::kHigher ? -1 : 1;
  std::vector<std::pair<double, std::size_t>> ranked;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const ContenderValue value = value_of(outcome, all[i], measures.front());
    const bool bad = value.values.empty() || value.without_bound > 0;
    ranked.emplace_back(bad ? std::numeric_limits<double>::infinity() : sign * value.mean, i);
  }
  std::ranges::sort(ranked);
  ranked.resize(most);
  std::ranges::sort(ranked, {}, &std::pair<double, std::size_t>::second);
  std::vector<std::string> best;
  for (const auto& [rank, place] : ranked) best.push_back(all[place]);
  return best;
}

std::string our_figures(const StudyOutcome& outcome, std::size_t claim) {
  constexpr std::size_t kMost = 3;
  const std::size_t part = outcome.claims[claim].deciding;
  const study::Expression& left = outcome.study.claims[claim].statement.at(part).left;
  if (left.kind == study::Expression::Kind::kCellsMatched)
    return cells_text(outcome, *study::find_table(outcome.study, left.table), left.contender);
  const std::vector<Named> named = measures_in(outcome.study.claims[claim].statement.at(part));
  // A measure of every contender together has no single figure.
  const bool all = std::ranges::any_of(named, [](const Named& n) { return n.contender.empty(); });
  if (named.empty() || named.size() > kMost || all) return "";
  std::string text;
  for (const Named& n : named) {
    if (!text.empty()) text += named.size() == 2 ? " against " : ", ";
    text += figure_text(value_of(outcome, n.contender, n.measure));
  }
  return text;
}

}  // namespace gradus::report::internal
