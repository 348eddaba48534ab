// gradus runs list: a line per run, as many columns as fit.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <string_view>

#include "cli/command.h"
#include "cli/runs_commands.h"
#include "cli/runs_text.h"
#include "cli/train_resume.h"
#include "gradus/report/display_text.h"
#include "gradus/report/text_table.h"

namespace gradus::cli {

namespace {

// From all columns to few: which of them a table has.
struct Layout {
  bool network;
  bool data;
  bool best;
  std::size_t metrics;  // at most
};
constexpr std::size_t kAll = 100;
constexpr Layout kLayouts[] = {{true, true, true, kAll},   {true, true, false, kAll},
                               {false, true, false, kAll}, {false, true, false, 1},
                               {false, false, false, 1},   {false, false, false, 0}};
constexpr std::size_t kWidestName = 24;

std::string table_text(std::span<const RunRow> rows, const std::vector<std::string>& metrics,
                       const Layout& layout) {
  using report::Align;
  const std::size_t shown = std::min(layout.metrics, metrics.size());
  std::vector<report::Column> columns = {{"id", Align::kRight}, {"name"}};
  if (layout.data) columns.push_back({"data"});
  if (layout.network) columns.push_back({"network"});
  columns.push_back({"status"});
  for (std::size_t m = 0; m < shown; ++m) {
    columns.push_back({metrics[m], Align::kRight});
    if (layout.best) columns.push_back({"best", Align::kRight});
  }
  columns.push_back({"age", Align::kRight});
  report::TextTable table(columns);
  for (const RunRow& row : rows) {
    const RunRecord& run = row.run;
    std::vector<std::string> cells = {std::to_string(run.id), report::shorten(label(run), kWidestName)};
    if (layout.data) cells.push_back(report::shorten(run.data, kWidestName));
    if (layout.network) cells.push_back(run.network);
    cells.emplace_back(name_of(run.status));
    for (std::size_t m = 0; m < shown; ++m) {
      const std::optional<SeriesFigures>& figures = row.metrics[m];
      cells.push_back(figure_text(figures ? final_figure(*figures) : std::nullopt));
      if (layout.best) cells.push_back(figure_text(figures ? figures->best : std::nullopt));
    }
    cells.push_back(age_text(run.started));
    table.add_row(std::move(cells));
  }
  return table.render();
}

bool fits(std::string_view table) {
  return report::display_width(table.substr(0, table.find('\n'))) <= console().width;
}

// The widest layout that fits; the narrowest is cut. What is too wide with a few of the rows is so with all.
std::string fitting_table(std::span<const RunRow> rows, const std::vector<std::string>& metrics) {
  constexpr std::size_t kFew = 50;
  const auto few = rows.first(std::min(kFew, rows.size()));
  for (const Layout& layout : std::span(kLayouts).first(std::size(kLayouts) - 1)) {
    if (!fits(table_text(few, metrics, layout))) continue;
    std::string text = table_text(rows, metrics, layout);
    if (fits(text)) return text;
  }
  return table_text(rows, metrics, std::end(kLayouts)[-1]);
}

// A line for each that can go on, of many for the newest.
std::string resume_lines(const std::vector<RunRow>& rows) {
  constexpr int kMost = 3;
  std::string text;
  int lines = 0;
  for (const RunRow& row : rows) {
    if (lines == kMost || !can_go_on(row.run)) continue;
    ++lines;
    text +=
        report::printable(fmt::format("run {} can go on: {}", row.run.id, resume_command(row.run.folder))) +
        "\n";
  }
  return text.empty() ? "" : "\n" + text;
}

void print_json(const std::vector<RunRow>& rows, const std::vector<std::string>& metrics) {
  for (const RunRow& row : rows) {
    Figures figures;
    for (std::size_t m = 0; m < metrics.size(); ++m) {
      if (row.metrics[m]) figures.emplace_back(metrics[m], *row.metrics[m]);
    }
    print_line(fmt::format("{{\"event\":\"run\",{},\"metrics\":{}}}", run_members(row.run),
                           figures_object(figures)));
  }
}

}  // namespace

int list_runs(const RunsOptions& options) {
  const RunStore store = RunStore::open_existing(options.runs);
  RunQuery query = options.query;
  if (query.metrics.empty()) query.metrics = usual_metrics(store.series_names());
  if (query.limit > 0) ++query.limit;  // to see whether there are more
  std::vector<RunRow> rows = store.list(query);
  const bool more = options.query.limit > 0 && rows.size() > options.query.limit;
  if (more) rows.pop_back();
  if (options.json) {
    print_json(rows, query.metrics);
    return kDone;
  }
  if (rows.empty()) {
    print_line(store.count() == 0 ? "no runs" : "no run matches");
    return kDone;
  }
  print(fitting_table(rows, query.metrics) + resume_lines(rows));
  if (more) print(wrapped("\nthere are more; --limit 0 shows all\n", 0));
  return kDone;
}

}  // namespace gradus::cli
