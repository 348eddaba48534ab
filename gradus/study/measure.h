// What a run measured, and one number made of it: a metric such as validation_accuracy, reduced to its final or
// best value, its value at a step, the steps to reach a level, ...
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gradus::study {

// A value of a series, and when it was taken.
struct Point {
  std::uint64_t step = 0;   // done in the whole run
  std::uint64_t epoch = 0;  // from 0
  double seconds = 0;       // training time until then
  double value = 0;
};

// A finished run as the judge sees it; whoever stores runs fills it in.
struct MeasuredRun {
  std::string contender = {};
  std::size_t replicate = 0;  // runs of the same replicate are a pair
  std::int64_t seed = 0;
  bool diverged = false;
  bool failed = false;           // ended with an error
  std::string stop_reason = {};  // of a failed run its error
  // By the metric's name; a layer's statistic as "layers/0/gradients_norm", with the name of the layer's tensors.
  // Points ascend by step.
  std::map<std::string, std::vector<Point>, std::less<>> series = {};
  // Figures of the finished model (its best weights restored where the run does so) and counts of the run.
  std::map<std::string, double, std::less<>> scalars = {};
};

// Which direction of a metric is the good one.
enum class Better { kLower, kHigher, kNeither };

// What a run must have, or record, to know a metric.
enum class Needs { kNothing, kValidation, kTest, kStepLosses, kLayers };

// Something that runs are measured by.
struct Metric {
  std::string name = {};
  bool series = false;  // else one number per run
  Better better = Better::kNeither;
  Needs needs = Needs::kNothing;
  std::string_view help = {};

  friend bool operator==(const Metric&, const Metric&) = default;
};

[[nodiscard]] std::span<const Metric> metrics();
// "val_" stands for "validation_". Null where there is none of that name.
[[nodiscard]] const Metric* find_metric(std::string_view name);

// Which one number stands for a series.
enum class Reduction { kFinal, kLast, kBest, kAtStep, kAtEpoch, kStepsTo, kTimeTo, kArea };

// One number of a run: a metric, and which of its values.
struct Measure {
  Metric metric = {};
  std::size_t layer = 0;  // of a layer's statistic: 1 is the layer at the input
  Reduction reduction = Reduction::kFinal;
  double argument = 0;  // step, epoch or level

  friend bool operator==(const Measure&, const Measure&) = default;
};

// Which values of the measure are good.
[[nodiscard]] Better better(const Measure& measure);

// As it is written in a study file; `contender` may be empty: `best(validation_loss("a"))`.
[[nodiscard]] std::string to_text(const Measure& measure, std::string_view contender = {});

// The recorded points that a measure of a series is made of; empty where the run did not record them.
[[nodiscard]] std::span<const Point> points_of(const Measure& measure, const MeasuredRun& run);

// The measure of one run. A run that diverged or failed counts as the worst: +infinity where lower is better,
// -infinity where higher is; so does a level that was never reached and a value that is not finite. nullopt:
// the run did not record it.
[[nodiscard]] std::optional<double> evaluate(const Measure& measure, const MeasuredRun& run);

}  // namespace gradus::study
