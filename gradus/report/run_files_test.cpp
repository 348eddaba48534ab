#include "gradus/report/run_files.h"

#include <gmock/gmock.h>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "tests/support/test_support.h"

namespace gradus::report {
namespace {

using testing::HasSubstr;

RunConfig small_config() {
  RunConfig config;
  config.data = "digits";
  config.hidden = {8};
  config.epochs = 2;
  return config;
}

// A run under way in `folder`, trained to its end.
struct Trained {
  explicit Trained(const std::filesystem::path& folder, const RunConfig& config = small_config())
      : experiment(set_up(config, {})),
        run(folder, experiment, {}),
        recorder(score_name(experiment), nobody),
        result(train(experiment.plan, experiment.data, experiment.streams, recorder)) {}

  KeptTraining keep() {
    return keep_training(run, experiment, result, recorder, [this](const Model& model) {
      save_model(run.folder().path / "model.safetensors", model);
      return run.folder().path / "model.safetensors";
    });
  }

  Experiment experiment;
  StoredRun run;
  Observer nobody;
  SeriesRecorder recorder;
  TrainingResult result;
};

TEST(RunFiles, ATrainingLeavesItsModelHistoryPicturesAndFigures) {
  const test::TemporaryFolder folder;
  Trained trained(folder.path());
  const KeptTraining kept = trained.keep();
  EXPECT_EQ(weights_sha256(load_model(kept.model)), kept.weights_sha256);
  EXPECT_EQ(kept.not_stored, "");
  EXPECT_GT(kept.report.value().classification.accuracy, 0);
  const RunRecord record = RunStore::open_existing(folder.path()).record(1);
  EXPECT_EQ(record.status, RunStatus::kFinished);
  EXPECT_EQ(record.model, "model.safetensors");
  EXPECT_EQ(record.weights_sha256, kept.weights_sha256);
  for (const char* file : {"config.toml", "history.csv", "curves.svg", "confusion.svg"})
    EXPECT_TRUE(std::filesystem::exists(record.folder / file)) << file;
  EXPECT_THAT(read_file(record.folder / "history.csv"), HasSubstr("\n1,"));
}

TEST(RunFiles, WeightsThatAreNotFiniteLeaveNoModel) {
  const test::TemporaryFolder folder;
  RunConfig config = small_config();
  config.data = "xor";
  config.optimizer = "sgd";
  config.learning_rate = 1e39;
  config.validation = "0";
  config.batch_size = 320;
  config.epochs = 1;
  Trained trained(folder.path(), config);
  const KeptTraining kept = trained.keep();
  EXPECT_TRUE(kept.model.empty());
  EXPECT_FALSE(kept.report);
  const RunRecord record = RunStore::open_existing(folder.path()).record(1);
  EXPECT_EQ(record.status, RunStatus::kDiverged);
  EXPECT_EQ(record.model, "");
  EXPECT_FALSE(std::filesystem::exists(record.folder / "model.safetensors"));
}

// The model is safe before the store is asked.
TEST(RunFiles, AStoreThatCannotTakeTheEndSpoilsNothing) {
  const test::TemporaryFolder folder;
  Trained trained(folder.path());
  trained.run.fail("ended by somebody else");
  RunStore store = RunStore::open_existing(folder.path());
  store.remove(1);
  std::filesystem::create_directory(trained.run.folder().path);
  const KeptTraining kept = trained.keep();
  EXPECT_THAT(kept.not_stored, HasSubstr("the files of the run stay in"));
  EXPECT_TRUE(std::filesystem::exists(kept.model));
  EXPECT_TRUE(kept.report);
}

}  // namespace
}  // namespace gradus::report
