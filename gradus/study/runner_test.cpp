#include "gradus/study/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "gradus/core/error.h"
#include "gradus/study/study_file.h"
#include "tests/support/process_threads.h"
#include "tests/support/test_support.h"

namespace gradus::study {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kSmall = R"(
replicates = 2
[base]
data = "digits"
hidden = [8]
epochs = 2
patience = 0
[vary]
learning_rate = [0.001, 0.01]
)";

class Recorder : public StudyObserver {
 public:
  void on_plan(std::size_t runs, std::size_t) override { planned.push_back(runs); }
  void on_end(std::size_t, const StudyRun& run) override { (run.known ? known : trained) += 1; }
  std::vector<std::size_t> planned;
  int known = 0;
  int trained = 0;
};

class RunnerTest : public ::testing::Test {
 protected:
  StudyResult run(const std::string& text, std::function<bool()> cancelled = {}, std::size_t workers = 2) {
    recorder_ = {};
    RunStore store = RunStore::open(folder_.path());
    return run_study(parse_study(text, "test.toml", "."), store,
                     {.source = {}, .name = "test", .workers = workers, .cancelled = std::move(cancelled)},
                     recorder_);
  }

  test::TemporaryFolder folder_;
  Recorder recorder_;
};

using Values = std::vector<std::tuple<std::string, std::size_t, std::string, double>>;

// All that was measured but the time it took.
Values values_of(const StudyResult& result) {
  Values values;
  for (const MeasuredRun& run : result.measured) {
    for (const auto& [name, value] : run.scalars) {
      if (name != "seconds") values.emplace_back(run.contender, run.replicate, name, value);
    }
    for (const auto& [name, points] : run.series) {
      if (name == "seconds") continue;
      for (const Point& point : points) values.emplace_back(run.contender, run.replicate, name, point.value);
    }
  }
  std::ranges::sort(values);
  return values;
}

TEST_F(RunnerTest, EveryContenderRunsOnEverySeedAndTheSecondTimeAllIsKnown) {
  const StudyResult first = run(kSmall);
  EXPECT_EQ(recorder_.trained, 4);
  ASSERT_EQ(first.measured.size(), 4u);
  EXPECT_EQ(first.measured[0].contender, "0.001");
  EXPECT_EQ(first.measured[1].contender, "0.01");
  EXPECT_EQ(first.measured[2].seed, 1);
  for (const StudyRun& run : first.runs)
    EXPECT_TRUE(run.state == RunState::kDone && run.id > 0 && !run.known);

  const StudyResult second = run(kSmall);
  EXPECT_EQ(recorder_.trained, 0);
  EXPECT_EQ(recorder_.known, 4);
  EXPECT_EQ(values_of(second), values_of(first));
}

TEST_F(RunnerTest, TheNumberOfWorkersChangesNothing) {
  const Values alone = values_of(run(kSmall, {}, 1));
  test::TemporaryFolder other;
  RunStore store = RunStore::open(other.path());
  const StudyResult many =
      run_study(parse_study(kSmall, "test.toml", "."), store,
                {.source = {}, .name = "test", .workers = 4, .cancelled = {}}, recorder_);
  EXPECT_EQ(values_of(many), alone);
}

TEST_F(RunnerTest, ProcessesShareTheRunsOfAStudy) {
  const Study study = parse_study(kSmall, "test.toml", ".");
  const StudyResult alone = run(kSmall);
  test::TemporaryFolder other;
  StudyResult together;
  Recorder recorder;
  test::in_processes(3, [&](ProcessGroup& group) {
    RunStore store = RunStore::open(other.path());
    const RunnerOptions options{.source = {}, .name = "test", .group = &group, .cancelled = {}};
    if (group.rank() > 0) {
      serve_study(study, store, options);
    } else {
      together = run_study(study, store, options, recorder);
    }
  });
  EXPECT_EQ(values_of(together), values_of(alone));
  EXPECT_EQ(recorder.trained, 4);
  EXPECT_EQ(RunStore::open(other.path()).count(), 4U);
}

// Whatever is under way in other processes: runs that the store has are not begun.
TEST_F(RunnerTest, KnownRunsSpendNoBudgetOfProcesses) {
  (void)run(kSmall);
  const Study study = parse_study(std::string("budget = \"2 runs\"\n") + kSmall, "test.toml", ".");
  StudyResult result;
  Recorder recorder;
  test::in_processes(2, [&](ProcessGroup& group) {
    RunStore store = RunStore::open(folder_.path());
    const RunnerOptions options{.source = {}, .name = "test", .group = &group, .cancelled = {}};
    if (group.rank() > 0) {
      serve_study(study, store, options);
    } else {
      result = run_study(study, store, options, recorder);
    }
  });
  EXPECT_FALSE(result.budget_spent);
  EXPECT_EQ(recorder.known, 4);
}

// An error that no contender can be blamed for, in whichever process, ends the study and is told by process 0.
TEST_F(RunnerTest, AProcessThatCannotGoOnEndsTheStudyOfAll) {
  const Study study = parse_study("replicates = 4\n[base]\ndata = \"nowhere.csv\"\n", "test.toml", ".");
  std::string told;
  test::in_processes(2, [&](ProcessGroup& group) {
    RunStore store = RunStore::open(folder_.path());
    const RunnerOptions options{.source = {}, .name = "test", .group = &group, .cancelled = {}};
    if (group.rank() > 0) return serve_study(study, store, options);
    StudyObserver nobody;
    try {
      (void)run_study(study, store, options, nobody);
    } catch (const Error& error) {
      told = error.what();
    }
  });
  EXPECT_THAT(told, HasSubstr("nowhere.csv"));
}

// An interrupt need not reach process 0.
TEST_F(RunnerTest, AProcessThatIsAskedToStopStopsTheStudyOfAll) {
  Study study = parse_study(kSmall, "test.toml", ".");
  set_replicates(study, 50, {});
  StudyResult result;
  test::in_processes(2, [&](ProcessGroup& group) {
    RunStore store = RunStore::open(folder_.path());
    const bool asked = group.rank() == 1;
    const RunnerOptions options{
        .source = {}, .name = "test", .group = &group, .cancelled = [asked] { return asked; }};
    if (asked) return serve_study(study, store, options);
    result = run_study(study, store, options, recorder_);
  });
  EXPECT_TRUE(result.cancelled);
  EXPECT_LT(result.measured.size(), 100U);
}

// Of a study file that is not the same everywhere.
TEST_F(RunnerTest, ARunThatAnotherProcessDoesNotKnowEndsTheStudy) {
  const Study study = parse_study(kSmall, "test.toml", ".");
  Study shorter = study;
  shorter.contenders.clear();
  std::string told;
  test::in_processes(2, [&](ProcessGroup& group) {
    RunStore store = RunStore::open(folder_.path());
    const RunnerOptions options{.source = {}, .name = "test", .group = &group, .cancelled = {}};
    if (group.rank() > 0) return serve_study(shorter, store, options);
    StudyObserver nobody;
    try {
      (void)run_study(study, store, options, nobody);
    } catch (const Error& error) {
      told = error.what();
    }
  });
  EXPECT_THAT(told, HasSubstr("the same study file"));
}

TEST_F(RunnerTest, WhatWasFinishedBeforeACancelIsKeptAndTheRestFollows) {
  int asked = 0;
  const StudyResult cut = run(
      kSmall, [&] { return ++asked > 60; }, 1);
  EXPECT_TRUE(cut.cancelled);
  ASSERT_GT(recorder_.trained, 0);
  ASSERT_LT(cut.measured.size(), 4u);
  const auto finished = static_cast<int>(cut.measured.size());

  const StudyResult whole = run(kSmall);
  EXPECT_EQ(recorder_.known, finished);
  EXPECT_EQ(whole.measured.size(), 4u);
}

TEST_F(RunnerTest, ADivergedAndAFailedRunAreResultsAndStopNobody) {
  const StudyResult result = run(R"(
[base]
data = "digits"
hidden = [8]
epochs = 2
patience = 0
[[variant]]
name = "fine"
[[variant]]
name = "wild"
optimizer = "sgd"
learning_rate = 1e30
[[variant]]
name = "impossible"
batch_size = 100000
)");
  ASSERT_EQ(result.runs.size(), 3u);
  EXPECT_EQ(result.runs[0].state, RunState::kDone);
  EXPECT_EQ(result.runs[1].state, RunState::kDiverged);
  EXPECT_THAT(result.runs[1].error, HasSubstr("step"));
  EXPECT_EQ(result.runs[2].state, RunState::kFailed);
  EXPECT_THAT(result.runs[2].error, HasSubstr("100000"));
  ASSERT_EQ(result.measured.size(), 3u);
  EXPECT_TRUE(result.measured[1].diverged);
  EXPECT_TRUE(result.measured[2].failed);
  EXPECT_EQ(result.measured[2].stop_reason, result.runs[2].error);
}

TEST_F(RunnerTest, AContenderWithoutDataIsRefusedBeforeTheFirstRun) {
  try {
    (void)run(R"(
[[variant]]
name = "path"
descent = { function = "booth", start = [0, 0], learning_rate = 0.01, steps = 1 }
[[variant]]
name = "net"
epochs = 1
)");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadConfiguration);
    EXPECT_THAT(error.what(), HasSubstr("the contender 'net' names no data"));
  }
}

TEST_F(RunnerTest, EveryFoldHasPartsOfItsOwnAndIsKnownAgain) {
  constexpr const char* kFolds = R"(
folds = 5
[base]
data = "digits"
hidden = "none"
epochs = 1
validation = "0"
patience = 0
)";
  const StudyResult result = run(kFolds);
  ASSERT_EQ(result.runs.size(), 5u);
  RunStore store = RunStore::open(folder_.path());
  std::set<std::string> data;
  for (const StudyRun& run : result.runs) {
    ASSERT_EQ(run.state, RunState::kDone) << run.error;
    data.insert(store.record(run.id).data_hash);
  }
  EXPECT_EQ(data.size(), 5u) << "every fold has other parts";
  (void)run(kFolds);
  EXPECT_EQ(recorder_.known, 5);
}

TEST_F(RunnerTest, ABudgetOfRunsEndsTheStudyAndCountsWhatIsTrained) {
  const StudyResult result = run(std::string("budget = \"3 runs\"\n") + kSmall, {}, 1);
  EXPECT_TRUE(result.budget_spent);
  EXPECT_FALSE(result.cancelled);
  EXPECT_EQ(result.measured.size(), 3u);
  EXPECT_EQ(result.runs[3].state, RunState::kNotRun);

  const StudyResult rest = run(std::string("budget = \"1 runs\"\n") + kSmall, {}, 1);
  EXPECT_EQ(recorder_.known, 3);
  EXPECT_EQ(recorder_.trained, 1);
  EXPECT_EQ(rest.measured.size(), 4u);
}

TEST_F(RunnerTest, HalvingLetsTheBestGoOn) {
  const StudyResult result = run(R"(
mode = "halving"
objective = "train_loss"
factor = 2
[base]
data = "digits"
hidden = [8]
epochs = 4
patience = 0
[vary]
learning_rate = [1e-6, 1e-5, 1e-3, 1e-2]
)");
  EXPECT_THAT(recorder_.planned, ElementsAre(4, 2, 1));
  ASSERT_EQ(result.measured.size(), 4u) << "the longest run of each";
  const auto longest = std::ranges::max_element(
      result.measured, {}, [](const MeasuredRun& run) { return run.scalars.at("epochs"); });
  EXPECT_EQ(longest->contender, "0.01");
  EXPECT_EQ(longest->scalars.at("epochs"), 4);
}

TEST_F(RunnerTest, CountsAndTimesOfARunAreMeasured) {
  const StudyResult result = run(R"(
[base]
data = "digits"
hidden = [8]
epochs = 3
patience = 0
batch_size = 100
)");
  const MeasuredRun& measured = result.measured.at(0);
  EXPECT_EQ(measured.scalars.at("epochs"), 3);
  EXPECT_EQ(measured.scalars.at("stop_epoch"), 2);
  EXPECT_EQ(measured.scalars.at("stop_step"), measured.scalars.at("steps"));
  EXPECT_EQ(measured.scalars.at("parameters"), 64 * 8 + 8 + 8 * 10 + 10);
  const std::vector<Point>& losses = measured.series.find("train_loss")->second;
  ASSERT_EQ(losses.size(), 3u);
  EXPECT_EQ(losses[1].epoch, 1u);
  EXPECT_EQ(losses[2].step, static_cast<std::uint64_t>(measured.scalars.at("steps")));
  EXPECT_LT(losses[0].seconds, losses[2].seconds);
  EXPECT_NEAR(losses[2].seconds, measured.scalars.at("seconds"), 1e-9);
}

}  // namespace
}  // namespace gradus::study
