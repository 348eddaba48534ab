#include "gradus/runs/run_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gradus/core/error.h"
#include "gradus/runs/run_series.h"
#include "gradus/train/trainer.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

RunConfig small_config() {
  RunConfig config;
  config.data = "digits";
  config.hidden = {16};
  config.epochs = 2;
  config.threads = 1;
  return config;
}

TEST(RunIdentity, WhatCannotChangeTheWeightsIsNotInTheHash) {
  RunConfig config = small_config();
  const std::string hash = configuration_hash(config);
  EXPECT_EQ(hash.size(), 64u);
  config.threads = 7;
  config.data = "copy-of-digits.csv";
  EXPECT_EQ(configuration_hash(config), hash);
  config.seed = 1;
  EXPECT_NE(configuration_hash(config), hash);
}

TEST(RunIdentity, OfInitialWeightsTheContentCountsNotThePath) {
  const test::TemporaryFolder folder;
  RunConfig config = small_config();
  config.initial_weights = folder.write("a", "weights");
  const std::string hash = configuration_hash(config);
  config.initial_weights = folder.write("b", "weights");
  EXPECT_EQ(configuration_hash(config), hash);
  (void)folder.write("b", "others");
  EXPECT_NE(configuration_hash(config), hash);
}

TEST(RunIdentity, DataAreTheSameWhereverTheyLie) {
  const test::TemporaryFolder folder;
  std::string table = "a,kind\n";
  for (int i = 0; i < 40; ++i) table += std::to_string(i) + (i % 2 == 0 ? ",x\n" : ",y\n");
  RunConfig config = small_config();
  config.data = folder.write("one.csv", table);
  const std::string hash = data_hash(set_up(config, {}).data);
  EXPECT_EQ(data_hash(set_up(config, {}).data), hash);
  config.data = folder.write("two.csv", table);
  EXPECT_EQ(data_hash(set_up(config, {}).data), hash);
  config.seed = 1;  // another split
  EXPECT_NE(data_hash(set_up(config, {}).data), hash);
  config.seed = 0;
  table.replace(table.find("17,"), 2, "99");
  config.data = folder.write("three.csv", table);
  EXPECT_NE(data_hash(set_up(config, {}).data), hash);
}

TEST(RunIdentity, LargeFeaturesAreToldApartAtBothEnds) {
  const auto hash = [](std::size_t changed) {
    Preparation data;
    auto features = std::make_shared<Features>();
    features->rows = features->values.size();
    features->values.assign(std::size_t{5} << 17, 0.5);  // five blocks
    features->values[changed] = 1;
    data.train.features = features;
    data.train.rows = {0};
    return data_hash(data);
  };
  const std::size_t size = std::size_t{5} << 17;
  EXPECT_EQ(hash(3), hash(3));
  EXPECT_NE(hash(0), hash(size - 1));
  EXPECT_NE(hash(0), hash(size / 2));
}

TEST(RunIdentity, ConfigurationsComeBackFromJson) {
  RunConfig config = small_config();
  config.positive = {"a,b", "c\"\\é\n"};
  config.learning_rate = 1e-300;
  config.min_delta = 0.1;
  config.hidden = {};
  EXPECT_EQ(config_from_json(to_json(config), "run 1"), config);
  for (const char* text :
       {"", "[]", "{\"optimizer\":\"nonesuch\"}", "{\"epochs\":null}", "{\"x\":{\"y\":1}}"})
    EXPECT_THROW((void)config_from_json(text, "run 1"), Error) << text;
}

TEST(RunIdentity, AHeaderTellsTheRun) {
  const Experiment experiment = set_up(small_config(), {});
  const RunHeader header = header_of(experiment);
  EXPECT_EQ(header.network, "64-16-10");
  EXPECT_EQ(header.parameters, 1210u);
  EXPECT_EQ(header.data, "digits");
  EXPECT_EQ(header.environment.threads, 1);
  EXPECT_THAT(header.environment.compiler, ::testing::HasSubstr("++ "));
  EXPECT_EQ(config_from_json(header.configuration, "it"), experiment.plan.config);
}

TEST(RunSeries, TheRecorderKeepsWhatATrainingTells) {
  RunConfig config = small_config();
  config.log_every = 20;
  config.layers_every = 30;
  Experiment experiment = set_up(config, {});
  const RunHeader header = header_of(experiment);
  Observer nobody;
  SeriesRecorder recorder("accuracy", nobody);
  const TrainingResult result = train(experiment.plan, experiment.data, experiment.streams, recorder);
  const RunOutcome outcome = outcome_of(result, "accuracy", recorder.take());
  std::map<std::string, Series> series;
  for (const Series& one : outcome.series) series[one.name] = one;
  EXPECT_EQ(series.size(), 9u + 2 * 11 - 1);  // of two layers, the last without dead units
  EXPECT_EQ(series["layers/0/gradients_norm"].steps.front(), 1u);
  EXPECT_GT(series["layers/2/update_ratio"].values.front(), 0);
  EXPECT_EQ(series["validation_loss"].steps,
            (std::vector<std::uint64_t>{header.steps_per_epoch, 2 * header.steps_per_epoch}));
  EXPECT_EQ(series["train_loss"].values[1], result.history.epochs[1].train.loss);
  EXPECT_EQ(series["step_loss"].steps.front(), 20u);
  EXPECT_EQ(epoch_of_step(header.steps_per_epoch, header.steps_per_epoch), 0u);
  EXPECT_EQ(epoch_of_step(header.steps_per_epoch + 1, header.steps_per_epoch), 1u);
  EXPECT_EQ(outcome.stop_reason, "epochs");
  EXPECT_EQ(outcome.finals.at("test_accuracy"), result.test->score);
  EXPECT_TRUE(recorder.take().empty());
}

TEST(RunSeries, NamesMayBeShortAndSayWhatIsBetter) {
  EXPECT_EQ(series_name("val_loss"), "validation_loss");
  EXPECT_EQ(series_name("train_loss"), "train_loss");
  EXPECT_TRUE(higher_is_better("validation_accuracy"));
  EXPECT_TRUE(higher_is_better("r2"));
  EXPECT_FALSE(higher_is_better("validation_loss"));
  EXPECT_FALSE(higher_is_better("weights_r2d2"));
}

}  // namespace
}  // namespace gradus
