#include "gradus/report/study_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "gradus/core/error.h"
#include "gradus/report/figure_widths.h"
#include "gradus/report/study_curves.h"
#include "gradus/report/study_grids.h"
#include "gradus/report/study_results.h"
#include "gradus/report/svg_intervals.h"
#include "gradus/report/svg_layer_profile.h"

namespace gradus::report::internal {

namespace {

constexpr std::size_t kMostBars = 40;
constexpr std::size_t kMostModels = 6;
constexpr std::size_t kMostProfiles = 4;  // each has two lines
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::string interval_words(const StudyOutcome& outcome) {
  const std::size_t n = outcome.study.replicates.size();
  if (n < 2) return "One run each.";
  return fmt::format("Mean and 95 % interval over {} {}; small dots are single ones.", n,
                     outcome.study.folds > 0 ? "folds" : "seeds");
}

HtmlFigure bars_figure(const StudyOutcome& outcome, const study::Plot& plot) {
  const std::vector<std::string> contenders = best_contenders(outcome, plot.contenders, kMostBars);
  IntervalPanel panel;
  panel.x_title = measure_label(*plot.measure);
  panel.x_scale = plot.log_x || plot.log_y ? Scale::kLogarithmic : Scale::kLinear;
  for (const std::string& name : contenders) {
    const ContenderValue value = value_of(outcome, name, *plot.measure);
    IntervalRow row{.name = name, .estimate = value.mean, .low = value.low, .high = value.high};
    if (value.values.size() > 1) row.points = value.values;
    row.note = without_bound_text(value);
    panel.rows.push_back(std::move(row));
  }
  IntervalPicture picture;
  picture.title = plot.title.empty() ? capitalized(panel.x_title) : plot.title;
  picture.panels.push_back(std::move(panel));
  std::string caption = interval_words(outcome);
  const std::size_t asked =
      plot.contenders.empty() ? outcome.study.contenders.size() : plot.contenders.size();
  if (contenders.size() < asked) caption += fmt::format(" The {} best of {}.", contenders.size(), asked);
  return figure_of(std::move(caption), std::move(picture), svg_intervals);
}

// The first finished run of a contender that has layers, which stands for its replicates: their layers are
// alike in number.
const study::MeasuredRun* run_with_layers(const StudyOutcome& outcome, const std::string& contender,
                                          const std::string& metric) {
  const auto found = std::ranges::find_if(outcome.result.measured, [&](const study::MeasuredRun& run) {
    return run.contender == contender && !layer_names(run, metric).empty();
  });
  return found == outcome.result.measured.end() ? nullptr : &*found;
}

LayerSeries layer_series(const StudyOutcome& outcome, const std::string& contender,
                         const study::Metric& metric, std::size_t layers, bool first) {
  LayerSeries series;
  for (std::size_t layer = 1; layer <= layers; ++layer) {
    std::vector<double> values;
    for (const study::MeasuredRun& run : outcome.result.measured) {
      if (run.contender != contender) continue;
      const auto* points = series_points({.metric = metric, .layer = layer}, run);
      if (points == nullptr) continue;
      const study::Point& point = first ? points->front() : points->back();
      series.name = fmt::format("{}, step {}", contender, point.step);
      if (std::isfinite(point.value)) values.push_back(point.value);
    }
    series.values.push_back(study::summarize(values).mean);
  }
  return series;
}

// The line of a contender with fewer layers than others ends early.
Pictures layers_pictures(const StudyOutcome& outcome, const study::Plot& plot) {
  Pictures pictures;
  const study::Metric& metric = plot.measure->metric;
  LayerProfile profile;
  for (const std::string& name : best_contenders(outcome, plot.contenders, kMostProfiles)) {
    const study::MeasuredRun* run = run_with_layers(outcome, name, metric.name);
    if (run == nullptr) {
      pictures.missing.push_back(
          fmt::format("{} is not in the picture by layers: no run of it recorded their {}.", name,
                      measure_label({.metric = metric})));
      continue;
    }
    const std::size_t layers = layer_names(*run, metric.name).size();
    while (profile.layers.size() < layers)
      profile.layers.push_back(fmt::format("layer {}", profile.layers.size() + 1));
    profile.series.push_back(layer_series(outcome, name, metric, layers, true));
    LayerSeries last = layer_series(outcome, name, metric, layers, false);
    if (last.name != profile.series.back().name) profile.series.push_back(std::move(last));
  }
  if (profile.series.empty()) return pictures;
  for (LayerSeries& series : profile.series) series.values.resize(profile.layers.size(), kNaN);
  profile.y_title = measure_label({.metric = metric});
  profile.title = plot.title.empty() ? capitalized(profile.y_title) + " by layer" : plot.title;
  const bool positive = std::ranges::all_of(profile.series, [](const LayerSeries& series) {
    return std::ranges::none_of(series.values, [](double value) { return value < 0; });
  });
  profile.y_scale = positive ? Scale::kLogarithmic : Scale::kLinear;
  pictures.figures.push_back(
      figure_of("Each layer at the first and at the last recorded step, mean over the runs.",
                std::move(profile), svg_layer_profile));
  return pictures;
}

// Of the finished runs of a contender that with the lowest validation loss, else test, else training loss.
const study::StudyRun* best_run(const StudyOutcome& outcome, const std::string& contender) {
  const study::StudyRun* best = nullptr;
  double least = std::numeric_limits<double>::infinity();
  for (const study::MeasuredRun& measured : outcome.result.measured) {
    if (measured.contender != contender) continue;
    // From the back: of halving the rung that was measured.
    const auto& runs = outcome.result.runs;
    const auto run = std::find_if(runs.rbegin(), runs.rend(), [&](const study::StudyRun& candidate) {
      return outcome.study.contenders[candidate.planned.contender].name == contender &&
             candidate.planned.replicate == measured.replicate && candidate.state == study::RunState::kDone;
    });
    if (run == runs.rend() || run->id == 0) continue;
    double loss = kNaN;
    for (const char* name : {"train_loss", "test_loss", "validation_loss"}) {
      const auto scalar = measured.scalars.find(name);
      if (scalar != measured.scalars.end()) loss = scalar->second;
    }
    if (best != nullptr && !(loss < least)) continue;
    best = &*run;
    least = std::isfinite(loss) ? loss : least;
  }
  return best;
}

Pictures model_pictures(const StudyOutcome& outcome, const study::Plot& plot, ModelPictures& models) {
  Pictures pictures;
  const std::vector<std::string> contenders = best_contenders(
      outcome, plot.contenders, plot.contenders.empty() ? kMostModels : plot.contenders.size());
  for (const std::string& name : contenders) {
    const study::StudyRun* run = best_run(outcome, name);
    if (run == nullptr) {
      pictures.missing.push_back(fmt::format("No model of {}: no run of it finished.", name));
      continue;
    }
    const std::string title = fmt::format("{}{}{}, seed {}", plot.title, plot.title.empty() ? "" : ": ", name,
                                          run->planned.config.seed);
    if (plot.kind == study::PlotKind::kConfusion) {
      models.add_confusion(run->id, title, title, pictures);
    } else {
      models.add_weights(run->id, title, title, pictures);
    }
  }
  return pictures;
}

// What the statement compares, without contenders: claims of the same stand in one panel.
std::string quantity_of(const study::Comparison& comparison) {
  std::string quantity;
  const auto visit = [&](const study::Expression& part) {
    if (quantity.empty() && part.kind == study::Expression::Kind::kMeasure)
      quantity = measure_label(part.measure);
  };
  study::for_each_expression(comparison.left, visit);
  study::for_each_expression(comparison.right, visit);
  return quantity;
}

// Several pictures become one list; what is asked twice is said once.
void append(Pictures& all, Pictures more) {
  std::ranges::move(more.figures, std::back_inserter(all.figures));
  for (std::string& sentence : more.missing) {
    if (std::ranges::find(all.missing, sentence) == all.missing.end())
      all.missing.push_back(std::move(sentence));
  }
}

const study::Measure* first_of(const std::vector<study::Measure>& measures, std::string_view suffix) {
  const auto found = std::ranges::find_if(
      measures, [&](const study::Measure& measure) { return measure.metric.name.ends_with(suffix); });
  return found == measures.end() ? nullptr : &*found;
}

// Loss and score of the part that decides: validation where there is one, since tests are for the end.
std::vector<study::Plot> usual_curves(const StudyOutcome& outcome) {
  std::vector<study::Plot> plots;
  for (const char* part : {"validation", "test", "train"}) {
    for (const char* figure : {"loss", "accuracy", "r2"}) {
      const study::Metric* metric = study::find_metric(fmt::format("{}_{}", part, figure));
      const bool recorded =
          metric != nullptr && std::ranges::any_of(outcome.result.measured, [&](const auto& run) {
            return series_points({.metric = *metric}, run) != nullptr;
          });
      if (recorded) plots.push_back({.measure = study::Measure{.metric = *metric}});
    }
    if (!plots.empty()) break;
  }
  return plots;
}

}  // namespace

VerdictMark mark_of(study::Verdict verdict) {
  switch (verdict) {
    case study::Verdict::kSupported:
      return VerdictMark::kSupported;
    case study::Verdict::kRefuted:
      return VerdictMark::kRefuted;
    case study::Verdict::kCannotTell:
      return VerdictMark::kCannotTell;
  }
  GRADUS_ASSERT(false, static_cast<int>(verdict));
}

Pictures plot_pictures(const StudyOutcome& outcome, const study::Plot& plot, ModelPictures& models) {
  switch (plot.kind) {
    case study::PlotKind::kCurves: {
      Pictures pictures{curves_figure(outcome, std::span(&plot, 1))};
      if (pictures.figures.empty())
        pictures.missing.push_back(
            fmt::format("No curves: no run recorded {}.", measure_label(*plot.measure)));
      return pictures;
    }
    case study::PlotKind::kBars:
      return {{bars_figure(outcome, plot)}};
    case study::PlotKind::kHeatMap:
      return heat_map_pictures(outcome, plot);
    case study::PlotKind::kParallel:
      return parallel_pictures(outcome, plot);
    case study::PlotKind::kLayers:
      return layers_pictures(outcome, plot);
    case study::PlotKind::kConfusion:
    case study::PlotKind::kWeights:
      return model_pictures(outcome, plot, models);
  }
  GRADUS_ASSERT(false, static_cast<int>(plot.kind));
}

Pictures usual_pictures(const StudyOutcome& outcome, ModelPictures& models) {
  Pictures pictures;
  const std::vector<study::Plot> curves = usual_curves(outcome);
  if (!curves.empty()) pictures.figures = curves_figure(outcome, curves);
  const std::vector<study::Measure> measures = result_measures(outcome);
  if (measures.empty()) return pictures;
  const study::Measure* score = first_of(measures, "_accuracy");
  study::Plot plot{.kind = study::PlotKind::kBars, .measure = score != nullptr ? *score : measures.front()};
  if (!outcome.study.measures.empty()) plot.measure = measures.front();
  append(pictures, plot_pictures(outcome, plot, models));
  if (outcome.study.varied.size() == 2 && outcome.study.mode == study::Mode::kGrid) {
    plot.kind = study::PlotKind::kHeatMap;
    append(pictures, plot_pictures(outcome, plot, models));
  } else if (!outcome.study.varied.empty() &&
             (outcome.study.mode == study::Mode::kRandom || outcome.study.mode == study::Mode::kHalving)) {
    plot.kind = study::PlotKind::kParallel;
    append(pictures, plot_pictures(outcome, plot, models));
  }
  return pictures;
}

std::optional<HtmlFigure> claims_figure(const StudyOutcome& outcome) {
  IntervalPicture picture;
  for (std::size_t i = 0; i < outcome.claims.size(); ++i) {
    const study::Claim& claim = outcome.study.claims[i];
    const study::JudgedPart& part = outcome.claims[i].part();
    if (!part.interval) continue;
    const std::string x_title =
        "difference in " + quantity_of(claim.statement.at(outcome.claims[i].deciding));
    auto panel = std::ranges::find(picture.panels, x_title, &IntervalPanel::x_title);
    if (panel == picture.panels.end()) {
      picture.panels.push_back({.x_title = x_title, .reference = IntervalReference{0, "no difference"}});
      panel = picture.panels.end() - 1;
    }
    panel->rows.push_back({.name = claim.text.empty() ? claim.says : claim.text,
                           .estimate = part.estimate,
                           .low = part.interval->low,
                           .high = part.interval->high,
                           .points = part.values,
                           .verdict = mark_of(outcome.claims[i].verdict)});
  }
  if (picture.panels.empty()) return std::nullopt;
  picture.title = "Claims";
  return figure_of(
      "Left side of each claim minus its right side, mean and 95 % interval over pairs of runs "
      "with the same seed; small dots are single pairs.",
      std::move(picture), svg_intervals);
}

}  // namespace gradus::report::internal
