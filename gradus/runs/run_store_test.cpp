#include "gradus/runs/run_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <functional>
#include <limits>
#include <random>
#include <thread>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/runs/run_store_fixture.h"
#include "gradus/train/run_config.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using test::finished;
using test::header;
using test::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// In a process of its own, which ends with what `action` returns.
pid_t fork_and(const std::function<int()>& action) {
  const pid_t child = fork();
  if (child != 0) return child;
  int status = 99;
  try {
    status = action();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  _exit(status);
}

int status_of(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string check(const std::filesystem::path& runs) {
  sqlite3* database = nullptr;
  sqlite3_open((runs / "runs.sqlite").c_str(), &database);
  std::string answer;
  sqlite3_exec(
      database, "PRAGMA integrity_check",
      [](void* text, int, char** values, char**) {
        *static_cast<std::string*>(text) += values[0];
        return 0;
      },
      &answer, nullptr);
  sqlite3_close(database);
  return answer;
}

TEST(RunStore, ARunIsThereFromItsBeginningToItsEnd) {
  const TemporaryFolder folder;
  RunStore store = RunStore::open(folder.path() / "runs");
  const RunFolder run = store.begin(header("first"));
  EXPECT_EQ(run.number, 1u);
  EXPECT_TRUE(std::filesystem::is_directory(run.path));
  EXPECT_EQ(store.record(1).status, RunStatus::kRunning);
  EXPECT_FALSE(store.record(1).finished);

  store.finish(1, finished(0.25));
  const RunRecord record = store.record(1);
  EXPECT_EQ(record.status, RunStatus::kFinished);
  EXPECT_EQ(record.name, "first");
  EXPECT_EQ(record.folder, folder.path() / "runs" / "1");
  EXPECT_EQ(record.stop_reason, "epochs");
  EXPECT_EQ(record.steps, 30u);
  EXPECT_EQ(record.weights_sha256, "abc");
  EXPECT_THAT(record.tags, ElementsAre("blue", "red"));
  EXPECT_GE(*record.finished, record.started);
  EXPECT_EQ(store.configuration(1), header("first").configuration);
  EXPECT_EQ(store.environment(1), header("first").environment);
}

TEST(RunStore, SeriesComeBackToTheLastBit) {
  const TemporaryFolder folder;
  RunStore store = RunStore::open(folder.path());
  RunOutcome outcome = finished(0.1);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  outcome.series = {{"z", {0, 1, std::uint64_t{1} << 40}, {-0.0, 0.1, 5e-324}}, {"a", {7}, {nan}}};
  store.add_finished(header("x"), outcome);
  const std::vector<Series> series = store.series(1);
  ASSERT_EQ(series.size(), 2u);
  EXPECT_EQ(series[0].name, "a");
  EXPECT_TRUE(std::isnan(series[0].values[0]));
  EXPECT_EQ(series[1].steps, (std::vector<std::uint64_t>{0, 1, std::uint64_t{1} << 40}));
  EXPECT_EQ(series[1].values, (std::vector<double>{-0.0, 0.1, 5e-324}));
  EXPECT_TRUE(std::signbit(series[1].values[0]));
}

TEST(RunStore, FiguresKnowLastBestAndFinal) {
  const TemporaryFolder folder;
  RunStore store = RunStore::open(folder.path());
  RunOutcome outcome = finished(0);
  const double infinity = std::numeric_limits<double>::infinity();
  outcome.series = {{"validation_loss", {1, 2, 3, 4}, {0.5, 0.25, 0.75, infinity}},
                    {"validation_accuracy", {1, 2, 3}, {0.5, 0.75, 0.625}}};
  outcome.finals = {{"validation_loss", 0.25}, {"test_accuracy", 0.9}};
  store.add_finished(header("x"), outcome);
  const auto figures = store.figures(1);
  ASSERT_EQ(figures.size(), 3u);
  const auto& [final_name, final_only] = figures[0];
  EXPECT_EQ(final_name, "test_accuracy");
  EXPECT_EQ(final_only.count, 0u);
  EXPECT_EQ(final_only.last, 0.9);
  EXPECT_EQ(final_only.final, 0.9);
  EXPECT_EQ(figures[1].second.best, 0.75);
  EXPECT_EQ(figures[1].second.best_step, 2u);
  EXPECT_EQ(figures[1].second.last, 0.625);
  EXPECT_FALSE(figures[1].second.final);
  EXPECT_EQ(figures[2].second.best, 0.25);
  EXPECT_EQ(figures[2].second.maximum, 0.75);
  EXPECT_EQ(figures[2].second.last, infinity);
  EXPECT_EQ(figures[2].second.final, 0.25);
}

TEST(RunStore, FinishedRunsAreFoundByTheirHashes) {
  const TemporaryFolder folder;
  RunStore store = RunStore::open(folder.path());
  const RunHeader wanted = header("x");
  EXPECT_FALSE(store.find_finished(wanted.configuration_hash, wanted.data_hash));
  store.begin(wanted);
  RunOutcome failed = finished(0);
  failed.status = RunStatus::kFailed;
  store.add_finished(wanted, failed);
  EXPECT_FALSE(store.find_finished(wanted.configuration_hash, wanted.data_hash));
  RunOutcome diverged = finished(0);
  diverged.status = RunStatus::kDiverged;
  store.add_finished(wanted, diverged);
  EXPECT_EQ(store.find_finished(wanted.configuration_hash, wanted.data_hash), 3u);
  EXPECT_FALSE(store.find_finished(wanted.configuration_hash, "other"));
}

TEST(RunStore, TagsNotesAndRemoval) {
  const TemporaryFolder folder;
  RunStore store = RunStore::open(folder.path());
  const RunFolder run = store.add_finished(header("x"), finished(0));
  std::ofstream(run.path / "model.safetensors") << "weights";
  store.tag(1, "green");
  store.tag(1, "green");
  store.untag(1, "red");
  EXPECT_THAT(store.record(1).tags, ElementsAre("blue", "green"));
  EXPECT_THAT(error_of([&] { store.untag(1, "red"); }), HasSubstr("its tags: blue, green"));
  store.set_note(1, "a\nb");
  EXPECT_EQ(store.record(1).note, "a\nb");
  store.remove(1);
  EXPECT_FALSE(std::filesystem::exists(run.path));
  EXPECT_EQ(store.count(), 0u);
  EXPECT_THAT(error_of([&] { (void)store.record(1); }), HasSubstr("there are no runs yet"));
  // Its number is not given to another.
  EXPECT_EQ(store.begin(header("y")).number, 2u);
  EXPECT_TRUE(store.series(2).empty());
  EXPECT_THAT(error_of([&] { store.remove(2); }), HasSubstr("it is running"));
  EXPECT_THAT(error_of([&] { store.tag(40, "x"); }), HasSubstr("looking for run 40"));
}

TEST(RunStore, ARunIsListedOnceItsFilesAreWritten) {
  const TemporaryFolder folder;
  RunStore store = RunStore::open(folder.path());
  store.add_finished(header("x"), finished(0), [&](const std::filesystem::path& files) {
    std::ofstream(files / "model.safetensors") << "weights";
    EXPECT_EQ(store.count(), 0u);
    EXPECT_EQ(store.begin(header("meanwhile")).number, 2u);
  });
  EXPECT_EQ(store.record(1).name, "x");
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "1" / "model.safetensors"));
  const auto fail = [](const std::filesystem::path& files) {
    std::ofstream(files / "half") << "written";
    throw Error(ErrorCode::kFile, "no space");
  };
  EXPECT_EQ(error_of([&] { store.add_finished(header("y"), finished(0), fail); }), "no space");
  EXPECT_EQ(store.count(), 2u);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "3"));
}

TEST(RunStore, NumbersGoOnBehindFoldersOfOthers) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "41");
  RunStore store = RunStore::open(folder.path());
  EXPECT_EQ(store.begin(header("x")).number, 42u);
}

TEST(RunStore, ARunWhoseProcessIsGoneHasStopped) {
  const TemporaryFolder folder;
  const pid_t child = fork_and([&] {
    RunStore store = RunStore::open(folder.path());
    store.begin(header("killed"));
    raise(SIGKILL);
    return 0;
  });
  EXPECT_EQ(status_of(child), -SIGKILL);
  RunStore store = RunStore::open(folder.path());
  store.begin(header("alive"));
  EXPECT_EQ(store.record(1).status, RunStatus::kStopped);
  EXPECT_EQ(store.record(2).status, RunStatus::kRunning);
  RunQuery query;
  query.filter = "status=stopped";
  ASSERT_EQ(store.list(query).size(), 1u);
  EXPECT_EQ(store.list(query)[0].run.name, "killed");
  store.remove(1);
  EXPECT_EQ(store.count(), 1u);
}

TEST(RunStore, ARunThatWasStoppedGoesOnAndEndsOnce) {
  const TemporaryFolder folder;
  const pid_t child = fork_and([&] {
    RunStore store = RunStore::open(folder.path());
    store.begin(header("killed"));
    raise(SIGKILL);
    return 0;
  });
  EXPECT_EQ(status_of(child), -SIGKILL);
  RunStore store = RunStore::open(folder.path());
  store.resume(1);
  EXPECT_EQ(store.record(1).status, RunStatus::kRunning);
  EXPECT_THROW(store.resume(1), Error) << "this process runs it";

  RunOutcome stopped = finished(3);
  stopped.status = RunStatus::kInterrupted;
  store.finish(1, stopped);
  store.resume(1);
  EXPECT_EQ(store.record(1).status, RunStatus::kRunning);
  EXPECT_EQ(store.record(1).steps, 0u);
  EXPECT_TRUE(store.series(1).empty());
  store.finish(1, finished(1));
  EXPECT_EQ(store.record(1).status, RunStatus::kFinished);
  EXPECT_EQ(store.record(1).name, "killed");
  for (const Series& series : store.series(1)) EXPECT_EQ(series.values.size(), 3u) << series.name;
  EXPECT_THROW(store.resume(1), Error) << "it has finished";
  EXPECT_THROW(store.resume(2), Error) << "there is none";
}

TEST(RunStore, ProcessesWriteAtOnce) {
  const TemporaryFolder folder;
  std::vector<pid_t> children;
  for (int c = 0; c < 4; ++c) {
    children.push_back(fork_and([&] {
      RunStore store = RunStore::open(folder.path());  // all four make it
      for (int i = 0; i < 50; ++i) {
        const std::uint64_t id = store.begin(header("c" + std::to_string(c))).number;
        store.finish(id, finished(i));
        store.add_finished(header("d"), finished(i));
      }
      return 0;
    }));
  }
  for (const pid_t child : children) EXPECT_EQ(status_of(child), 0);
  const RunStore store = RunStore::open_existing(folder.path());
  EXPECT_EQ(store.count(), 400u);
  RunQuery query;
  query.filter = "status=finished";
  EXPECT_EQ(store.list(query).size(), 400u);
  EXPECT_EQ(largest_run_number(folder.path()), 400u);
  EXPECT_EQ(check(folder.path()), "ok");
}

TEST(RunStore, ThreadsWriteAtOnce) {
  const TemporaryFolder folder;
  RunStore store = RunStore::open(folder.path());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) store.add_finished(header("t"), finished(i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store.count(), 100u);
}

// Killed at many moments of its writing: what it had finished stays, the rest was never there.
TEST(RunStore, AKilledWriterLeavesASoundStore) {
  const TemporaryFolder folder;
  for (int round = 0; round < 10; ++round) {
    std::array<int, 2> pipe_ends{};
    ASSERT_EQ(pipe(pipe_ends.data()), 0);
    const pid_t child = fork_and([&] {
      RunStore store = RunStore::open(folder.path());
      while (true) {
        const std::uint64_t id = store.add_finished(header("x"), finished(1)).number;
        if (write(pipe_ends[1], &id, sizeof(id)) != sizeof(id)) return 1;
      }
    });
    close(pipe_ends[1]);
    std::uint64_t last = 0;
    for (int i = 0; i < 5 + round; ++i) {
      ASSERT_EQ(read(pipe_ends[0], &last, sizeof(last)), static_cast<ssize_t>(sizeof(last)));
    }
    usleep(static_cast<useconds_t>(137 * round));
    kill(child, SIGKILL);
    EXPECT_EQ(status_of(child), -SIGKILL);
    while (read(pipe_ends[0], &last, sizeof(last)) == static_cast<ssize_t>(sizeof(last))) {
    }
    close(pipe_ends[0]);
    const RunStore store = RunStore::open(folder.path());
    ASSERT_EQ(store.record(last).status, RunStatus::kFinished) << "of round " << round;
    ASSERT_EQ(store.series(last).size(), finished(1).series.size());
  }
  EXPECT_EQ(check(folder.path()), "ok");
}

TEST(RunStore, AFullDiskLosesNothingThatWasFinished) {
  const TemporaryFolder folder;
  const pid_t child = fork_and([&] {
    RunStore store = RunStore::open(folder.path());
    store.add_finished(header("before"), finished(1));
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{std::uint64_t{1} << 18, std::uint64_t{1} << 18};
    setrlimit(RLIMIT_FSIZE, &limit);
    RunOutcome large = finished(1);
    large.series[0].steps.resize(100000);
    large.series[0].values.resize(100000);
    const std::string error = error_of([&] { store.add_finished(header("too large"), large); });
    std::fprintf(stderr, "%s\n", error.c_str());
    const bool told =
        error.find("space") != std::string::npos && error.find("runs.sqlite") != std::string::npos;
    store.add_finished(header("after"), finished(2));  // small ones still fit
    return told ? 0 : 1;
  });
  EXPECT_EQ(status_of(child), 0);
  const RunStore store = RunStore::open(folder.path());
  EXPECT_EQ(store.count(), 2u);
  EXPECT_EQ(store.record(1).name, "before");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "3"));
  EXPECT_EQ(check(folder.path()), "ok");
}

TEST(RunStore, FilesThatAreNoStoreAreNamed) {
  const TemporaryFolder folder;
  EXPECT_THAT(error_of([&] { (void)RunStore::open_existing(folder.path()); }), HasSubstr("there is no"));
  folder.write("runs.sqlite", std::string(10000, 'x'));
  EXPECT_THAT(error_of([&] { (void)RunStore::open(folder.path()); }),
              HasSubstr("runs.sqlite: it is no database"));
  // Of another program.
  std::filesystem::remove(folder.path() / "runs.sqlite");
  sqlite3* other = nullptr;
  sqlite3_open((folder.path() / "runs.sqlite").c_str(), &other);
  sqlite3_exec(other, "CREATE TABLE songs(title)", nullptr, nullptr, nullptr);
  EXPECT_THAT(error_of([&] { (void)RunStore::open(folder.path()); }),
              HasSubstr("another program's database"));
  sqlite3_exec(other, "PRAGMA user_version = 1", nullptr, nullptr, nullptr);
  EXPECT_THAT(error_of([&] { (void)RunStore::open(folder.path()); }),
              HasSubstr("another program's database"));
  sqlite3_close(other);
}

TEST(RunStore, ADamagedFileIsToldNotBelieved) {
  const TemporaryFolder folder;
  {
    RunStore store = RunStore::open(folder.path());
    for (int i = 0; i < 50; ++i) store.add_finished(header("x"), finished(i));
  }
  const std::filesystem::path file = folder.path() / "runs.sqlite";
  const auto size = std::filesystem::file_size(file);
  {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    for (std::uintmax_t at = 8192; at < size; at += 512) {
      bytes.seekp(static_cast<std::streamoff>(at));
      bytes << std::string(40, '\xff');
    }
  }
  const std::string error = error_of([&] {
    const RunStore store = RunStore::open_existing(folder.path());
    for (const RunRow& row : store.list({})) (void)store.series(row.run.id);
  });
  EXPECT_THAT(error, HasSubstr("damaged"));
}

// Whatever bytes are damaged: an answer or an error, nothing else.
// The write-ahead log is read through memory that the processes of one machine share.
TEST(RunStore, OfSeveralMachinesHasNoWriteAheadLog) {
  const TemporaryFolder folder;
  (void)RunStore::open(folder.path()).add_finished(header("alone"), finished(1));
  RunStore store = RunStore::open(folder.path(), Writers::kSeveralMachines);
  RunStore another = RunStore::open(folder.path(), Writers::kSeveralMachines);
  const std::uint64_t id = another.add_finished(header("together"), finished(2)).number;
  EXPECT_EQ(store.record(id).name, "together");
  EXPECT_EQ(store.count(), 2U);
  for (const char* rest : {"runs.sqlite-wal", "runs.sqlite-shm"})
    EXPECT_FALSE(std::filesystem::exists(folder.path() / rest)) << rest;
}

TEST(RunStore, DamageAnywhereEndsInAnErrorAtWorst) {
  const TemporaryFolder folder;
  {
    RunStore store = RunStore::open(folder.path());
    for (int i = 0; i < 20; ++i) store.add_finished(header("x"), finished(i));
  }
  const std::filesystem::path file = folder.path() / "runs.sqlite";
  const std::string sound = read_file(file);
  std::mt19937 random(1);
  int errors = 0;
  for (int round = 0; round < 100; ++round) {
    std::string damaged = sound;
    for (int i = 0; i < 30; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
    if (round % 10 == 0) damaged.resize(random() % damaged.size());
    for (const char* rest : {"runs.sqlite-wal", "runs.sqlite-shm"})
      std::filesystem::remove(folder.path() / rest);
    folder.write("runs.sqlite", damaged);
    errors += error_of([&] {
                RunStore store = RunStore::open_existing(folder.path());
                RunQuery query;
                query.filter = "optimizer=adam and val_loss>=0";
                query.metrics = {"validation_loss"};
                for (const RunRow& row : store.list(query)) {
                  (void)store.series(row.run.id);
                  (void)store.figures(row.run.id);
                  (void)store.environment(row.run.id);
                }
                store.tag(3, "seen");
                (void)store.add_finished(header("y"), finished(1));
              }) == "no error"
                  ? 0
                  : 1;
  }
  EXPECT_GT(errors, 0);
}

TEST(RunStore, ANewerStoreIsRefused) {
  const TemporaryFolder folder;
  { const RunStore store = RunStore::open(folder.path()); }
  sqlite3* database = nullptr;
  sqlite3_open((folder.path() / "runs.sqlite").c_str(), &database);
  sqlite3_exec(database, "PRAGMA user_version = 99", nullptr, nullptr, nullptr);
  sqlite3_close(database);
  EXPECT_THAT(error_of([&] { (void)RunStore::open(folder.path()); }),
              HasSubstr("its schema is version 99; this gradus knows versions up to 1; use a newer gradus"));
}

TEST(RunStore, AReadOnlyFolderIsReadAndTheReasonToldWhenWriting) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  const TemporaryFolder folder;
  { RunStore::open(folder.path()).add_finished(header("x"), finished(1)); }
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0555));
  std::filesystem::permissions(folder.path() / "runs.sqlite", std::filesystem::perms(0444));
  RunStore store = RunStore::open_existing(folder.path());
  EXPECT_EQ(store.record(1).name, "x");
  EXPECT_THAT(error_of([&] { store.tag(1, "y"); }), HasSubstr("cannot be written"));
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
}

TEST(RunStore, ManyRunsAreSortedByAnyFigure) {
  const TemporaryFolder folder;
  RunStore store = RunStore::open(folder.path());
  RunHeader run = header("x");
  run.configuration = to_json(RunConfig{});
  RunOutcome outcome = finished(0);
  outcome.series.clear();
  for (const char* part : {"train", "validation", "test"}) {
    for (const char* figure : {"_loss", "_accuracy"}) {
      outcome.series.push_back({std::string(part) + figure, {}, {}});
      for (std::uint64_t step = 40; step <= 1200; step += 40) outcome.series.back().steps.push_back(step);
      outcome.series.back().values.assign(30, 0.5);
    }
  }
  constexpr std::uint64_t kRuns = 1000;
  for (std::uint64_t i = 0; i < kRuns; ++i) {
    outcome.series[2].values.back() = static_cast<double>(i * 7919 % kRuns);
    store.add_finished(run, outcome);
  }
  RunQuery query;
  query.metrics = {"validation_loss"};
  query.sort = "validation_loss";
  std::vector<RunRow> rows = store.list(query);
  ASSERT_EQ(rows.size(), kRuns);
  for (std::size_t i = 0; i < kRuns; ++i) ASSERT_EQ(rows[i].metrics[0]->last, static_cast<double>(i));
  query.filter = "optimizer=adam and val_loss>500";
  query.limit = 50;
  rows = store.list(query);
  ASSERT_EQ(rows.size(), 50u);
  EXPECT_EQ(rows.front().metrics[0]->last, 501);
}

// Many runs that lie close together are read in one sweep.
TEST(RunStore, ALongListIsInItsOrderWithoutRunsThatAreGone) {
  const test::TemporaryFolder folder;
  RunStore store = RunStore::open(folder.path() / "runs");
  constexpr std::uint64_t kRuns = 60;
  for (std::uint64_t run = 1; run <= kRuns; ++run)
    (void)store.add_finished(header("many"), finished(static_cast<double>(run * 7 % kRuns)));
  for (const std::uint64_t gone : std::array<std::uint64_t, 3>{1, 17, 60}) store.remove(gone);
  RunQuery query;
  query.limit = 0;
  query.sort = "validation_loss";
  query.metrics = {"validation_loss"};
  const std::vector<RunRow> rows = store.list(query);
  ASSERT_EQ(rows.size(), kRuns - 3);
  double last = -1;
  for (const RunRow& row : rows) {
    EXPECT_EQ(row.metrics[0]->last, static_cast<double>(row.run.id * 7 % kRuns)) << row.run.id;
    EXPECT_GT(*row.metrics[0]->last, last) << row.run.id;
    EXPECT_EQ(row.run.network, header("many").network);
    EXPECT_EQ(row.run.tags, (std::vector<std::string>{"blue", "red"}));
    last = *row.metrics[0]->last;
  }
}

}  // namespace
}  // namespace gradus
