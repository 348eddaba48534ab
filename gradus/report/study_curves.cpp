#include "gradus/report/study_curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "gradus/report/figure_widths.h"
#include "gradus/report/seed_band.h"
#include "gradus/report/study_results.h"
#include "gradus/report/svg_chart.h"

namespace gradus::report::internal {

namespace {

constexpr std::size_t kMostCurves = 8;  // that can be told apart

// Steps of an epoch, from a series that has a point at the end of each; 0 where there is none.
double steps_per_epoch(const study::MeasuredRun& run) {
  const auto series = run.series.find("learning_rate");
  if (series == run.series.end() || series->second.empty()) return 0;
  const study::Point& first = series->second.front();
  return static_cast<double>(first.step) / static_cast<double>(first.epoch + 1);
}

double place(const study::MeasuredRun& run, const study::Point& point, study::PlotAxis axis) {
  if (axis == study::PlotAxis::kStep) return static_cast<double>(point.step);
  if (axis == study::PlotAxis::kSeconds) return point.seconds;
  const double steps = steps_per_epoch(run);
  return steps > 0 ? static_cast<double>(point.step) / steps : static_cast<double>(point.epoch + 1);
}

// What the runs of a contender have at each step; times differ from run to run, steps do not.
struct ContenderSeries {
  std::vector<Curve> runs;  // over steps
  std::map<double, std::vector<double>> places;
};

ContenderSeries series_of(const StudyOutcome& outcome, const study::Plot& plot, const std::string& name) {
  ContenderSeries result;
  for (const study::MeasuredRun& run : outcome.result.measured) {
    if (run.contender != name) continue;
    const std::vector<study::Point>* points = series_points(*plot.measure, run);
    if (points == nullptr) continue;
    Curve& curve = result.runs.emplace_back();
    for (const study::Point& point : *points) {
      const auto step = static_cast<double>(point.step);
      curve.x.push_back(step);
      curve.y.push_back(point.value);
      result.places[step].push_back(place(run, point, plot.x));
    }
  }
  return result;
}

// No band beyond what the metric can be.
study::Interval possible(study::Interval interval, const study::Metric& metric) {
  if (metric.name.ends_with("accuracy")) return {std::max(interval.low, 0.0), std::min(interval.high, 1.0)};
  if (metric.name.ends_with("loss")) interval.low = std::max(interval.low, 0.0);
  return interval;
}

Curve mean_with_band(const StudyOutcome& outcome, const study::Metric& metric, std::string name,
                     const ContenderSeries& series) {
  Curve curve{std::move(name), {}, {}};
  for (const SeedValues& seeds : values_by_x(series.runs)) {
    curve.x.push_back(study::summarize(series.places.at(seeds.x)).mean);
    curve.y.push_back(study::summarize(seeds.values).mean);
    const bool band = seeds.values.size() >= 2;
    const study::Interval interval =
        band ? possible(interval_of(outcome.study, seeds.values), metric) : study::Interval{NAN, NAN};
    curve.low.push_back(interval.low);
    curve.high.push_back(interval.high);
  }
  if (std::ranges::none_of(curve.low, [](double low) { return std::isfinite(low); })) {
    curve.low.clear();
    curve.high.clear();
  }
  return curve;
}

std::string band_label(const StudyOutcome& outcome) {
  const std::size_t n = outcome.study.replicates.size();
  if (n < 2) return "";
  return fmt::format("95 % interval of the mean, {} {}", n, outcome.study.folds > 0 ? "folds" : "seeds");
}

std::string caption(const StudyOutcome& outcome, std::span<const study::Plot> plots, std::size_t shown,
                    std::size_t asked) {
  std::string text;
  for (const study::Plot& plot : plots) {
    std::string label = measure_label(*plot.measure);
    text += fmt::format("{}{}", text.empty() ? "" : " and ", label);
  }
  text = capitalized(std::move(text));
  text += outcome.study.replicates.size() > 1 ? ", mean over those runs that got that far" : "";
  if (shown < asked) text += fmt::format("; the {} best of {} contenders", shown, asked);
  return text + ".";
}

std::string axis_title(study::PlotAxis axis) {
  return axis == study::PlotAxis::kSeconds ? "training time (s)" : std::string(name_of(axis));
}

}  // namespace

std::vector<Curve> study_curves(const StudyOutcome& outcome, const study::Plot& plot,
                                std::span<const std::string> contenders) {
  std::vector<Curve> curves;
  for (const std::string& name : contenders) {
    const ContenderSeries series = series_of(outcome, plot, name);
    if (!series.runs.empty()) curves.push_back(mean_with_band(outcome, plot.measure->metric, name, series));
  }
  return curves;
}

std::vector<HtmlFigure> curves_figure(const StudyOutcome& outcome, std::span<const study::Plot> plots) {
  const study::Plot& first = plots.front();
  const std::vector<std::string> contenders = best_contenders(
      outcome, first.contenders, first.contenders.empty() ? kMostCurves : first.contenders.size());
  Chart chart;
  chart.title = first.title;
  chart.x_title = axis_title(first.x);
  chart.x_scale = first.log_x ? Scale::kLogarithmic : Scale::kLinear;
  chart.band_label = band_label(outcome);
  chart.smoothing = first.smoothing;
  for (const study::Plot& plot : plots) {
    Panel panel{measure_label(*plot.measure), study_curves(outcome, plot, contenders)};
    panel.y_scale = plot.log_y ? Scale::kLogarithmic : Scale::kLinear;
    if (!panel.curves.empty()) chart.panels.push_back(std::move(panel));
  }
  if (chart.panels.empty()) return {};
  if (chart.title.empty()) chart.title = capitalized(chart.panels.front().y_title);
  const std::size_t asked =
      first.contenders.empty() ? outcome.study.contenders.size() : first.contenders.size();
  return {figure_of(caption(outcome, plots, contenders.size(), asked), std::move(chart), svg_chart)};
}

}  // namespace gradus::report::internal
