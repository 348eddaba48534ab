#include "gradus/report/study_examples.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace gradus::report::internal {

namespace {

// "sigmoid_12b" of sigmoid_12b_0, sigmoid_12b_1, ...: they share a row.
std::string row_of(const std::string& figure) {
  const std::size_t last = figure.rfind('_');
  const bool counted = last != std::string::npos && last + 1 < figure.size() && last + 3 >= figure.size() &&
                       figure.find_first_not_of("0123456789", last + 1) == std::string::npos;
  return counted ? figure.substr(0, last) : figure;
}

HtmlTable example_table(const study::Contender& contender, const study::MeasuredRun& run) {
  HtmlTable table{fmt::format("{}: figures", contender.name), {"Figure", "Value"}, {}};
  for (const study::Metric& metric : study::figures_of(contender.work)) {
    const auto value = run.scalars.find(metric.name);
    if (value == run.scalars.end()) continue;
    const std::string name = row_of(metric.name);
    const std::string text = fmt::format("{}", value->second);
    if (!table.rows.empty() && table.rows.back()[0] == name) {
      table.rows.back()[1] += ", " + text;
    } else {
      table.rows.push_back({name, text});
    }
  }
  return table;
}

}  // namespace

std::vector<HtmlTable> example_tables(const StudyOutcome& outcome) {
  std::vector<HtmlTable> tables;
  for (const study::Contender& contender : outcome.study.contenders) {
    const auto& runs = outcome.result.measured;
    const auto run = std::ranges::find(runs, contender.name, &study::MeasuredRun::contender);
    if (std::holds_alternative<study::WorkedExample>(contender.work) && run != runs.end() && !run->failed)
      tables.push_back(example_table(contender, *run));
  }
  return tables;
}

}  // namespace gradus::report::internal
