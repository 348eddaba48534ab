#include "gradus/study/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "gradus/core/error.h"

namespace gradus::study {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::string_view kLayers = "layers/";

// clang-format off
const std::vector<Metric>& metric_table() {
  static const std::vector<Metric> kMetrics = {
    {"train_loss", true, Better::kLower, Needs::kNothing, "loss on the training part"},
    {"train_accuracy", true, Better::kHigher, Needs::kNothing, "share of training rows classified rightly"},
    {"train_r2", true, Better::kHigher, Needs::kNothing, "R2 of a regression on the training part"},
    {"validation_loss", true, Better::kLower, Needs::kValidation, "loss on the validation part"},
    {"validation_accuracy", true, Better::kHigher, Needs::kValidation, "accuracy on the validation part"},
    {"validation_r2", true, Better::kHigher, Needs::kValidation, "R2 on the validation part"},
    {"test_loss", true, Better::kLower, Needs::kTest, "loss on the test part"},
    {"test_accuracy", true, Better::kHigher, Needs::kTest, "accuracy on the test part"},
    {"test_r2", true, Better::kHigher, Needs::kTest, "R2 on the test part"},
    {"step_loss", true, Better::kLower, Needs::kStepLosses, "mean loss of a step's batch before its update"},
    {"learning_rate", true, Better::kNeither, Needs::kNothing, "step size"},
    {"steps", false, Better::kLower, Needs::kNothing, "steps done"},
    {"epochs", false, Better::kLower, Needs::kNothing, "epochs begun"},
    {"seconds", false, Better::kLower, Needs::kNothing, "time of the training steps"},
    {"stop_step", false, Better::kLower, Needs::kNothing, "step after which training stopped"},
    {"stop_epoch", false, Better::kLower, Needs::kNothing, "epoch, from 0, in which training stopped"},
    {"best_step", false, Better::kLower, Needs::kNothing, "step of the lowest validation loss"},
    {"best_epoch", false, Better::kLower, Needs::kNothing, "epoch, from 0, of the lowest validation loss"},
    {"parameters", false, Better::kNeither, Needs::kNothing, "numbers that are trained"},
    {"weights_norm", true, Better::kNeither, Needs::kLayers, "norm of a layer's weights"},
    {"weights_mean", true, Better::kNeither, Needs::kLayers, "mean of a layer's weights"},
    {"weights_deviation", true, Better::kNeither, Needs::kLayers, "standard deviation of a layer's weights"},
    {"gradients_norm", true, Better::kNeither, Needs::kLayers, "norm of the gradient of a layer's weights"},
    {"gradients_mean", true, Better::kNeither, Needs::kLayers, "mean of the gradient of a layer's weights"},
    {"gradients_deviation", true, Better::kNeither, Needs::kLayers, "standard deviation of the gradient of a layer's weights"},
    {"activations_norm", true, Better::kNeither, Needs::kLayers, "norm of a layer's outputs"},
    {"activations_mean", true, Better::kNeither, Needs::kLayers, "mean of a layer's outputs"},
    {"activations_deviation", true, Better::kNeither, Needs::kLayers, "standard deviation of a layer's outputs"},
    {"update_ratio", true, Better::kNeither, Needs::kLayers, "norm of a layer's update by that of its weights"},
    {"dead_units", true, Better::kNeither, Needs::kLayers, "share of a layer's units that are 0 on every row of the batch"},
    {"saturated_units", true, Better::kNeither, Needs::kLayers, "share of a layer's outputs at the flat ends of its activation"},
  };
  return kMetrics;
}
// clang-format on

double worst(Better better) {
  return better == Better::kHigher ? -kInfinity : kInfinity;
}

bool reached(double value, double level, Better better) {
  return better == Better::kHigher ? value >= level : value <= level;
}

double best_value(std::span<const Point> points, Better better) {
  double best = worst(better);
  for (const Point& point : points) {
    if (reached(point.value, best, better)) best = point.value;
  }
  return best;
}

// The last value at or before a place.
template <class Place>
std::optional<double> value_at(std::span<const Point> points, Place place, double limit) {
  std::optional<double> value;
  for (const Point& point : points) {
    if (static_cast<double>(point.*place) <= limit) value = point.value;
  }
  return value;
}

const Point* first_reaching(std::span<const Point> points, double level, Better better) {
  const auto found =
      std::ranges::find_if(points, [&](const Point& point) { return reached(point.value, level, better); });
  return found == points.end() ? nullptr : &*found;
}

// Mean height of the curve: the trapezoids between its points by the steps that they span.
double mean_height(std::span<const Point> points) {
  double area = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    const auto width = static_cast<double>(points[i].step - points[i - 1].step);
    area += width * (points[i].value + points[i - 1].value) / 2;
  }
  const auto span = static_cast<double>(points.back().step - points.front().step);
  return span > 0 ? area / span : points.back().value;
}

std::optional<double> reduce(const Measure& measure, std::span<const Point> points) {
  const Better direction = measure.metric.better;
  switch (measure.reduction) {
    case Reduction::kFinal:
    case Reduction::kLast:
      return points.back().value;
    case Reduction::kBest:
      return best_value(points, direction);
    case Reduction::kAtStep:
      return value_at(points, &Point::step, measure.argument);
    case Reduction::kAtEpoch:
      return value_at(points, &Point::epoch, measure.argument);
    case Reduction::kStepsTo: {
      const Point* point = first_reaching(points, measure.argument, direction);
      return point == nullptr ? kInfinity : static_cast<double>(point->step);
    }
    case Reduction::kTimeTo: {
      const Point* point = first_reaching(points, measure.argument, direction);
      return point == nullptr ? kInfinity : point->seconds;
    }
    case Reduction::kArea:
      return mean_height(points);
  }
  GRADUS_ASSERT(false, static_cast<int>(measure.reduction));
}

// Names of the layers that a run has series of, "layers/<name>/...", from the input to the output.
std::vector<std::string> layer_names(const MeasuredRun& run) {
  std::vector<std::string> names;
  for (auto series = run.series.lower_bound(kLayers); series != run.series.end(); ++series) {
    const std::string_view key = series->first;
    if (!key.starts_with(kLayers)) break;
    const std::string_view name = key.substr(kLayers.size(), key.find('/', kLayers.size()) - kLayers.size());
    if (names.empty() || names.back() != name) names.emplace_back(name);
  }
  // They are numbers: "2" stands before "10".
  std::ranges::sort(names, {}, [](const std::string& name) { return std::pair(name.size(), name); });
  return names;
}

std::string series_key(const Measure& measure, const MeasuredRun& run) {
  if (measure.layer == 0) return measure.metric.name;
  const std::vector<std::string> layers = layer_names(run);
  if (measure.layer > layers.size()) return "";
  return fmt::format("{}{}/{}", kLayers, layers[measure.layer - 1], measure.metric.name);
}

std::optional<double> recorded(const Measure& measure, const MeasuredRun& run) {
  if (measure.reduction == Reduction::kFinal) {
    const auto scalar = run.scalars.find(series_key(measure, run));
    if (scalar != run.scalars.end()) return scalar->second;
  }
  const std::span<const Point> points = points_of(measure, run);
  return points.empty() ? std::nullopt : reduce(measure, points);
}

}  // namespace

std::span<const Metric> metrics() {
  return metric_table();
}

const Metric* find_metric(std::string_view name) {
  const std::string whole =
      name.starts_with("val_") ? "validation_" + std::string(name.substr(4)) : std::string(name);
  const auto found = std::ranges::find(metrics(), whole, &Metric::name);
  return found == metrics().end() ? nullptr : &*found;
}

Better better(const Measure& measure) {
  const bool place = measure.reduction == Reduction::kStepsTo || measure.reduction == Reduction::kTimeTo;
  return place ? Better::kLower : measure.metric.better;
}

std::string to_text(const Measure& measure, std::string_view contender) {
  std::string arguments = contender.empty() ? "" : fmt::format("\"{}\"", contender);
  if (measure.layer > 0) arguments += fmt::format("{}layer {}", arguments.empty() ? "" : ", ", measure.layer);
  std::string series(measure.metric.name);
  if (!arguments.empty()) series += "(" + arguments + ")";
  switch (measure.reduction) {
    case Reduction::kFinal:
      return series;
    case Reduction::kLast:
      return fmt::format("last({})", series);
    case Reduction::kBest:
      return fmt::format("best({})", series);
    case Reduction::kAtStep:
      return fmt::format("at({}, step {})", series, measure.argument);
    case Reduction::kAtEpoch:
      return fmt::format("at({}, epoch {})", series, measure.argument);
    case Reduction::kStepsTo:
      return fmt::format("steps_to({}, {})", series, measure.argument);
    case Reduction::kTimeTo:
      return fmt::format("time_to({}, {})", series, measure.argument);
    case Reduction::kArea:
      return fmt::format("area({})", series);
  }
  GRADUS_ASSERT(false, static_cast<int>(measure.reduction));
}

std::span<const Point> points_of(const Measure& measure, const MeasuredRun& run) {
  const auto series = run.series.find(series_key(measure, run));
  return series == run.series.end() ? std::span<const Point>{} : std::span<const Point>(series->second);
}

std::optional<double> evaluate(const Measure& measure, const MeasuredRun& run) {
  const Better direction = better(measure);
  if ((run.diverged || run.failed) && direction != Better::kNeither) return worst(direction);
  const std::optional<double> value = recorded(measure, run);
  if (!value || std::isfinite(*value)) return value;
  // An R2 of -infinity is as bad as it gets; a loss of -infinity is not good either.
  return direction == Better::kNeither ? std::nullopt : std::optional(worst(direction));
}

}  // namespace gradus::study
