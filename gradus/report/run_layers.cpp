#include "gradus/report/run_layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/report/figure_widths.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/svg_histograms.h"
#include "gradus/report/svg_layer_profile.h"
#include "gradus/runs/layer_lines.h"

namespace gradus::report::internal {

namespace {

constexpr std::size_t kMostRuns = 6;

// "0", "2": of the series "layers/0/gradients_norm", from the input to the output.
std::vector<const Series*> layer_series(const LayersOfRun& run, const std::string& metric) {
  std::vector<const Series*> found;
  for (const Series& series : run.series) {
    if (series.name.starts_with("layers/") && series.name.ends_with("/" + metric) && !series.steps.empty())
      found.push_back(&series);
  }
  // Layers bear numbers: "2" stands before "10".
  std::ranges::sort(found, {},
                    [](const Series* series) { return std::pair(series->name.size(), series->name); });
  return found;
}

// `whose` may be empty: there is only one run.
LayerSeries at_step(const std::string& whose, const std::vector<const Series*>& layers, bool first) {
  LayerSeries result;
  for (const Series* series : layers) {
    result.values.push_back(first ? series->values.front() : series->values.back());
    const std::uint64_t step = first ? series->steps.front() : series->steps.back();
    result.name = fmt::format("{}{}step {}", whose, whose.empty() ? "" : ", ", format_count(step));
  }
  return result;
}

struct LayerMetric {
  const char* series;
  const char* title;
  Scale scale;
};
constexpr std::array kLayerMetrics = {
    LayerMetric{"gradients_norm", "Norm of the gradient", Scale::kLogarithmic},
    LayerMetric{"update_ratio", "Update by weights", Scale::kLogarithmic},
    LayerMetric{"dead_units", "Share of dead units", Scale::kLinear},
    LayerMetric{"saturated_units", "Share of saturated outputs", Scale::kLinear}};

// The line of a run with fewer layers than others ends early.
LayerProfile layer_profile(std::span<const LayersOfRun> runs, const LayerMetric& metric) {
  LayerProfile profile;
  for (std::size_t i = 0; i < std::min(runs.size(), kMostRuns); ++i) {
    const std::vector<const Series*> layers = layer_series(runs[i], metric.series);
    if (layers.empty()) continue;
    while (profile.layers.size() < layers.size())
      profile.layers.push_back(fmt::format("layer {}", profile.layers.size() + 1));
    const std::string whose = runs.size() > 1 ? runs[i].name : "";
    profile.series.push_back(at_step(whose, layers, true));
    if (layers.front()->steps.size() > 1) profile.series.push_back(at_step(whose, layers, false));
  }
  for (LayerSeries& series : profile.series) series.values.resize(profile.layers.size(), std::nan(""));
  profile.title = fmt::format("{} by layer", metric.title);
  profile.y_title = metric.title;
  profile.y_scale = metric.scale;
  return profile;
}

// What a picture would not show better: one layer, or zeros alone.
bool few_words_do(const LayerProfile& profile) {
  return profile.layers.size() < 2 || std::ranges::all_of(profile.series, [](const LayerSeries& series) {
           return std::ranges::all_of(series.values, [](double value) { return !(value > 0); });
         });
}

std::string words_of(const LayerProfile& profile) {
  std::string text = profile.title + ":";
  for (const LayerSeries& series : profile.series) {
    std::string values;
    for (const double value : series.values) {
      if (!std::isnan(value)) values += (values.empty() ? " " : ", ") + format_significant(value, 2);
    }
    text += fmt::format("{}{} ({})", &series == &profile.series.front() ? "" : ";", values, series.name);
  }
  return text + ".";
}

void add_layer_profile(std::span<const LayersOfRun> runs, const LayerMetric& metric, HtmlSection& section) {
  LayerProfile profile = layer_profile(runs, metric);
  if (profile.series.empty()) return;
  if (few_words_do(profile)) {
    section.paragraphs.push_back(words_of(profile));
    return;
  }
  section.figures.push_back(figure_of(
      fmt::format("{}, from the input to the output, at the first and the last recorded step.", metric.title),
      std::move(profile), svg_layer_profile));
}

struct Quantity {
  const char* title;
  const Distribution LayerFigures::*distribution;
};
constexpr std::array kQuantities = {Quantity{"Weights", &LayerFigures::weights},
                                    Quantity{"Gradients", &LayerFigures::gradients},
                                    Quantity{"Activations", &LayerFigures::activations}};

Histogram histogram_of(std::string layer, const Distribution& distribution) {
  Histogram histogram{std::move(layer), distribution.low, distribution.high, {}, {}};
  histogram.counts.assign(distribution.counts.begin(), distribution.counts.end());
  histogram.note = "sd " + format_significant(distribution.deviation, 2);
  return histogram;
}

HtmlFigure figure_of_step(const std::string& name, const LayersEvent& event) {
  HistogramPicture picture;
  picture.title = fmt::format("Layers at step {}", format_count(event.step));
  picture.subtitle = name;
  for (const Quantity& quantity : kQuantities) {
    HistogramColumn& column = picture.columns.emplace_back();
    column.title = quantity.title;
    for (std::size_t i = 0; i < event.layers.size(); ++i)
      column.histograms.push_back(
          histogram_of(fmt::format("layer {}", i + 1), event.layers[i].*quantity.distribution));
  }
  return figure_of(
      fmt::format(
          "{}: weights, their gradients and what comes out of each layer, before the update of step {}; "
          "sd is the standard deviation.",
          name, format_count(event.step)),
      std::move(picture), svg_histograms);
}

// At the first and the last recorded step; nothing where the run recorded none.
void add_histograms(const LayersOfRun& run, HtmlSection& section) {
  try {
    const std::string text = read_file(run.folder / kLayersFile);
    std::string_view lines = text;
    while (lines.ends_with('\n')) lines.remove_suffix(1);
    const LayersEvent first = parse_layers_line(lines.substr(0, lines.find('\n')));
    const LayersEvent last = parse_layers_line(lines.substr(lines.rfind('\n') + 1));
    section.figures.push_back(figure_of_step(run.name, first));
    if (last.step != first.step) section.figures.push_back(figure_of_step(run.name, last));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound) return;
    section.paragraphs.push_back(fmt::format("No distributions of {}: {}.", run.name, error.what()));
  }
}

}  // namespace

HtmlSection layers_section(std::span<const LayersOfRun> runs) {
  HtmlSection section{"Layers", {}, {}, {}};
  for (const LayerMetric& metric : kLayerMetrics) add_layer_profile(runs, metric, section);
  for (const LayersOfRun& run : runs.first(std::min(runs.size(), kMostRuns))) add_histograms(run, section);
  return section;
}

}  // namespace gradus::report::internal
