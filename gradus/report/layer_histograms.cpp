#include "gradus/report/layer_histograms.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/report/figure_widths.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/svg_histograms.h"
#include "gradus/runs/layer_lines.h"

namespace gradus::report::internal {

namespace {

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

}  // namespace

void add_layer_histograms(const RunRecord& run, const std::string& name, Pictures& pictures) {
  try {
    const std::string text = read_file(run.folder / kLayersFile);
    std::string_view lines = text;
    while (lines.ends_with('\n')) lines.remove_suffix(1);
    const LayersEvent first = parse_layers_line(lines.substr(0, lines.find('\n')));
    const LayersEvent last = parse_layers_line(lines.substr(lines.rfind('\n') + 1));
    pictures.figures.push_back(figure_of_step(name, first));
    if (last.step != first.step) pictures.figures.push_back(figure_of_step(name, last));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound) return;
    pictures.missing.push_back(fmt::format("No distributions of {}: {}.", name, error.what()));
  }
}

}  // namespace gradus::report::internal
