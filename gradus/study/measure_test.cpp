#include "gradus/study/measure.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "gradus/study/claim.h"
#include "gradus/study/run_measures.h"

namespace gradus::study {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Ten steps an epoch, a second each.
MeasuredRun falling_run() {
  MeasuredRun run{.contender = "a"};
  const std::vector<double> losses = {2, 1, 0.5, 0.75};
  for (std::size_t i = 0; i < losses.size(); ++i) {
    run.series["test_loss"].push_back(
        {.step = 10 * (i + 1), .epoch = i, .seconds = 1.0 + static_cast<double>(i), .value = losses[i]});
    run.series["test_accuracy"].push_back({.step = 10 * (i + 1),
                                           .epoch = i,
                                           .seconds = 1.0 + static_cast<double>(i),
                                           .value = 1 - losses[i] / 4});
  }
  run.scalars = {{"test_loss", 0.5}, {"steps", 40}, {"stop_epoch", 3}};
  return run;
}

std::optional<double> measured(const std::string& text, const MeasuredRun& run = falling_run()) {
  return evaluate(parse_measure(text), run);
}

TEST(Measure, MetricsAreNamedOnceAndExplained) {
  std::set<std::string_view> names;
  for (const Metric& metric : metrics()) {
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
    EXPECT_FALSE(metric.help.empty()) << metric.name;
    EXPECT_EQ(find_metric(metric.name), &metric);
  }
  EXPECT_EQ(find_metric("val_loss"), find_metric("validation_loss"));
  EXPECT_EQ(find_metric("loss"), nullptr);
}

TEST(Measure, TheFinalFigureIsThatOfTheModelThatWasKept) {
  EXPECT_EQ(measured("test_loss"), 0.5);
  EXPECT_EQ(measured("last(test_loss)"), 0.75);
  EXPECT_EQ(measured("test_accuracy"), 1 - 0.75 / 4) << "without a figure of the model: the last one";
}

TEST(Measure, BestFollowsTheMetric) {
  EXPECT_EQ(measured("best(test_loss)"), 0.5);
  EXPECT_EQ(measured("best(test_accuracy)"), 0.875);
}

TEST(Measure, AtTakesTheLastValueUntilThen) {
  EXPECT_EQ(measured("at(test_loss, step 10)"), 2);
  EXPECT_EQ(measured("at(test_loss, step 19)"), 2);
  EXPECT_EQ(measured("at(test_loss, epoch 1)"), 1);
  EXPECT_EQ(measured("at(test_loss, epoch 100)"), 0.75);
  EXPECT_EQ(measured("at(test_loss, step 9)"), std::nullopt);
}

TEST(Measure, StepsAndTimeToALevel) {
  EXPECT_EQ(measured("steps_to(test_loss, 1)"), 20);
  EXPECT_EQ(measured("time_to(test_loss, 0.9)"), 3);
  EXPECT_EQ(measured("steps_to(test_accuracy, 0.8)"), 30);
  EXPECT_EQ(measured("steps_to(test_loss, 0.1)"), kInfinity) << "never";
}

TEST(Measure, TheAreaIsTheMeanHeightOfTheCurve) {
  EXPECT_EQ(measured("area(test_loss)"), (1.5 + 0.75 + 0.625) / 3);
}

TEST(Measure, WhatWasNotRecordedIsNotMeasured) {
  EXPECT_EQ(measured("train_loss"), std::nullopt);
  EXPECT_EQ(measured("seconds"), std::nullopt);
  EXPECT_EQ(measured("gradients_norm(layer 1)"), std::nullopt);
}

TEST(Measure, LayersAreCountedFromTheInput) {
  MeasuredRun run;
  for (const char* layer : {"10", "0", "2"}) {
    run.series[fmt::format("layers/{}/gradients_norm", layer)] = {{.step = 1, .value = std::stod(layer)}};
  }
  run.series["layers/2/dead_units"] = {{.step = 1, .value = 0.5}};
  EXPECT_EQ(measured("gradients_norm(layer 1)", run), 0);
  EXPECT_EQ(measured("gradients_norm(layer 2)", run), 2);
  EXPECT_EQ(measured("gradients_norm(layer 3)", run), 10);
  EXPECT_EQ(measured("gradients_norm(layer 4)", run), std::nullopt);
  EXPECT_EQ(measured("dead_units(layer 1)", run), std::nullopt);
  EXPECT_EQ(measured("dead_units(layer 2)", run), 0.5);
}

TEST(Measure, ADivergedRunIsTheWorst) {
  MeasuredRun run = falling_run();
  run.diverged = true;
  EXPECT_EQ(measured("test_loss", run), kInfinity);
  EXPECT_EQ(measured("best(test_accuracy)", run), -kInfinity);
  EXPECT_EQ(measured("stop_epoch", run), kInfinity);
  run.diverged = false;
  run.failed = true;
  EXPECT_EQ(measured("test_loss", run), kInfinity);
}

TEST(Measure, WhatIsNotFiniteIsTheWorst) {
  MeasuredRun run = falling_run();
  run.scalars["test_loss"] = std::nan("");
  run.scalars["train_r2"] = -kInfinity;
  run.scalars["parameters"] = std::nan("");
  EXPECT_EQ(measured("test_loss", run), kInfinity);
  EXPECT_EQ(measured("train_r2", run), -kInfinity);
  EXPECT_EQ(measured("parameters", run), std::nullopt);
}

TEST(RunMeasures, TheTimeOfAPointIsThatOfTheEpochsBeforeAndOfItsPartOfThisOne) {
  RunHeader header;
  header.steps_per_epoch = 10;
  RunOutcome outcome;
  outcome.series = {{"train_loss", {0, 5, 10, 25, 30, 40}, {9, 8, 7, 6, 5, 4}},
                    {"seconds", {10, 20, 30}, {1, 2, 3}}};
  const auto seconds_of_points = [&] {
    const MeasuredRun run = measures_of(header, outcome);
    std::vector<double> seconds;
    for (const Point& point : run.series.at("train_loss")) seconds.push_back(point.seconds);
    return seconds;
  };
  EXPECT_EQ(seconds_of_points(), (std::vector<double>{0, 0.5, 1, 4.5, 6, 6}));
  outcome.series.pop_back();
  EXPECT_EQ(seconds_of_points(), std::vector<double>(6));
}

}  // namespace
}  // namespace gradus::study
