#include "gradus/report/run_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/report/figure_widths.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/model_pictures.h"
#include "gradus/report/page_parts.h"
#include "gradus/report/run_layers.h"
#include "gradus/report/svg_chart.h"
#include "gradus/report/svg_to_png.h"
#include "gradus/runs/run_identity.h"

namespace gradus::report {

namespace {

using internal::counted;
using internal::figure_of;
using internal::Pictures;

constexpr std::size_t kMostCurves = 8;
constexpr std::size_t kMostModels = 6;

struct StoredRun {
  RunRecord record;
  std::string name;                 // "run 12", "run 12, wide"
  std::optional<RunConfig> config;  // nullopt: unreadable
  Environment environment;
  std::vector<Series> series;
  std::vector<std::pair<std::string, SeriesFigures>> figures;
};

std::string name_of_run(const RunRecord& run) {
  std::string label = run.name;
  if (label.empty() && !run.study.empty())
    label = run.study + (run.contender.empty() ? "" : " ") + run.contender;
  return fmt::format("run {}{}{}", run.id, label.empty() ? "" : ", ", label);
}

StoredRun read_run(const RunStore& store, std::uint64_t id) {
  StoredRun run;
  run.record = store.record(id);
  run.name = name_of_run(run.record);
  try {
    run.config = config_from_json(store.configuration(id), fmt::format("run {}", id));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kBadData) throw;  // one of another version, say
  }
  run.environment = store.environment(id);
  run.series = store.series(id);
  run.figures = store.figures(id);
  return run;
}

const Series* find_series(const StoredRun& run, const std::string& name) {
  const auto found = std::ranges::find(run.series, name, &Series::name);
  return found == run.series.end() || found->steps.empty() ? nullptr : &*found;
}

Curve curve_of(const StoredRun& run, const Series& series, std::string name) {
  Curve curve{std::move(name), {}, series.values};
  const auto epoch = static_cast<double>(std::max<std::uint64_t>(1, run.record.steps_per_epoch));
  for (const std::uint64_t step : series.steps) curve.x.push_back(static_cast<double>(step) / epoch);
  return curve;
}

std::string figure_title(const std::string& name) {
  return name == "r2" ? "R²" : name;
}

std::vector<Curve> curves_of_part(const std::vector<StoredRun>& runs, const char* part,
                                  const std::string& figure) {
  std::vector<Curve> curves;
  for (std::size_t i = 0; i < std::min(runs.size(), kMostCurves); ++i) {
    const Series* series = find_series(runs[i], fmt::format("{}_{}", part, figure));
    if (series != nullptr)
      curves.push_back(curve_of(runs[i], *series, runs.size() == 1 ? part : runs[i].name));
  }
  return curves;
}

// One run: its parts over each other. Several: the part that most of them were watched by, a curve each.
std::vector<Panel> curve_panels(const std::vector<StoredRun>& runs) {
  std::vector<Panel> panels;
  for (const std::string figure : {"loss", "accuracy", "r2"}) {
    Panel panel{figure_title(figure), {}};
    if (runs.size() == 1) {
      for (const char* part : {"train", "validation", "test"})
        std::ranges::move(curves_of_part(runs, part, figure), std::back_inserter(panel.curves));
    } else {
      for (const char* part : {"validation", "test", "train"}) {
        std::vector<Curve> curves = curves_of_part(runs, part, figure);
        if (curves.size() <= panel.curves.size()) continue;
        panel.curves = std::move(curves);
        panel.y_title = fmt::format("{} {}", part, figure_title(figure));
      }
    }
    if (!panel.curves.empty()) panels.push_back(std::move(panel));
  }
  return panels;
}

std::optional<HtmlFigure> curves(const std::vector<StoredRun>& runs) {
  Chart chart;
  chart.panels = curve_panels(runs);
  if (chart.panels.empty()) return std::nullopt;
  chart.title = "Loss and score by epoch";
  chart.x_title = "epoch";
  std::string caption = runs.size() == 1 ? "Loss and score of each part." : "Loss and score of every run.";
  if (runs.size() > kMostCurves)
    caption += fmt::format(" The first {} of {} runs.", kMostCurves, runs.size());
  return figure_of(std::move(caption), std::move(chart), svg_chart);
}

// The fields in which the runs differ; of one run those that are not at their defaults.
HtmlTable configuration_table(const std::vector<StoredRun>& runs) {
  HtmlTable table{"", {"Field"}, {}};
  for (const StoredRun& run : runs) table.header.push_back(run.name);
  if (runs.size() == 1 && runs.front().config) {
    for (const auto& [field, value] : internal::chosen_fields(*runs.front().config))
      table.rows.push_back({field, value});
    return table;
  }
  for (const Field& field : fields()) {
    std::vector<std::string> row = {std::string(field.name)};
    for (const StoredRun& run : runs)
      row.push_back(run.config ? field_text(*run.config, field) : "unreadable");
    if (std::adjacent_find(row.begin() + 1, row.end(), std::not_equal_to<>()) != row.end())
      table.rows.push_back(std::move(row));
  }
  return table;
}

HtmlSection configuration_section(const std::vector<StoredRun>& runs) {
  HtmlSection section{"Configuration", {}, {}, {}};
  HtmlTable table = configuration_table(runs);
  if (!table.rows.empty()) {
    section.paragraphs.emplace_back(runs.size() == 1 ? "The fields that are not at their defaults."
                                                     : "The fields in which the runs differ.");
    section.tables.push_back(std::move(table));
  } else {
    section.paragraphs.emplace_back(runs.size() == 1 ? "Every field is at its default."
                                                     : "The configurations are the same.");
  }
  return section;
}

std::string final_text(const StoredRun& run, const std::string& series) {
  const auto found = std::ranges::find(run.figures, series, &std::pair<std::string, SeriesFigures>::first);
  if (found == run.figures.end()) return "";
  const std::optional<double> value = found->second.final ? found->second.final : found->second.last;
  return value ? format_fixed(*value, 4) : "";
}

// Of one run: a row for each part.
HtmlTable part_table(const StoredRun& run) {
  HtmlTable table{"Figures of the weights that were kept", {"Part"}, {}};
  for (const char* part : {"train", "validation", "test"}) {
    if (!final_text(run, fmt::format("{}_loss", part)).empty()) table.rows.push_back({part});
  }
  for (const char* figure : {"loss", "accuracy", "r2"}) {
    std::vector<std::string> values;
    for (const std::vector<std::string>& row : table.rows)
      values.push_back(final_text(run, fmt::format("{}_{}", row.front(), figure)));
    if (std::ranges::all_of(values, &std::string::empty)) continue;
    table.header.push_back(figure_title(figure));
    for (std::size_t i = 0; i < values.size(); ++i) table.rows[i].push_back(values[i]);
  }
  return table;
}

HtmlTable figures_table(const std::vector<StoredRun>& runs) {
  if (runs.size() == 1) return part_table(runs.front());
  HtmlTable table{"Figures of the weights that were kept", {"Run", "Network", "Parameters", "Status"}, {}};
  for (const StoredRun& run : runs) {
    const RunRecord& r = run.record;
    table.rows.push_back({run.name, r.network, format_count(r.parameters), std::string(name_of(r.status))});
  }
  for (const char* part : {"train", "validation", "test"}) {
    for (const char* figure : {"loss", "accuracy", "r2"}) {
      const std::string series = fmt::format("{}_{}", part, figure);
      const bool any =
          std::ranges::any_of(runs, [&](const StoredRun& run) { return !final_text(run, series).empty(); });
      if (!any) continue;
      table.header.push_back(fmt::format("{} {}", part, figure_title(figure)));
      for (std::size_t i = 0; i < runs.size(); ++i) table.rows[i].push_back(final_text(runs[i], series));
    }
  }
  table.header.insert(table.header.end(), {"Epochs", "Steps", "Training"});
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const RunRecord& r = runs[i].record;
    table.rows[i].insert(table.rows[i].end(),
                         {format_count(r.epochs), format_count(r.steps), format_duration(r.seconds)});
  }
  return table;
}

// Curves, mistakes and first layers side by side.
HtmlSection pictures_section(const RunStore& store, const std::vector<StoredRun>& runs,
                             const PageOptions& options) {
  internal::ModelPictures models(store, options.source);
  Pictures mistakes;
  Pictures weights;
  for (std::size_t i = 0; i < std::min(runs.size(), kMostModels); ++i) {
    const StoredRun& run = runs[i];
    const std::string whose = runs.size() > 1 ? " of " + run.name : "";
    models.add_confusion(run.record.id, run.name, "Mistakes" + whose, mistakes);
    models.add_weights(run.record.id, run.name, "First layer" + whose, weights);
  }
  // A run without a model is told once.
  HtmlSection section{"Pictures", std::move(mistakes.missing), {}, {}};
  if (auto figure = curves(runs)) section.figures.push_back(std::move(*figure));
  std::ranges::move(mistakes.figures, std::back_inserter(section.figures));
  std::ranges::move(weights.figures, std::back_inserter(section.figures));
  return section;
}

void add_section(HtmlReport& page, HtmlSection section) {
  if (section.figures.empty() && section.paragraphs.empty()) return;
  // "run 12: ..." begins a sentence.
  for (HtmlFigure& figure : section.figures) {
    if (figure.caption.starts_with("run ")) figure.caption.front() = 'R';
  }
  page.sections.push_back(std::move(section));
}

std::string lead_of(const std::vector<StoredRun>& runs) {
  std::string text;
  if (runs.size() == 1) {
    const RunRecord& r = runs.front().record;
    text = fmt::format("A {} network with {} on {}, {} after {} and {} of training.", r.network,
                       counted(r.parameters, "parameter"), r.data, name_of(r.status),
                       counted(r.epochs, "epoch"), format_duration(r.seconds));
  } else {
    text = counted(runs.size(), "run") + " side by side.";
  }
  for (const StoredRun& run : runs) {
    if (!run.record.error.empty()) text += fmt::format(" {}: {}.", run.name, run.record.error);
  }
  return text;
}

void add_method(HtmlReport& page, const std::vector<StoredRun>& runs) {
  for (const StoredRun& run : runs) {
    const RunRecord& r = run.record;
    std::string text = fmt::format("{}, seed {}", r.data, r.seed);
    if (!r.weights_sha256.empty()) text += fmt::format("; weights {:.16}", r.weights_sha256);
    page.method.emplace_back(run.name, text);
    page.command += fmt::format("{}gradus runs reproduce {}", page.command.empty() ? "" : "\n", r.id);
  }
  page.environment = internal::environment_pairs(runs.front().environment);
  for (std::size_t i = 1; i < runs.size(); ++i) {
    if (runs[i].environment == runs.front().environment) continue;
    for (const auto& [name, value] : internal::environment_pairs(runs[i].environment))
      page.environment.emplace_back(fmt::format("{} of {}", name, runs[i].name), value);
  }
}

// Letters and digits of ASCII, all else as one hyphen.
std::string file_name(const std::string& caption) {
  constexpr std::size_t kLongest = 40;
  std::string name;
  for (const char c : caption) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool plain = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
    if (plain) name += lower;
    if (!plain && !name.empty() && name.back() != '-') name += '-';
    if (name.size() == kLongest) break;
  }
  while (name.ends_with('-')) name.pop_back();
  return name.empty() ? "picture" : name;
}

}  // namespace

HtmlReport run_page(std::span<const std::uint64_t> ids, const PageOptions& options) {
  if (ids.empty())
    throw Error(ErrorCode::kInvalidArgument, "making a report: no run named; expected one or more");
  const RunStore store = RunStore::open_existing(options.runs);
  std::vector<StoredRun> runs;
  for (const std::uint64_t id : ids) runs.push_back(read_run(store, id));
  HtmlReport page;
  page.title = runs.size() == 1 ? runs.front().name : "Runs";
  if (runs.size() == 1) page.title.front() = 'R';
  page.lead = lead_of(runs);
  page.sections.push_back({"Results", {}, {}, {figures_table(runs)}});
  // In what runs differ is what they are compared for; what one run is stands behind how it went.
  if (runs.size() > 1) page.sections.push_back(configuration_section(runs));
  add_section(page, pictures_section(store, runs, options));
  std::vector<internal::LayersOfRun> layers;
  for (const StoredRun& run : runs) layers.push_back({run.name, run.record.folder, run.series});
  add_section(page, internal::layers_section(layers));
  if (runs.size() == 1) page.sections.push_back(configuration_section(runs));
  add_method(page, runs);
  for (const StoredRun& run : runs)
    page.runs.push_back(internal::run_link(run.name, run.record.folder, options));
  return page;
}

std::vector<std::filesystem::path> write_pngs(const HtmlReport& report, const std::filesystem::path& folder) {
  make_folder(folder);
  std::vector<std::filesystem::path> files;
  for (const HtmlSection& section : report.sections) {
    for (const HtmlFigure& figure : section.figures) {
      files.push_back(folder / fmt::format("{:02}-{}.png", files.size() + 1, file_name(figure.caption)));
      write_file_atomically(files.back(), svg_to_png(figure.svg));
    }
  }
  return files;
}

}  // namespace gradus::report
