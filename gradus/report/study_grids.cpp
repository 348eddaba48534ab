#include "gradus/report/study_grids.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "gradus/report/figure_widths.h"
#include "gradus/report/study_results.h"
#include "gradus/report/svg_heat_map.h"
#include "gradus/report/svg_parallel.h"

namespace gradus::report::internal {

namespace {

// Where a contender took part in the plot.
std::vector<const study::Contender*> contenders_of(const StudyOutcome& outcome, const study::Plot& plot) {
  std::vector<const study::Contender*> found;
  for (const study::Contender& contender : outcome.study.contenders) {
    if (plot.contenders.empty() ||
        std::ranges::find(plot.contenders, contender.name) != plot.contenders.end())
      found.push_back(&contender);
  }
  return found;
}

std::string value_text(const study::Contender& contender, const std::string& field) {
  const Field* known = find_field(field);
  return known == nullptr ? "" : field_text(contender.config, *known);
}

std::optional<double> number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::size_t place_of(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  names.push_back(name);
  return names.size() - 1;
}

bool smaller_is_better(const study::Measure& measure) {
  return better(measure) != study::Better::kHigher;
}

// Diverged where no replicate has a value.
HeatCell cell_of(const ContenderValue& value) {
  if (!value.values.empty()) return {value.mean};
  return {0, value.without_bound > 0 ? CellState::kDiverged : CellState::kMissing};
}

bool improves(const HeatCell& cell, const HeatCell& before, bool smaller) {
  if (cell.state != CellState::kValue) return before.state == CellState::kMissing;
  if (before.state != CellState::kValue) return true;
  return smaller ? cell.value < before.value : cell.value > before.value;
}

std::string others_text(const StudyOutcome& outcome) {
  const std::vector<std::string>& varied = outcome.study.varied;
  if (varied.size() < 3) return "";
  return fmt::format("; the best over {}", fmt::join(varied.begin() + 2, varied.end(), ", "));
}

// The values of a field as numbers where all are, else as categories.
ParallelAxis axis_of(const std::string& field, const std::vector<const study::Contender*>& contenders,
                     std::vector<double>& values) {
  ParallelAxis axis{.name = field};
  std::vector<std::string> texts;
  for (const study::Contender* contender : contenders) texts.push_back(value_text(*contender, field));
  const bool numbers =
      std::ranges::all_of(texts, [](const std::string& text) { return number(text).has_value(); });
  for (const std::string& text : texts)
    values.push_back(numbers ? *number(text) : static_cast<double>(place_of(axis.categories, text)));
  const auto [least, most] = std::ranges::minmax(values);
  constexpr double kWideRange = 30;  // beyond it small values would lie on each other
  if (numbers && least > 0 && most / least > kWideRange) axis.scale = Scale::kLogarithmic;
  return axis;
}

}  // namespace

Pictures heat_map_pictures(const StudyOutcome& outcome, const study::Plot& plot) {
  if (outcome.study.varied.size() < 2) return {{}, {"No heat map: the study does not vary two fields."}};
  const std::string& row_field = outcome.study.varied[0];
  const std::string& column_field = outcome.study.varied[1];
  const std::vector<const study::Contender*> contenders = contenders_of(outcome, plot);
  HeatMap map;
  std::vector<std::pair<std::size_t, std::size_t>> places;
  for (const study::Contender* contender : contenders) {
    const std::size_t row = place_of(map.rows, value_text(*contender, row_field));
    places.emplace_back(row, place_of(map.columns, value_text(*contender, column_field)));
  }
  const bool smaller = smaller_is_better(*plot.measure);
  map.cells.assign(map.rows.size() * map.columns.size(), {0, CellState::kMissing});
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    HeatCell& cell = map.cells[places[i].first * map.columns.size() + places[i].second];
    const HeatCell next = cell_of(value_of(outcome, contenders[i]->name, *plot.measure));
    if (improves(next, cell, smaller)) cell = next;
  }
  map.value_title = measure_label(*plot.measure);
  map.title = plot.title.empty() ? capitalized(map.value_title) : plot.title;
  map.x_title = column_field;
  map.y_title = row_field;
  map.scale = plot.log_y || plot.log_x ? Scale::kLogarithmic : Scale::kLinear;
  map.better = smaller ? Better::kSmaller : Better::kLarger;
  const std::size_t n = outcome.study.replicates.size();
  std::string caption =
      fmt::format("{} over {} and {}{}{}.", capitalized(map.value_title), row_field, column_field,
                  others_text(outcome), n > 1 ? fmt::format(", mean of {} runs", n) : "");
  return {{figure_of(std::move(caption), std::move(map), svg_heat_map)}};
}

Pictures parallel_pictures(const StudyOutcome& outcome, const study::Plot& plot) {
  const std::vector<const study::Contender*> contenders = contenders_of(outcome, plot);
  if (outcome.study.varied.empty() || contenders.empty())
    return {{}, {"No parallel coordinates: the study does not vary fields."}};
  ParallelPicture picture;
  for (const study::Contender* contender : contenders) {
    ParallelRun run{.name = contender->name};
    const ContenderValue value = value_of(outcome, contender->name, *plot.measure);
    if (value.without_bound == 0) run.result = value.mean;
    picture.runs.push_back(std::move(run));
  }
  for (const std::string& field : outcome.study.varied) {
    std::vector<double> values;
    picture.axes.push_back(axis_of(field, contenders, values));
    for (std::size_t i = 0; i < values.size(); ++i) picture.runs[i].values.push_back(values[i]);
  }
  picture.result_title = measure_label(*plot.measure);
  picture.title = plot.title.empty() ? capitalized(picture.result_title) : plot.title;
  picture.result_scale = plot.log_y ? Scale::kLogarithmic : Scale::kLinear;
  picture.better = smaller_is_better(*plot.measure) ? Better::kSmaller : Better::kLarger;
  std::string caption =
      fmt::format("Each line is a contender; the last axis is its {}.", picture.result_title);
  return {{figure_of(std::move(caption), std::move(picture), svg_parallel)}};
}

}  // namespace gradus::report::internal
