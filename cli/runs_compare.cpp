// gradus runs compare: what differs between runs, their figures and curves side by side.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/runs_commands.h"
#include "cli/runs_text.h"
#include "gradus/core/error.h"
#include "gradus/core/names.h"
#include "gradus/report/display_text.h"
#include "gradus/report/terminal_chart.h"
#include "gradus/report/text_table.h"
#include "gradus/runs/run_comparison.h"
#include "gradus/runs/run_series.h"

namespace gradus::cli {

namespace {

constexpr int kChartWidth = 100;
constexpr int kChartHeight = 12;

struct Compared {
  RunRecord run;
  Figures figures;
  std::vector<Series> series;
};

std::vector<Compared> load(const RunStore& store, const std::vector<std::uint64_t>& ids) {
  std::vector<Compared> runs;
  runs.reserve(ids.size());
  for (const std::uint64_t id : ids) runs.push_back({store.record(id), store.figures(id), store.series(id)});
  return runs;
}

std::string cell(const std::string& json) {
  constexpr int kWidest = 24;
  const nlohmann::json value = nlohmann::json::parse(json);
  if (value.is_null()) return "-";
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  return report::shorten(text, kWidest);
}

report::TextTable table_of(const std::vector<Compared>& runs, const std::string& first) {
  std::vector<report::Column> columns = {{first}};
  for (const Compared& compared : runs)
    columns.push_back({fmt::format("run {}", compared.run.id), report::Align::kRight});
  return report::TextTable(columns);
}

std::string differences_text(const std::vector<Compared>& runs, const std::vector<RunDifference>& differences,
                             const std::string& title) {
  if (differences.empty()) return "";
  report::TextTable table = table_of(runs, title);
  for (const auto& [name, values] : differences) {
    std::vector<std::string> cells = {name};
    for (const std::string& value : values) cells.push_back(cell(value));
    table.add_row(std::move(cells));
  }
  return table.render(console().width) + "\n";
}

const SeriesFigures* find_figures(const Compared& compared, const std::string& name) {
  const auto found = std::ranges::find(compared.figures, name, &std::pair<std::string, SeriesFigures>::first);
  return found == compared.figures.end() ? nullptr : &found->second;
}

std::string figures_text(const std::vector<Compared>& runs, const std::vector<std::string>& metrics) {
  report::TextTable table = table_of(runs, "figure");
  for (const std::string& metric : metrics) {
    std::vector<std::string> final_cells = {metric};
    std::vector<std::string> best_cells = {"best " + metric};
    for (const Compared& compared : runs) {
      const SeriesFigures* figures = find_figures(compared, metric);
      final_cells.push_back(figure_text(figures != nullptr ? final_figure(*figures) : std::nullopt));
      best_cells.push_back(figure_text(figures != nullptr ? figures->best : std::nullopt));
    }
    table.add_row(std::move(final_cells));
    table.add_row(std::move(best_cells));
  }
  return metrics.empty() ? "" : table.render(console().width);
}

// One series of every run over epochs.
std::string chart_of(const std::vector<Compared>& runs, const std::string& metric) {
  std::vector<report::Curve> curves;
  for (const Compared& compared : runs) {
    const auto series = std::ranges::find(compared.series, metric, &Series::name);
    if (series == compared.series.end() || series->steps.size() < 2) continue;
    const std::string name = report::printable(label(compared.run));
    report::Curve curve{
        name.empty() ? fmt::format("run {}", compared.run.id) : fmt::format("{} {}", compared.run.id, name),
        {},
        series->values};
    const double epoch = static_cast<double>(std::max<std::uint64_t>(1, compared.run.steps_per_epoch));
    for (const std::uint64_t step : series->steps) curve.x.push_back(static_cast<double>(step) / epoch);
    curves.push_back(std::move(curve));
  }
  if (curves.empty()) return "";
  report::TerminalChartOptions options;
  options.title = report::printable(metric);
  options.x_title = "epoch";
  options.width = std::min(console().width, kChartWidth);
  options.height = kChartHeight;
  options.colour = console().colour;
  options.unicode = console().unicode;
  return "\n" + report::terminal_chart(curves, options);
}

std::string json_object(const std::vector<RunDifference>& differences) {
  std::string text = "{";
  for (const auto& [name, values] : differences)
    text += fmt::format("{}\"{}\":[{}]", text.size() > 1 ? "," : "", name, fmt::join(values, ","));
  return text + "}";
}

void print_json(const std::vector<Compared>& runs, const RunDifferences& differences,
                const std::vector<std::string>& metrics) {
  std::string ids;
  std::string figures;
  for (const Compared& compared : runs) {
    ids += fmt::format("{}{}", ids.empty() ? "" : ",", compared.run.id);
    Figures chosen;
    for (const std::string& metric : metrics) {
      if (const SeriesFigures* found = find_figures(compared, metric)) chosen.emplace_back(metric, *found);
    }
    figures += (figures.empty() ? "" : ",") + figures_object(chosen);
  }
  print_line(fmt::format(
      "{{\"event\":\"comparison\",\"runs\":[{}],\"configuration\":{},\"other\":{},\"metrics\":[{}]}}", ids,
      json_object(differences.configuration), json_object(differences.other), figures));
}

// Those that were asked for, else the usual ones; a name that no run of the store has is a mistake.
std::vector<std::string> metrics_of(const RunStore& store, const std::vector<std::string>& asked) {
  const std::vector<std::string> known = store.series_names();
  if (asked.empty()) return usual_metrics(known);
  const std::vector<std::string_view> names(known.begin(), known.end());
  std::vector<std::string> found;
  for (const std::string& name : asked) {
    found.push_back(series_name(name));
    if (std::ranges::find(known, found.back()) == known.end()) {
      throw Error(ErrorCode::kInvalidArgument,
                  "comparing runs: " + unknown_name_message("series", found.back(), names));
    }
  }
  return found;
}

}  // namespace

int compare_runs(const RunsOptions& options) {
  const RunStore store = RunStore::open_existing(options.runs);
  const std::vector<Compared> runs = load(store, options.ids);
  const std::vector<std::string> metrics = metrics_of(store, options.query.metrics);
  const RunDifferences found = differences(store, options.ids);
  if (options.json) {
    print_json(runs, found, metrics);
    return kDone;
  }
  print(found.configuration.empty() ? "the configurations are the same\n\n"
                                    : differences_text(runs, found.configuration, "configuration"));
  print(differences_text(runs, found.other, "other"));
  print(figures_text(runs, metrics));
  for (const std::string& metric : metrics) print(chart_of(runs, metric));
  return kDone;
}

}  // namespace gradus::cli
