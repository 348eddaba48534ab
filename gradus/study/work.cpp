#include "gradus/study/work.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "gradus/train/check_problem.h"

namespace gradus::study {
namespace {

// Of what std::visit does for each kind of work.
template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

double distance(Point2 a, Point2 b) {
  return std::hypot(a.x - b.x, a.y - b.y);
}

MeasuredRun measure(const DescentSpec& spec) {
  MeasuredRun run;
  const Descent descent = minimize(spec);
  const std::vector<Point2> minima = function_from_text(spec.function).minima;
  for (const DescentStep& step : descent.path) {
    const auto add = [&](const char* name, double value) {
      run.series[name].push_back({step.step, step.step, 0, value});
      run.scalars[name] = value;
    };
    add("x", step.point.x);
    add("y", step.point.y);
    add("value", step.value);
    if (!minima.empty()) add("distance", distance(step.point, minima.front()));
  }
  run.scalars["steps"] = static_cast<double>(descent.path.back().step);
  run.diverged = descent.outcome == DescentOutcome::kDiverged;
  if (run.diverged) run.stop_reason = "diverged";
  return run;
}

MeasuredRun measure(const GradientCheck& check, const SetUp& set_up) {
  Experiment experiment = set_up();
  const GradientCheckResult result =
      check_gradient("", check_problem(experiment, check.rows), own_gradient(), check.entries);
  double difference = 0;
  for (const GradientCheckEntry& entry : result.worst_by_tensor)
    difference = std::max(difference, std::abs(entry.analytic - entry.numeric));
  MeasuredRun run;
  run.scalars = {{"largest_error", result.worst.relative_error},
                 {"largest_difference", difference},
                 {"entries", static_cast<double>(result.checked)},
                 {"kinks", static_cast<double>(result.kinks)}};
  return run;
}

MeasuredRun measure(const Example& example, const SetUp& set_up) {
  MeasuredRun run;
  for (auto& [name, value] : single_figures(example.work_out(set_up))) run.scalars[name] = value;
  return run;
}

const std::vector<Metric>& descent_figures() {
  static const std::vector<Metric> figures = {
      {"x", true, Better::kNeither, Needs::kNothing, "where it is"},
      {"y", true, Better::kNeither, Needs::kNothing, "where it is"},
      {"value", true, Better::kLower, Needs::kNothing, "of the function there"},
      {"distance", true, Better::kLower, Needs::kNothing,
       "to the function's lowest point, where that is known"},
      *find_metric("steps")};
  return figures;
}

const std::vector<Metric>& check_figures() {
  static const std::vector<Metric> figures = {
      {"largest_error", false, Better::kLower, Needs::kNothing,
       "largest difference of the two gradients, by the largest entry of its tensor; right below 1e-7"},
      {"largest_difference", false, Better::kLower, Needs::kNothing,
       "largest difference of the two gradients"},
      {"entries", false, Better::kNeither, Needs::kNothing, "entries that were judged"},
      {"kinks", false, Better::kNeither, Needs::kNothing, "entries at a kink, which are not"}};
  return figures;
}

std::string text_of(const DescentSpec& spec) {
  const Point2 start = spec.start.value_or(function_from_text(spec.function).start);
  return fmt::format("{} from ({}, {}), {}, {} steps of {}", spec.function, start.x, start.y, spec.optimizer,
                     spec.steps, rate_text(spec));
}

std::string text_of(const GradientCheck& check) {
  return fmt::format("{} rows, {} entries of each tensor", check.rows,
                     check.entries == 0 ? "all" : fmt::format("{}", check.entries));
}

}  // namespace

bool trains(const Work& work) {
  return std::holds_alternative<Training>(work);
}

bool is_configured(const Work& work) {
  if (const auto* worked = std::get_if<WorkedExample>(&work)) return worked->example->configured;
  return !std::holds_alternative<DescentSpec>(work);
}

std::string kind_of(const Work& work) {
  return std::visit(Overloaded{[](const Training&) -> std::string { return "a training"; },
                               [](const DescentSpec&) -> std::string { return "a descent"; },
                               [](const GradientCheck&) -> std::string { return "a gradient check"; },
                               [](const WorkedExample& worked) {
                                 return fmt::format("the example {}", worked.example->name);
                               }},
                    work);
}

std::pair<std::string, std::string> setting_of(const Work& work) {
  using Setting = std::pair<std::string, std::string>;
  return std::visit(Overloaded{[](const Training&) { return Setting{}; },
                               [](const DescentSpec& spec) {
                                 return Setting{"descent", text_of(spec)};
                               },
                               [](const GradientCheck& check) {
                                 return Setting{"gradient_check", text_of(check)};
                               },
                               [](const WorkedExample& worked) {
                                 return Setting{"example", worked.example->name};
                               }},
                    work);
}

std::vector<Metric> figures_of(const Work& work) {
  return std::visit(Overloaded{[](const Training&) { return std::vector<Metric>{}; },
                               [](const DescentSpec&) { return descent_figures(); },
                               [](const GradientCheck&) { return check_figures(); },
                               [](const WorkedExample& worked) { return worked.example->figures(); }},
                    work);
}

MeasuredRun carry_out(const Work& work, const SetUp& set_up) {
  return std::visit(Overloaded{[](const Training&) { return MeasuredRun{}; },
                               [](const DescentSpec& spec) { return measure(spec); },
                               [&](const GradientCheck& check) { return measure(check, set_up); },
                               [&](const WorkedExample& worked) { return measure(*worked.example, set_up); }},
                    work);
}

}  // namespace gradus::study
