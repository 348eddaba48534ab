#include "gradus/server/training_jobs.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "gradus/core/error.h"
#include "gradus/server/thinned_rows.h"
#include "gradus/train/training_fixture.h"
#include "tests/support/test_support.h"

namespace gradus::server {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

// More epochs than anybody waits for.
RunConfig endless_config() {
  RunConfig config = small_config();
  config.epochs = 100'000'000;
  return config;
}

// Somebody who follows a training's events from the first on.
class Reader {
 public:
  Reader(const TrainingJobs& jobs, std::uint64_t id) : events_(jobs.events(id)) {}

  // Until `needle` has come; false where the training ends without it.
  bool wait_for(std::string_view needle) {
    while (text.find(needle) == std::string::npos) {
      if (ended_) return false;
      text += events_->read(after_, std::chrono::hours(1), ended_);
    }
    return true;
  }
  void wait_for_end() { EXPECT_TRUE(wait_for("event: end\n")); }

  std::string text;

 private:
  std::shared_ptr<EventLog> events_;
  std::uint64_t after_ = 0;
  bool ended_ = false;
};

json state_of(const TrainingJobs& jobs, std::uint64_t id) {
  return json::parse(jobs.state(id));
}

std::string weights_of_nobody_watching(const RunConfig& config) {
  Experiment experiment = set_up(config, {});
  Observer nobody;
  TrainingResult result = train(experiment.plan, experiment.data, experiment.streams, nobody);
  return weights_sha256(make_model(experiment, result));
}

class TrainingJobsTest : public testing::Test {
 protected:
  [[nodiscard]] RunRecord record(std::uint64_t id) const {
    return RunStore::open_existing(folder_.path()).record(id);
  }

  test::TemporaryFolder folder_;
};

TEST_F(TrainingJobsTest, HasTheBitsOfATrainingThatNobodyWatches) {
  RunConfig config = small_config();
  config.epochs = 60;
  config.log_every = 3;
  config.layers_every = 50;
  config.threads = 1;  // a team that spins has no patience with readers
  TrainingJobs jobs(folder_.path(), {});
  const std::uint64_t id = jobs.start(config, {.name = "watched"});
  Reader reader(jobs, id);
  std::size_t looks = 0;
  while (state_of(jobs, id)["end"].is_null()) {
    try {
      (void)jobs.model(id);
      ++looks;
    } catch (const Error&) {
      // Not begun.
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  reader.wait_for_end();
  EXPECT_GT(looks, 0u);
  const std::string weights = weights_of_nobody_watching(config);
  EXPECT_EQ(state_of(jobs, id)["end"]["weights_sha256"], weights);
  const RunRecord run = record(id);
  EXPECT_EQ(run.weights_sha256, weights);
  EXPECT_EQ(run.status, RunStatus::kFinished);
  EXPECT_EQ(run.name, "watched");
  for (const char* file :
       {"config.toml", "history.csv", "curves.svg", "confusion.svg", "model.safetensors", "layers.jsonl"})
    EXPECT_TRUE(std::filesystem::exists(run.folder / file)) << file;
  EXPECT_EQ(weights_sha256(jobs.model(id).model), weights);
}

TEST_F(TrainingJobsTest, TellsEveryEpochOfAShortTraining) {
  TrainingJobs jobs(folder_.path(), {});
  RunConfig config = small_config();
  config.epochs = 30;
  const std::uint64_t id = jobs.start(config);
  Reader reader(jobs, id);
  reader.wait_for_end();
  const json state = state_of(jobs, id);
  ASSERT_EQ(state["curves"]["epochs"].size(), 30u);
  EXPECT_EQ(state["curves"]["epochs"][29][0], 29);
  EXPECT_EQ(state["state"], "finished");
  EXPECT_EQ(state["end"]["epochs"], 30);
  EXPECT_THAT(reader.text, HasSubstr("[29,"));
  EXPECT_EQ(state["config"]["epochs"], 30);
}

TEST_F(TrainingJobsTest, PausesStepsAndGoesOn) {
  TrainingJobs jobs(folder_.path(), {});
  const std::uint64_t id = jobs.start(endless_config());
  Reader reader(jobs, id);
  ASSERT_TRUE(reader.wait_for("\"running\""));
  jobs.pause(id);
  ASSERT_TRUE(reader.wait_for("\"paused\""));
  const LiveModel before = jobs.model(id);
  EXPECT_EQ(jobs.model(id).step, before.step);
  EXPECT_EQ(weights_sha256(jobs.model(id).model), weights_sha256(before.model));
  EXPECT_EQ(state_of(jobs, id)["progress"]["step"], before.step);

  for (std::uint64_t step = 1; step <= 3; ++step) {
    jobs.step(id);
    ASSERT_TRUE(reader.wait_for(fmt::format("{{\"step\":{},", before.step + step)));
  }
  while (jobs.model(id).step < before.step + 3) std::this_thread::yield();
  const LiveModel after = jobs.model(id);
  EXPECT_EQ(after.step, before.step + 3);
  EXPECT_NE(weights_sha256(after.model), weights_sha256(before.model));
  EXPECT_EQ(state_of(jobs, id)["state"], "paused");

  reader.text.clear();
  jobs.resume(id);
  ASSERT_TRUE(reader.wait_for("\"running\""));
  jobs.stop(id);
  reader.wait_for_end();
  EXPECT_GT(record(id).steps, after.step);
}

TEST_F(TrainingJobsTest, StoppedKeepsItsModelAlsoWhilePaused) {
  TrainingJobs jobs(folder_.path(), {});
  const std::uint64_t id = jobs.start(endless_config());
  Reader reader(jobs, id);
  ASSERT_TRUE(reader.wait_for("\"running\""));
  jobs.step(id);
  ASSERT_TRUE(reader.wait_for("\"paused\""));
  jobs.stop(id);
  reader.wait_for_end();
  const RunRecord run = record(id);
  EXPECT_EQ(run.status, RunStatus::kInterrupted);
  EXPECT_EQ(weights_sha256(load_model(run.folder / run.model)), run.weights_sha256);
  EXPECT_THROW(jobs.pause(id), Error);
  EXPECT_THROW(jobs.stop(id), Error);
  EXPECT_EQ(jobs.experiment(id), nullptr);
}

TEST_F(TrainingJobsTest, OthersWaitInLine) {
  TrainingJobs jobs(folder_.path(), {}, 1);
  const std::uint64_t first = jobs.start(endless_config());
  const std::uint64_t second = jobs.start(endless_config());
  const std::uint64_t third = jobs.start(small_config());
  EXPECT_THAT(jobs.ids(), ElementsAre(third, second, first));
  EXPECT_EQ(state_of(jobs, second)["state"], "waiting");
  EXPECT_THROW(jobs.pause(second), Error);
  EXPECT_THROW((void)jobs.model(second), Error);
  EXPECT_EQ(record(second).status, RunStatus::kRunning);
  jobs.stop(second);
  jobs.stop(first);
  Reader(jobs, third).wait_for_end();
  EXPECT_EQ(record(second).status, RunStatus::kInterrupted);
  EXPECT_EQ(record(second).steps, 0u);
  EXPECT_EQ(record(third).status, RunStatus::kFinished);
}

// Thirty-two wait at most, and thirty-two that ended are told of; one that still runs is never forgotten.
TEST_F(TrainingJobsTest, TheLineAndTheMemoryOfWhatEndedAreLimited) {
  TrainingJobs jobs(folder_.path(), {}, 2);
  RunConfig config = endless_config();
  config.data = "xor";
  config.hidden = {2};
  const std::uint64_t first = jobs.start(config);
  const std::uint64_t second = jobs.start(config);
  for (const std::uint64_t id : {first, second}) ASSERT_TRUE(Reader(jobs, id).wait_for("\"running\""));
  std::vector<std::uint64_t> waiting;
  for (int i = 0; i < 32; ++i) waiting.push_back(jobs.start(config));
  try {
    (void)jobs.start(config);
    FAIL() << "a line without end";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.what(), HasSubstr("32 wait already; stop some of them first"));
  }
  const std::shared_ptr<EventLog> last = jobs.events(waiting.back());
  for (const std::uint64_t id : waiting) jobs.stop(id);
  jobs.stop(second);
  std::uint64_t after = 0;
  for (bool ended = false; !ended;) (void)last->read(after, std::chrono::hours(1), ended);
  while (jobs.ids().size() > 33) std::this_thread::yield();
  EXPECT_EQ(jobs.ids().front(), waiting.back());
  EXPECT_EQ(jobs.ids().back(), first);
  EXPECT_THROW((void)jobs.state(second), Error);
  EXPECT_EQ(record(second).status, RunStatus::kInterrupted);
  EXPECT_EQ(state_of(jobs, first)["state"], "running");
}

// L-BFGS takes one as it is.
TEST_F(TrainingJobsTest, OneBesideAnotherTakesOneThread) {
  TrainingJobs jobs(folder_.path(), {}, 1);
  RunConfig config = endless_config();
  config.data = "xor";
  (void)jobs.start(config);
  config.optimizer = "lbfgs";
  const std::uint64_t lbfgs = jobs.start(config);
  config.optimizer = "adam";
  const std::uint64_t adam = jobs.start(config);
  for (const std::uint64_t id : {lbfgs, adam}) EXPECT_EQ(state_of(jobs, id)["config"]["threads"], 1);
  for (const std::uint64_t id : jobs.ids()) jobs.stop(id);
}

TEST_F(TrainingJobsTest, TheEndOfTheLabStopsAllAndStoresThem) {
  std::vector<std::uint64_t> ids;
  {
    TrainingJobs jobs(folder_.path(), {}, 2);
    for (int i = 0; i < 3; ++i) ids.push_back(jobs.start(endless_config()));
    jobs.pause(ids[0]);
    ASSERT_TRUE(Reader(jobs, ids[0]).wait_for("\"paused\""));
  }
  for (const std::uint64_t id : ids) EXPECT_EQ(record(id).status, RunStatus::kInterrupted);
  EXPECT_FALSE(record(ids[0]).model.empty());
  EXPECT_TRUE(newest_checkpoint(record(ids[0]).folder).has_value());
}

TEST_F(TrainingJobsTest, AMistakeIsToldBeforeAnythingIsStored) {
  TrainingJobs jobs(folder_.path(), {});
  RunConfig config = small_config();
  config.target = "no such column";
  EXPECT_THROW((void)jobs.start(config), Error);
  config = small_config();
  config.batch_size = 1'000'000;
  EXPECT_THROW((void)jobs.start(config), Error);
  EXPECT_TRUE(jobs.ids().empty());
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "runs.sqlite"));
}

TEST_F(TrainingJobsTest, WhatDivergesSaysWhereAndKeepsNoModel) {
  TrainingJobs jobs(folder_.path(), {});
  RunConfig config = small_config();
  config.data = "xor";
  config.optimizer = "sgd";
  config.learning_rate = 1e39;
  config.validation = "0";
  config.test = "0";
  config.batch_size = 400;
  const std::uint64_t id = jobs.start(config);
  Reader(jobs, id).wait_for_end();
  const json state = state_of(jobs, id);
  EXPECT_EQ(state["state"], "diverged");
  EXPECT_THAT(state["end"]["diverged_at"].get<std::string>(), HasSubstr("step 1"));
  EXPECT_FALSE(state["end"]["model"]);
  EXPECT_THROW((void)jobs.model(id), Error);
}

TEST_F(TrainingJobsTest, UnknownIdsAreNotFound) {
  TrainingJobs jobs(folder_.path(), {});
  EXPECT_THROW((void)jobs.state(1), Error);
  EXPECT_THROW((void)jobs.events(1), Error);
  EXPECT_THROW(jobs.stop(1), Error);
}

TEST(ThinnedRows, KeepsEveryRowOfFewAndEvenlySpacedOnesOfMany) {
  ThinnedRows few(8);
  ThinnedRows many(8);
  for (int i = 0; i < 7; ++i)
    if (few.takes_next()) few.add(std::to_string(i));
  EXPECT_THAT(few.rows(), ElementsAre("0", "1", "2", "3", "4", "5", "6"));
  for (int i = 0; i < 28; ++i)
    if (many.takes_next()) many.add(std::to_string(i));
  EXPECT_THAT(many.rows(), ElementsAre("0", "4", "8", "12", "16", "20", "24"));
}

}  // namespace
}  // namespace gradus::server
