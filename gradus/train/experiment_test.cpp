#include "gradus/train/experiment.h"

#include <gtest/gtest.h>

#include "gradus/train/evaluator.h"
#include "gradus/train/training_fixture.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

TEST(Experiment, TakesPartsFromOtherFiles) {
  const test::TemporaryFolder folder;
  std::string train = "a,b,kind\n";
  for (int i = 0; i < 40; ++i)
    train += std::to_string(i) + "," + std::to_string(i * i % 7) + (i % 2 == 0 ? ",even\n" : ",odd\n");
  RunConfig config;
  config.data = folder.write("train.csv", train);
  config.validation = "0";
  config.test = folder.write("test.csv", "b,a,kind\n1,2,odd\n3,4,even\n5,6,even\n");
  config.batch_size = 8;
  const Experiment experiment = set_up(config, {});
  EXPECT_EQ(experiment.data.train.size(), 40u);
  EXPECT_EQ(experiment.data.test.size(), 3u);
  EXPECT_EQ(experiment.data.test.labels, (std::vector<std::int32_t>{1, 0, 0}));
}

// A row of weight 2 is the row twice, a row of weight 0 is no row.
TEST(Experiment, WeightsCountRows) {
  const test::TemporaryFolder folder;
  std::string weighted = "a,kind,w\n";
  std::string repeated = "a,kind\n";
  for (int i = 0; i < 30; ++i) {
    const std::string row = std::to_string(i * 7 % 11) + (i % 2 == 0 ? ",x" : ",y");
    weighted += row + "," + std::to_string(i % 3) + "\n";
    for (int k = 0; k < i % 3; ++k) repeated += row + "\n";
  }
  RunConfig config;
  config.validation = config.test = "0";
  config.shuffle_split = config.shuffle = false;
  config.standardize = "none";
  config.precision = "double";
  config.batch_size = 30;
  config.epochs = 20;
  config.patience = 0;
  config.target = "kind";
  config.data = folder.write("repeated.csv", repeated);
  const TrainingResult twice = train_quietly(config);
  config.data = folder.write("weighted.csv", weighted);
  config.weights = "w";
  const TrainingResult once = train_quietly(config);
  EXPECT_EQ(set_up(config, {}).plan.network.inputs, 1u);
  EXPECT_NEAR(once.train.loss, twice.train.loss, 1e-12);
}

TEST(Experiment, FigureOverBatchesIsTheMeanOfTheirMeans) {
  const Experiment experiment = set_up(small_config(), {});
  const Plan& plan = experiment.plan;
  const ParameterTable table = parameter_table(plan.network);
  AlignedBuffer<double> block(table.block_size);
  Generator generator(GeneratorKind::kPcg64, 3);
  initialize<double>(plan.initializer, table, block.span(), generator);
  const Dataset& data = experiment.data.validation;

  EvaluationOptions options;
  options.batch_size = data.size() - 1;  // a full batch and one sample
  options.over = MetricsOver::kBatches;
  ThreadPool team;
  Evaluator<double> over_batches(plan.network, plan.loss, data, experiment.data.transform, team, options);
  options.over = MetricsOver::kSamples;
  Evaluator<double> over_samples(plan.network, plan.loss, data, experiment.data.transform, team, options);
  options.drop_last = true;
  Evaluator<double> first_batch(plan.network, plan.loss, data, experiment.data.transform, team, options);

  const double all = over_samples.figures(block.span()).loss;
  const double first = first_batch.figures(block.span()).loss;
  const auto n = static_cast<double>(data.size());
  const double last = all * n - first * (n - 1);
  EXPECT_NEAR(over_batches.figures(block.span()).loss, (first + last) / 2, 1e-10);
}

TEST(Experiment, FiguresDoNotDependOnTheBatchSize) {
  const Experiment experiment = set_up(small_config(), {});
  const Plan& plan = experiment.plan;
  const ParameterTable table = parameter_table(plan.network);
  AlignedBuffer<float> block(table.block_size);
  Generator generator(GeneratorKind::kPcg64, 3);
  initialize<float>(plan.initializer, table, block.span(), generator);
  PartFigures expected;
  ThreadPool team;
  for (const std::size_t batch : {256u, 1u, 7u, 64u}) {
    EvaluationOptions options;
    options.batch_size = batch;
    const PartFigures figures = Evaluator<float>(plan.network, plan.loss, experiment.data.train,
                                                 experiment.data.transform, team, options)
                                    .figures(block.span());
    if (batch == 256u) expected = figures;
    EXPECT_EQ(figures.loss, expected.loss) << batch;
    EXPECT_EQ(figures.score, expected.score) << batch;
  }
}

}  // namespace
}  // namespace gradus
