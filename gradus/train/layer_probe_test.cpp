#include "gradus/train/layer_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "gradus/train/training_fixture.h"

namespace gradus {
namespace {

struct Recorder : Observer {
  void on_layers(const LayersEvent& event) override { events.push_back(event); }
  std::vector<LayersEvent> events;
};

struct Recorded {
  TrainingResult result;
  std::vector<LayersEvent> events;
};

Recorded record(RunConfig config, std::int64_t every) {
  config.layers_every = every;
  Experiment experiment = set_up(config, {});
  Recorder recorder;
  TrainingResult result = train(experiment.plan, experiment.data, experiment.streams, recorder);
  return {std::move(result), std::move(recorder.events)};
}

TEST(LayerProbe, DistributionsLeaveOutWhatIsNotFinite) {
  const double values[] = {
      3, -4, 0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), 1};
  const Distribution d = distribution(MatrixView<const double>(values, 2, 3));
  EXPECT_DOUBLE_EQ(d.norm, std::sqrt(26.0));
  EXPECT_DOUBLE_EQ(d.mean, 0);
  EXPECT_DOUBLE_EQ(d.deviation, std::sqrt(26.0 / 4));
  EXPECT_EQ(d.low, -4);
  EXPECT_EQ(d.high, 3);
  EXPECT_EQ(std::accumulate(d.counts.begin(), d.counts.end(), std::uint64_t{0}), 4u);
  EXPECT_EQ(d.counts.front(), 1u);
  EXPECT_EQ(d.counts.back(), 1u);

  const double same[] = {2, 2};
  EXPECT_EQ(distribution(MatrixView<const double>(same, 1, 2)).counts.front(), 2u);
  EXPECT_TRUE(distribution(MatrixView<const double>(nullptr, 0, 0)).counts.empty());
}

TEST(LayerProbe, LooksAtTheFirstStepAndEveryNthAndChangesNothing) {
  RunConfig config = small_config();
  config.dropout = 0.2;
  config.hidden = {16, 8};
  const Recorded recorded = record(config, 10);
  EXPECT_EQ(weights_of(recorded.result), weights_of(train_quietly(config)));
  ASSERT_GT(recorded.events.size(), 2u);
  EXPECT_EQ(recorded.events[0].step, 1u);
  EXPECT_EQ(recorded.events[1].step, 10u);
  EXPECT_EQ(recorded.events[2].step, 20u);
  EXPECT_EQ(recorded.events.back().epoch, 2u);
  for (const LayersEvent& event : recorded.events) {
    ASSERT_EQ(event.layers.size(), 3u);
    for (const LayerFigures& layer : event.layers) {
      EXPECT_GT(layer.gradients.norm, 0) << layer.name << " step " << event.step;
      EXPECT_GT(layer.update_ratio, 0) << layer.name << " step " << event.step;
      EXPECT_FALSE(layer.saturated_units) << layer.name;
    }
    EXPECT_TRUE(event.layers[0].dead_units);
    EXPECT_FALSE(event.layers[2].dead_units) << "the outputs have no activation";
  }
}

// By sgd the change of the weights is the learning rate times the gradient.
TEST(LayerProbe, TheGradientIsTheOneOfTheStep) {
  RunConfig config = small_config();
  config.optimizer = "sgd";
  config.learning_rate = 0.125;
  config.precision = "double";
  config.l2 = 0.01;
  config.dropout = 0.3;
  for (const LayersEvent& event : record(config, 1).events) {
    for (const LayerFigures& layer : event.layers)
      EXPECT_NEAR(layer.update_ratio * layer.weights.norm, 0.125 * layer.gradients.norm, 1e-12)
          << layer.name << " step " << event.step;
  }
}

TEST(LayerProbe, TenSigmoidLayersShowTheVanishingGradient) {
  RunConfig config = small_config();
  config.hidden = std::vector<std::int64_t>(10, 16);
  config.activation = "sigmoid";
  const LayersEvent first = record(config, 1000).events.at(0);
  ASSERT_EQ(first.layers.size(), 11u);
  for (std::size_t i = 2; i < 10; ++i)  // the first has more weights than the others
    EXPECT_LT(first.layers[i - 1].gradients.norm, 0.6 * first.layers[i].gradients.norm) << "layer " << i;
  EXPECT_LT(first.layers[0].gradients.norm, 1e-4 * first.layers[10].gradients.norm);
}

TEST(LayerProbe, DeadAndSaturatedUnitsAreCounted) {
  RunConfig config = small_config();
  config.optimizer = "sgd";
  config.learning_rate = 1e3;  // kills units, saturates others
  config.epochs = 1;
  const auto share = [&](const std::string& activation, std::optional<double> LayerFigures::*member) {
    config.activation = activation;
    const Recorded recorded = record(config, 5);
    return (recorded.events.back().layers.at(0).*member).value();
  };
  EXPECT_GT(share("sigmoid", &LayerFigures::saturated_units), 0.9);
  EXPECT_GT(share("tanh", &LayerFigures::saturated_units), 0.9);
  EXPECT_GT(share("relu", &LayerFigures::dead_units), 0.9);
  config.learning_rate = 1e-6;
  EXPECT_LT(share("sigmoid", &LayerFigures::saturated_units), 0.1);
  EXPECT_LT(share("relu", &LayerFigures::dead_units), 0.5);
}

}  // namespace
}  // namespace gradus
